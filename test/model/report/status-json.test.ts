import assert from "node:assert/strict";
import { test } from "node:test";
import { statusJson } from "../../../src/model/report/status-json.ts";
import { fakeBuilder, fakeMachine, lostConnection } from "../../support/fake-machines.ts";

interface Told {
  hosts: { reachable: boolean; builders: { state: string; why: string; uptimeSeconds: number | null }[] }[];
}
const told = (...given: Parameters<typeof fakeMachine>) =>
  (statusJson([{ status: fakeMachine(...given), builds: null }]) as Told).hosts[0];

test("a builder of a machine that answers is what it is", () => {
  const host = told("studio", { builders: [fakeBuilder("vm", "healthy", { why: "answers" })] });
  assert.deepEqual([host?.builders[0]?.state, host?.builders[0]?.why], ["healthy", "answers"]);
});

test("a builder of a machine that was lost is not healthy but unknown, with what it was last", () => {
  const host = told("studio", {
    connection: lostConnection(0),
    builders: [fakeBuilder("vm", "healthy", { why: "answers" })],
  });
  assert.equal(host?.reachable, false);
  assert.equal(host?.builders[0]?.state, "unknown");
  assert.equal(host?.builders[0]?.why, "its machine does not answer any more; last seen: healthy");
  assert.equal(host?.builders[0]?.uptimeSeconds, null);
});
