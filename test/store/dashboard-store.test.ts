import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createDashboardStore, type DashboardStore } from "../../src/store/dashboard-store.ts";
import { logWindow, scrollLog } from "../../src/store/log-view.ts";
import { FakeBuilds, type FakeLog, numberedLog } from "../support/fake-builds.ts";

/** A store whose frames are taken by hand: `look()`. */
function storeOf(builds: FakeBuilds) {
  let now = 10_000;
  const store = createDashboardStore({
    builds,
    now: () => now,
    wallClock: () => new Date(2026, 0, 2, 12, 3),
    subscribe: () => () => {},
    size: { columns: 100, rows: 30 },
    onError: (error) => {
      throw error;
    },
    timers: { now: () => now, after: () => () => {} },
  });
  const look = (later = 0) => {
    now += later;
    builds.version += 1;
    store.change((state) => ({ ...state, frame: { ...state.frame, version: builds.version, now } }));
  };
  return { store, look };
}

function selectedName(store: DashboardStore): string | undefined {
  return store.list().describe(store.state.get().builds.selectedIndex)?.name;
}

describe("what is selected", () => {
  it("follows a running build until it ends, lingers a moment, then goes on to the next", () => {
    const builds = new FakeBuilds();
    const first = builds.add("first", "running");
    builds.add("second", "running");
    const { store, look } = storeOf(builds);
    assert.equal(selectedName(store), "first");
    Object.assign(first, { state: "done", endedAt: 10_000 });
    look();
    assert.equal(selectedName(store), "first");
    look(2_000);
    assert.equal(selectedName(store), "second");
  });

  it("is the first failure once nothing runs", () => {
    const builds = new FakeBuilds();
    const only = builds.add("only", "running");
    builds.add("broken", "failed");
    const { store, look } = storeOf(builds);
    assert.equal(selectedName(store), "only");
    Object.assign(only, { state: "done", endedAt: 10_000 });
    look(5_000);
    assert.equal(selectedName(store), "broken");
  });

  it("stays with the row the person chose, wherever it moves", () => {
    const builds = new FakeBuilds();
    for (const name of ["a", "b", "c"]) builds.add(name, "running");
    const { store, look } = storeOf(builds);
    const chosen = store.list().describe(1);
    store.change((state) => ({
      ...state,
      builds: { ...state.builds, selected: chosen?.key ?? null, selectedIndex: 1, chosen: true },
    }));
    Object.assign(builds.derivations[0] ?? {}, { state: "done", endedAt: 10_000 });
    look(5_000);
    assert.equal(selectedName(store), "b");
    assert.equal(store.state.get().builds.selectedIndex, 0);
  });

  it("goes to the neighbour when the chosen row vanishes", () => {
    const builds = new FakeBuilds();
    for (const name of ["a", "b", "c"]) builds.add(name, "running");
    const { store, look } = storeOf(builds);
    const key = store.list().describe(1)?.key ?? null;
    store.change((state) => ({
      ...state,
      builds: { ...state.builds, selected: key, selectedIndex: 1, chosen: true },
    }));
    builds.derivations.splice(1, 1);
    look();
    assert.equal(selectedName(store), "c");
  });
});

describe("the log in view", () => {
  function withLog(lines: number) {
    const builds = new FakeBuilds();
    const log = numberedLog(lines);
    builds.add("linux-6.12.3", "running", { log, logLines: lines });
    return { ...storeOf(builds), log };
  }

  it("follows its end until the person scrolls, and again at the end", () => {
    const { store, look, log } = withLog(100);
    const height =
      logWindow(store.state.get(), store.log()).to - logWindow(store.state.get(), store.log()).from;
    assert.equal(logWindow(store.state.get(), store.log()).to, 100);
    store.change((state) => ({ ...state, log: scrollLog(state, store.log(), -10) }));
    for (let n = 0; n < 50; n++) log.lines.push("more");
    look();
    assert.equal(logWindow(store.state.get(), store.log()).to, 90);
    store.change((state) => ({ ...state, log: scrollLog(state, store.log(), 1_000) }));
    look();
    const window = logWindow(store.state.get(), store.log());
    assert.deepEqual([window.from, window.to, window.following], [150 - height, 150, true]);
  });

  it("stays within what is kept when old lines are dropped", () => {
    const { store, look, log } = withLog(100);
    store.change((state) => ({ ...state, log: { ...state.log, top: 5 } }));
    log.firstLine = 60;
    look();
    assert.equal(logWindow(store.state.get(), store.log()).from, 60);
  });

  it("has a row before its first line for what is no longer kept, which is scrolled away like a line", () => {
    const { store, look, log } = withLog(100);
    log.firstLine = 60;
    look();
    const window = () => logWindow(store.state.get(), store.log());
    const scroll = (lines: number) =>
      store.change((state) => ({ ...state, log: scrollLog(state, store.log(), lines) }));
    const height = window().to - window().from;
    assert.equal(window().earlier, 0);
    scroll(-1_000);
    assert.deepEqual([window().earlier, window().from, window().to], [60, 60, 60 + height - 1]);
    scroll(1);
    assert.deepEqual([window().earlier, window().from, window().to], [0, 60, 60 + height]);
    scroll(-1);
    assert.equal(window().earlier, 60);
    scroll(1_000);
    assert.deepEqual([window().earlier, window().to, window().following], [0, 100, true]);
    log.firstLine = 100;
    look();
    assert.deepEqual(
      [window().earlier, window().from],
      [0, 100],
      "with no line left that is said in its place",
    );
  });

  it("shows the facts of a failure below its last line, and finds text there", () => {
    const builds = new FakeBuilds();
    const broken = builds.add("broken", "failed", { log: numberedLog(3), logLines: 3 });
    builds.failures.push({
      drv: broken.drv,
      name: "broken",
      reason: "hash mismatch",
      phase: null,
      exitCode: null,
      signal: null,
      logTail: [],
      hash: { specified: "sha256-AAA", got: "sha256-BBB" },
      dependents: [],
      diagnosis: null,
    });
    const { store } = storeOf(builds);
    const source = store.log();
    const lines = Array.from({ length: source.endLine }, (_, n) => source.plainLine(n));
    assert.deepEqual(lines, [
      "line 0",
      "line 1",
      "line 2",
      "",
      "Failed: hash mismatch",
      "  specified: sha256-AAA",
      "        got: sha256-BBB",
    ]);
    assert.equal(source.find("bbb", 0, 1, 100).line, 6);
    assert.equal(source.find("line 1", 6, -1, 100).line, 1);
    assert.equal(source.find("nowhere", 6, -1, 100).line, null);
    const cut = source.find("nowhere", 6, -1, 2);
    assert.deepEqual([cut.line, cut.next], [null, 4], "and can be asked in slices");
  });

  it("is Nix's own messages where no derivation is selected", () => {
    const builds = new FakeBuilds();
    builds.notices.push({ at: 0, severity: "warning", text: "dirty tree" });
    const { store } = storeOf(builds);
    assert.equal(store.log().plainLine(0), "warning: dirty tree");
  });

  it("is a window onto the model, not a copy", () => {
    const { store, log } = withLog(10);
    (log as FakeLog).lines.push("new");
    assert.equal(store.log().plainLine(10), "new");
  });
});
