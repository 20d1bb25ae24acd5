/** A log that Nix writes on another machine, followed over the connection; here the other machine is this one. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { localHost } from "../../../src/adapters/hosts/local-host.ts";
import { RemoteLog } from "../../../src/adapters/nix-log/remote-log.ts";
import { BuildsModel } from "../../../src/model/nix-log/builds-model.ts";
import { eventually } from "../../support/lab-buildtop.ts";
import { build, drv, line, worker } from "../../support/nix-log-lines.ts";

const pid = 4711;
const id = (n: number) => pid * 2 ** 32 + n;
const bare = (lines: readonly string[]) => lines.map((each) => `${each.replace(/^@nix /, "")}\n`).join("");
const own = worker(id(0));
const begun = bare([...own.begin, build(id(9), "curl"), ...own.counters([0, 1, 1, 0])]);
const ended = bare([...own.counters([1, 1, 0, 0]), line.stop(id(9)), ...own.end]);

describe("a log of another machine", { skip: process.platform === "win32" && "needs tail" }, () => {
  let directory: string;
  let path: string;
  let model: BuildsModel;
  let log: RemoteLog;
  const state = () => model.derivation(drv("curl"))?.state;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "buildtop-remote-log-"));
    path = join(directory, "log.json");
    writeFileSync(path, begun);
    model = new BuildsModel();
    log = new RemoteLog({
      host: localHost(),
      path,
      openStream: () => model.openStream({ label: "mini", kind: "json-log", machine: "mini" }, 0),
      now: () => performance.now(),
      onTrouble: () => {},
    });
  });
  afterEach(async () => {
    await log.stop();
    rmSync(directory, { recursive: true });
  });

  it("tells of what was begun before we came, and of its end", async () => {
    await eventually("the build runs", () => state() === "running");
    assert.equal(model.derivation(drv("curl"))?.hostName, "mini");
    appendFileSync(path, ended);
    await eventually("the build is done", () => state() === "done");
  });

  it("goes on when the file was emptied over there", async () => {
    await eventually("the build runs", () => state() === "running");
    truncateSync(path);
    // tail must have seen the empty file before it grows beyond what it had read.
    await eventually("the build is done", () => {
      appendFileSync(path, ended);
      return state() === "done";
    });
  });

  it("ends the builds of a process that is gone, but not before it was missed twice", async () => {
    await eventually("the build runs", () => state() === "running");
    log.processesAre(new Set([1, 2]), 10);
    log.processesAre(new Set([1, 2]), 10);
    assert.equal(state(), "running", "the same list again proves nothing");
    log.processesAre(new Set([1, pid]), 12);
    log.processesAre(new Set([1, 2]), 14);
    assert.equal(state(), "running");
    log.processesAre(new Set([1, 2]), 16);
    assert.equal(state(), "cancelled");
  });

  it("leaves nothing running over there", async () => {
    await eventually("the build runs", () => state() === "running");
    await log.stop();
    await eventually("tail has ended", () => !psHas(path));
  });
});

function psHas(text: string): boolean {
  return execFileSync("ps", ["-axww", "-o", "args="], { encoding: "utf8" })
    .split("\n")
    .some((args) => args.startsWith("tail ") && args.includes(text));
}
