/** What the empty list of builds says while builders work. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { unseenBuilds } from "../../src/store/unseen-builds.ts";
import { fakeBuilder, fakeMachine, lostConnection } from "../support/fake-machines.ts";

const busy = fakeBuilder("linux-builder", "building", { jobs: { used: 2, max: 4 } });

test("builds that no log tells of are counted, with what would let them be seen", () => {
  const text = unseenBuilds([fakeMachine("mini", { transport: "ssh2", builders: [busy] })]);
  assert.match(text ?? "", /^2 builds on linux-builder\. .*buildtop watch on, typed on mini$/);
});

test("nothing is said while no builder has a job", () => {
  const free = fakeBuilder("linux-builder", "healthy", { jobs: { used: 0, max: 4 } });
  assert.equal(unseenBuilds([fakeMachine("mini", { builders: [free] })]), null);
});

test("what a lost machine builds is not known: its jobs are not counted, and it is not said to build nothing", () => {
  const lost = fakeMachine("mini", { builders: [busy], connection: lostConnection(0) });
  assert.equal(
    unseenBuilds([fakeMachine("studio"), lost]),
    "Nothing is being built that can be seen: mini does not answer.",
  );
  const never = fakeMachine("mini", { at: null, connection: lostConnection(0) });
  assert.equal(unseenBuilds([never]), "Nothing is being built that can be seen: mini cannot be reached.");
});
