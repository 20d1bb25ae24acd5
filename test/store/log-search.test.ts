import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogSearcher, type SearchResult } from "../../src/store/log-search.ts";
import type { LogSource } from "../../src/store/log-source.ts";
import { FakeLog } from "../support/fake-builds.ts";

function sourceOf(log: FakeLog): LogSource {
  const { firstLine, endLine } = log;
  return {
    key: "x",
    title: "x",
    derivation: null,
    cause: null,
    whenEmpty: "",
    firstLine,
    endLine,
    line: (n) => log.line(n),
    plainLine: (n) => log.plainLine(n),
    find: (...query) => log.find(...query),
  };
}

/** Runs deferred slices when told. */
function stepper() {
  let next: (() => void) | null = null;
  const defer = (run: () => void) => {
    next = run;
    return () => {
      next = null;
    };
  };
  const runAll = () => {
    let slices = 0;
    while (next) {
      const run = next as () => void;
      next = null;
      run();
      slices += 1;
    }
    return slices;
  };
  return { defer, runAll };
}

const many = new FakeLog(
  Array.from({ length: 100_000 }, (_, n) => (n === 70_000 ? "Error: here" : `line ${n}`)),
);

describe("searching a log", () => {
  it("finds a line far away in slices, ignoring case", () => {
    const { defer, runAll } = stepper();
    const results: SearchResult[] = [];
    createLogSearcher(defer).start(sourceOf(many), "error", 0, 1, (result) => results.push(result));
    assert.deepEqual(results, [], "the first slice ends before it: keys have their turn");
    assert.ok(runAll() > 10);
    assert.deepEqual(results, [{ line: 70_000, wrapped: false }]);
  });

  it("goes on from the other end, and says so", () => {
    const { defer, runAll } = stepper();
    const results: SearchResult[] = [];
    const searcher = createLogSearcher(defer);
    searcher.start(sourceOf(many), "error", 80_000, 1, (result) => results.push(result));
    runAll();
    searcher.start(sourceOf(many), "error", 60_000, -1, (result) => results.push(result));
    runAll();
    assert.deepEqual(results, [
      { line: 70_000, wrapped: true },
      { line: 70_000, wrapped: true },
    ]);
  });

  it("ends when the text is nowhere, also in an empty log", () => {
    const { defer, runAll } = stepper();
    const results: SearchResult[] = [];
    const searcher = createLogSearcher(defer);
    searcher.start(sourceOf(many), "nowhere", 50_000, 1, (result) => results.push(result));
    runAll();
    searcher.start(sourceOf(new FakeLog([])), "x", 0, 1, (result) => results.push(result));
    runAll();
    assert.deepEqual(
      results.map(({ line }) => line),
      [null, null],
    );
  });

  it("drops the old search when a new one begins", () => {
    const { defer, runAll } = stepper();
    const results: string[] = [];
    const searcher = createLogSearcher(defer);
    searcher.start(sourceOf(many), "error", 0, 1, () => results.push("old"));
    searcher.start(sourceOf(many), "line 5", 0, 1, () => results.push("new"));
    runAll();
    assert.deepEqual(results, ["new"]);
  });
});
