import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  formatByteProgress,
  formatBytes,
  formatCount,
  formatDuration,
  formatNoun,
  formatPercent,
  formatRate,
} from "../../src/model/units.ts";

const MiB = 1024 * 1024;

describe("units", () => {
  it("bytes", () => {
    assert.equal(formatBytes(0), "0 B");
    assert.equal(formatBytes(512), "512 B");
    assert.equal(formatBytes(1000), "1.0 KiB");
    assert.equal(formatBytes(84 * MiB), "84 MiB");
    assert.equal(formatBytes(5.6 * 1024 * MiB), "5.6 GiB");
    assert.equal(formatBytes(1023 * MiB), "1.0 GiB", "never four digits");
    assert.equal(formatBytes(-1), "0 B");
    assert.equal(formatBytes(Number.NaN), "0 B");
  });

  it("bytes of a whole share one unit", () => {
    assert.equal(formatByteProgress(84 * MiB, 112 * MiB), "84 / 112 MiB");
    assert.equal(formatByteProgress(100, 112 * MiB), "0.0 / 112 MiB");
    assert.equal(formatByteProgress(5 * MiB, 0), "5.0 MiB", "the whole is not known");
    assert.equal(formatRate(11 * MiB), "11 MiB/s");
  });

  it("durations", () => {
    const second = 1000;
    assert.equal(formatDuration(8 * second), "8s");
    assert.equal(formatDuration(59_999), "59s");
    assert.equal(formatDuration(124 * second), "2m04s");
    assert.equal(formatDuration(3 * 3600 * second + 12 * 60 * second), "3h12m");
    assert.equal(formatDuration(76 * 3600 * second), "3d04h");
    assert.equal(formatDuration(-5), "0s");
  });

  it("counts, percents and nouns", () => {
    assert.equal(formatCount(18_204), "18,204");
    assert.equal(formatCount(1_234_567), "1,234,567");
    assert.equal(formatCount(999), "999");
    assert.equal(formatPercent(0.34), "34 %");
    assert.equal(formatPercent(0.999), "99 %", "100 only for the whole");
    assert.equal(formatPercent(1), "100 %");
    assert.equal(formatNoun(1, "problem"), "1 problem");
    assert.equal(formatNoun(2, "query", "queries"), "2 queries");
  });
});
