import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boundsText, restartText, typedValue } from "../../../src/model/settings/editable-setting.ts";
import { accepted, refusedValue } from "../../../src/model/settings/setting.ts";
import { settings } from "../../../src/model/settings/settings.ts";
import { suggestMemory } from "../../../src/model/settings/suggest-memory.ts";
import { fakeSetting, limitsOfMac } from "../../support/fake-settings.ts";

const gib = 1024 ** 3;

describe("a setting as it stands", () => {
  it("is shown as a person reads it, and as the file has it", () => {
    const { shown, written, typed, bounds } = fakeSetting("builder.memoryBytes", 8 * gib);
    assert.equal(shown, "8 GiB");
    assert.equal(written, "8 GiB = 8589934592 bytes");
    assert.equal(typed, "8G");
    assert.equal(bounds, "512 MiB to 32 GiB");
  });

  it("begins to be typed with what means the same", () => {
    for (const setting of settings)
      for (const value of ["8G", "4", "true", "enabled", "auto"]) {
        const verdict = setting.judge(value, limitsOfMac, null);
        if (verdict.level === "refused") continue;
        const typed = typedValue(verdict.value, setting);
        assert.ok(typed !== null, `${setting.id} ${value}`);
        const again = setting.judge(typed, limitsOfMac, null);
        assert.notEqual(again.level, "refused", `${setting.id} ${value} as ${typed}`);
        assert.deepEqual(again.level !== "refused" && again.value, verdict.value, setting.id);
      }
  });

  it("is not typed on a line where it does not fit one, or holds what is not shown", () => {
    const text = { kind: "text", unit: "" } as const;
    assert.equal(typedValue("x".repeat(201), text), null);
    assert.equal(typedValue("a\u001b[31mb", text), null);
    assert.equal(typedValue("https://ada:s3cretword@cache.example", text), null);
    assert.equal(typedValue(null, text), "");
  });

  it("has its bounds in its own unit, and none where there are none", () => {
    const count = { kind: "count", unit: "cores" } as const;
    assert.equal(boundsText({ least: 1, most: 10 }, count), "1 to 10 cores");
    assert.equal(boundsText({ least: 1, most: null }, count), "1 or more cores");
    assert.equal(boundsText({ least: null, most: null }, count), null);
    // What is free on a disk is no round number: nobody wants to read its bytes.
    const size = { kind: "size", unit: "MiB" } as const;
    assert.equal(boundsText({ least: gib, most: 200 * gib + 4711 }, size), "1 GiB to 200 GiB");
  });

  it("says what must happen for a change to hold", () => {
    const text = (id: string) => restartText(settings.find((each) => each.id === id)!);
    assert.match(text("builder.memoryBytes"), /after a restart of the Nix daemon, which ends the builds/);
    assert.match(text("machines.maxJobs"), /next build on; nothing is restarted/);
    assert.match(text("nix.linux-builder.maxJobs"), /darwin-rebuild switch, which restarts linux-builder/);
  });
});

describe("more memory", () => {
  const all = (typed: string) => accepted(typed, typed);
  const seen = { used: [0.5, null, 0.9875], totalBytes: 8 * gib, outOfMemoryKills: 0 };

  it("is suggested for what was nearly used up", () => {
    assert.deepEqual(suggestMemory(seen, all), { text: "peak 7.9 of 8 GiB: 16 GiB?", typed: "16G" });
  });

  it("is suggested where programs were ended for want of it, whatever the last look said", () => {
    const killed = { ...seen, used: [0.2], outOfMemoryKills: 1 };
    assert.equal(suggestMemory(killed, all)?.text, "programs were ended for want of memory: 16 GiB?");
  });

  it("is half as much again where twice as much is too much", () => {
    const judge = (typed: string) => (typed === "16G" ? accepted(typed, typed, ["too much"]) : all(typed));
    assert.equal(suggestMemory(seen, judge)?.typed, "12G");
  });

  it("is not suggested without need, without room, or before anything was seen", () => {
    assert.equal(suggestMemory({ ...seen, used: [0.5] }, all), null);
    assert.equal(suggestMemory({ ...seen, used: [] }, all), null);
    assert.equal(suggestMemory({ ...seen, totalBytes: 0 }, all), null);
    assert.equal(
      suggestMemory(seen, () => refusedValue("no")),
      null,
    );
  });
});
