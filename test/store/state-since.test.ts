import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BuilderState } from "../../src/model/builders/types.ts";
import type { MachineRow } from "../../src/store/machine-rows.ts";
import { formatAnswer, formatSpan, formatUptime } from "../../src/store/span.ts";
import { trackStates } from "../../src/store/state-since.ts";
import { wrapWords } from "../../src/store/wrap-words.ts";
import { fakeBuilder, fakeMachine } from "../support/fake-machines.ts";

const rows = (...states: BuilderState[]): MachineRow[] =>
  states.map((state, index) => ({
    key: `${index}`,
    machineIndex: 0,
    status: fakeMachine("studio"),
    builder: fakeBuilder(`b${index}`, state),
  }));

describe("since when a builder is in its state", () => {
  it("is known only where we saw it come into it", () => {
    const first = trackStates(new Map(), rows("unreachable"), 10);
    assert.equal(first.get("0")?.since, null);
    const second = trackStates(first, rows("healthy"), 20);
    assert.equal(second.get("0")?.since, 20);
    assert.equal(trackStates(second, rows("healthy"), 30), second, "the same while nothing changes");
  });

  it("is not known after the first look, which knew nothing", () => {
    const first = trackStates(new Map(), rows("unknown"), 10);
    assert.equal(trackStates(first, rows("wedged"), 20).get("0")?.since, null);
  });

  it("is forgotten with the builder", () => {
    const both = trackStates(new Map(), rows("healthy", "healthy"), 10);
    assert.equal(trackStates(both, rows("healthy"), 20).size, 1);
  });
});

describe("times that change seldom", () => {
  it("count seconds in the first minute only", () => {
    assert.deepEqual([12, 59, 60, 200, 11_520, 273_600].map(formatSpan), [
      "12s",
      "59s",
      "1m",
      "3m",
      "3h12m",
      "3d04h",
    ]);
    assert.deepEqual([5, 60].map(formatUptime), ["under 1m", "1m"]);
  });

  it("round the time of an answer, which differs a little each time", () => {
    assert.deepEqual([0, 2, 12, 14, 88, 312, 1234].map(formatAnswer), [
      "<5 ms",
      "<5 ms",
      "10 ms",
      "10 ms",
      "100 ms",
      "200 ms",
      "1.2 s",
    ]);
  });
});

describe("wrapping between words", () => {
  it("breaks only what is longer than a line", () => {
    assert.deepEqual(wrapWords("one two three", 7), ["one two", "three"]);
    assert.deepEqual(wrapWords("see /a/very/long/path now", 8), ["see", "/a/very/", "long/p", "ath now"]);
    assert.deepEqual(wrapWords("", 8), []);
  });
});
