import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  countFigures,
  finishedShare,
  problemFigure,
  progressFigures,
  silence,
  titleText,
} from "../../src/store/summary.ts";
import { FakeBuilds } from "../support/fake-builds.ts";

function session(builds: FakeBuilds, lastRecordAt: number, endedAt: number | null = null): void {
  builds.sessions.push({
    id: builds.sessions.length + 1,
    label: "nix build",
    pid: null,
    startedAt: 0,
    endedAt,
    outcome: "unfinished",
    error: null,
    diagnosis: null,
    active: true,
    lastRecordAt,
  });
}

describe("the figures that sum up", () => {
  it("calls stopped what was stopped, as the header and the digest do", () => {
    const builds = new FakeBuilds();
    builds.add("a", "cancelled");
    assert.equal(titleText(builds), "1 stopped");
  });
  it("counts, without zeros", () => {
    const builds = new FakeBuilds();
    assert.deepEqual(countFigures(builds), []);
    builds.add("a", "running");
    builds.add("b", "failed");
    builds.add("c", "planned");
    assert.deepEqual(
      countFigures(builds).map(({ text }) => text),
      ["1 running", "1 failed", "1 to go"],
    );
    assert.equal(titleText(builds), "1 running · 1 failed · 1 to go");
    builds.outcome = "failed";
    assert.ok(countFigures(builds).some(({ text }) => text === "1 not built"));
  });

  it("the share done, once there is something to measure it by", () => {
    const builds = new FakeBuilds();
    builds.add("a", "done");
    assert.equal(finishedShare(builds), null);
    builds.add("b", "planned");
    assert.equal(finishedShare(builds), 0.5);
  });

  it("says when the stream has been silent while something runs", () => {
    const builds = new FakeBuilds();
    session(builds, 0);
    assert.equal(silence(builds, 60_000), null, "nothing runs");
    builds.add("a", "running");
    assert.equal(silence(builds, 20_000), null, "not for long yet");
    assert.equal(silence(builds, 40_000), 40_000);
    assert.ok(progressFigures(builds, 40_000).some(({ text }) => text === "no record for 40s"));
    session(builds, 39_000);
    assert.equal(silence(builds, 40_000), null, "another command speaks");
  });

  it("downloads under way", () => {
    const builds = new FakeBuilds();
    builds.transfers = {
      ...builds.transfers,
      paths: 2,
      bytesDone: 84 << 20,
      bytesExpected: 112 << 20,
      bytesPerSecond: 11 << 20,
    };
    assert.deepEqual(progressFigures(builds, 0), [
      { text: "fetched 84 / 112 MiB at 11 MiB/s", tone: "plain" },
    ]);
    builds.outcome = "succeeded";
    assert.deepEqual(progressFigures(builds, 0), []);
  });

  it("what each share is a share of", () => {
    const builds = new FakeBuilds();
    builds.add("a", "done");
    for (const name of ["b", "c", "d"]) builds.add(name, "planned");
    builds.transfers = {
      ...builds.transfers,
      paths: 2,
      bytesDone: 245 << 20,
      bytesExpected: 366 << 20,
      bytesPerSecond: null,
    };
    assert.deepEqual(
      progressFigures(builds, 0).map(({ text }) => text),
      ["fetched 245 / 366 MiB", "25 % of builds"],
    );
  });

  it("errors before warnings", () => {
    const builds = new FakeBuilds();
    assert.equal(problemFigure(builds), null);
    builds.notices.push({ at: 0, severity: "warning", text: "w" }, { at: 0, severity: "info", text: "i" });
    assert.equal(problemFigure(builds)?.text, "1 warning");
    builds.notices.push({ at: 0, severity: "error", text: "e" });
    assert.equal(problemFigure(builds)?.text, "1 error");
  });
});
