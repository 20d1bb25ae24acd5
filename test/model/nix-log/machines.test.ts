/** Streams of several machines in one model: what the Mac gave away, and what the builder itself says of it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BuildsModel } from "../../../src/model/nix-log/builds-model.ts";
import { build, drv, line, worker } from "../../support/nix-log-lines.ts";

const bytes = (lines: readonly string[]) => Buffer.from(lines.map((each) => `${each}\n`).join(""));

function twoMachines() {
  const model = new BuildsModel();
  const here = model.openStream({ label: "here", kind: "command" }, 0);
  const there = model.openStream({ label: "mini", kind: "command", machine: "mini" }, 0);
  let now = 0;
  return {
    model,
    here: (...lines: string[]) => here.feed(bytes(lines), ++now),
    there: (...lines: string[]) => there.feed(bytes(lines), ++now),
    row: (name: string) => model.derivation(drv(name))!,
  };
}

describe("the stream of another machine", () => {
  it("shows its own builds as built there", () => {
    const { there, row } = twoMachines();
    const own = worker(10);
    there(...own.begin, build(20, "curl"), ...own.counters([0, 1, 1, 0]));
    assert.deepEqual([row("curl").state, row("curl").hostName], ["running", "mini"]);
    there(...own.counters([1, 1, 0, 0]), line.stop(20), ...own.end);
    assert.equal(row("curl").state, "done");
  });

  it("brings the phase to a build that was given to it, and neither its log twice nor an end too early", () => {
    const { here, there, row, model } = twoMachines();
    const [giver, builder] = [worker(10), worker(10)];
    here(...giver.begin, build(20, "linux", "ssh-ng://builder@mini"), ...giver.counters([0, 1, 1, 0]));
    there(...builder.begin, build(20, "linux"), ...builder.counters([0, 1, 1, 0]));
    here(line.result(20, 101, ["  CC main.o"]));
    there(line.result(20, 101, ["  CC main.o"]), line.result(20, 104, ["buildPhase"]));
    assert.deepEqual([row("linux").phase, row("linux").logLines], ["buildPhase", 1]);
    assert.equal(row("linux").host, "ssh-ng://builder@mini");

    there(...builder.counters([1, 1, 0, 0]), line.stop(20), ...builder.end);
    assert.equal(row("linux").state, "running", "its outputs still have to be copied here");
    here(...giver.counters([1, 1, 0, 0]), line.stop(20), ...giver.end);
    assert.equal(row("linux").state, "done");
    assert.equal(model.counts.done, 1);
  });

  it("may tell of the build before the machine that gave it away does", () => {
    const { here, there, row } = twoMachines();
    const [giver, builder] = [worker(10), worker(10)];
    there(...builder.begin, build(20, "linux"), ...builder.counters([0, 1, 1, 0]));
    here(...giver.begin, build(20, "linux", "ssh-ng://builder@mini"), ...giver.counters([0, 1, 1, 0]));
    there(...builder.counters([1, 1, 0, 0]), line.stop(20), ...builder.end);
    assert.equal(row("linux").state, "running");
    here(...giver.counters([0, 1, 0, 1]), line.stop(20), ...giver.end);
    assert.equal(row("linux").state, "failed");
  });
});
