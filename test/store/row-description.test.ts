import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Derivation, Transfer } from "../../src/model/nix-log/types.ts";
import { describeRow } from "../../src/store/row-description.ts";
import { FakeBuilds } from "../support/fake-builds.ts";

const MiB = 1024 * 1024;

function derivation(state: Derivation["state"], more: Partial<Derivation> = {}) {
  const built = new FakeBuilds().add("linux-6.12.3", state, more);
  return describeRow({ kind: "derivation", key: built.drv, derivation: built }, 124_000);
}

function transfer(more: Partial<Transfer> = {}) {
  return describeRow(
    {
      kind: "transfer",
      key: "t",
      transfer: {
        key: "t",
        path: "/nix/store/x-gcc-14.2.0",
        name: "gcc-14.2.0",
        direction: "download",
        peer: "cache.nixos.org",
        progress: { done: 84 * MiB, expected: 112 * MiB },
        unpackedBytes: 0,
        bytesPerSecond: 11 * MiB,
        startedAt: 0,
        endedAt: null,
        complete: false,
        session: 1,
        ...more,
      },
    },
    8_000,
  );
}

describe("what a row says", () => {
  it("a build that was stopped", () => {
    const row = derivation("cancelled", { endedAt: 124_000 });
    assert.deepEqual([row.mark, row.step], ["cancelled", "stopped"]);
  });
  it("a running build: phase and time that grows", () => {
    const row = derivation("running");
    assert.deepEqual(
      [row.mark, row.host, row.step, row.time, row.ticking],
      ["running", "local", "buildPhase", "2m04s", true],
    );
  });

  it("a remote one: where, and the stage until its builder runs", () => {
    const uploading = derivation("running", {
      hostName: "linux-builder",
      stage: "uploading",
      transfer: { done: 84 * MiB, expected: 112 * MiB },
    });
    assert.deepEqual(
      [uploading.host, uploading.step, uploading.fraction],
      ["linux-builder", "uploading 84 / 112 MiB", 0.75],
    );
    const building = derivation("running", {
      hostName: "linux-builder",
      stage: "building",
      phase: "checkPhase",
    });
    assert.equal(building.step, "checkPhase");
  });

  it("a failed one: phase, reason and what it took", () => {
    const row = derivation("failed", { phase: "checkPhase", reason: "builder failed with exit code 2" });
    assert.deepEqual(
      [row.step, row.detail, row.time, row.ticking],
      ["checkPhase", "exit code 2", "1s", false],
    );
    assert.equal(derivation("failed", { reason: "hash mismatch" }).detail, "hash mismatch");
  });

  it("a planned one: what it waits for", () => {
    const row = derivation("planned", { waiting: "waiting for a machine" });
    assert.deepEqual([row.step, row.detail, row.time, row.host], ["waiting", "for a machine", "", ""]);
    assert.equal(derivation("planned").step, "planned");
    assert.equal(derivation("planned", { reason: "1 dependency failed" }).step, "blocked");
  });

  it("a check says that it is one", () => {
    assert.equal(derivation("running", { purpose: "check" }).step, "check: buildPhase");
    assert.equal(derivation("done", { purpose: "check" }).step, "check passed");
  });

  it("a download: bytes, rate, and that it stands still", () => {
    assert.deepEqual(
      [transfer().step, transfer().detail, transfer().time],
      ["84 / 112 MiB", "11 MiB/s", "8s"],
    );
    assert.equal(transfer({ bytesPerSecond: 0 }).detail, "stalled");
    assert.equal(transfer({ endedAt: 8_000 }).detail, "not complete", "a stop alone does not tell");
    const ended = transfer({
      endedAt: 8_000,
      complete: true,
      progress: { done: 112 * MiB, expected: 112 * MiB },
    });
    assert.deepEqual(
      [ended.mark, ended.step, ended.detail, ended.ticking],
      ["done", "112 MiB", "fetched", false],
    );
  });

  it("an activity: its words and a clock, so that nothing looks hung", () => {
    const row = describeRow(
      {
        kind: "activity",
        key: "a",
        activity: {
          key: "a",
          text: "evaluating derivation …",
          kind: "evaluation",
          progress: null,
          startedAt: 0,
          session: 1,
        },
      },
      41_000,
    );
    assert.deepEqual([row.name, row.time, row.ticking], ["evaluating derivation …", "41s", true]);
  });
});
