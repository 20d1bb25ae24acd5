import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { initialState } from "../../src/store/dashboard-state.ts";
import { createDashboardStore, type DashboardStore } from "../../src/store/dashboard-store.ts";
import { selectedMachineRow, trendOf } from "../../src/store/machine-rows.ts";
import { scrollGauges, selectedGauges, visibleMachineRows } from "../../src/store/machines-view.ts";
import { freeze } from "../../src/store/row-list.ts";
import { FakeBuilds } from "../support/fake-builds.ts";
import {
  FakeMachines,
  fakeBuilder,
  fakeGauges,
  fakeHistory,
  fakeMachine,
  fakeProcess,
} from "../support/fake-machines.ts";

interface Watched {
  store: DashboardStore;
  machines: FakeMachines;
  builds: FakeBuilds;
  /** Takes the frame that waits, if one does. */
  frame: () => void;
}

function watch(machines: FakeMachines, size = { columns: 120, rows: 36 }): Watched {
  const builds = new FakeBuilds();
  let waiting: (() => void) | null = null;
  let now = 0;
  const store = createDashboardStore({
    builds,
    machines,
    now: () => 0,
    wallClock: () => new Date(2026, 0, 2, 12, 3, 0),
    subscribe: (changed) => {
      const stops = [builds.onChange(changed), machines.subscribe(changed)];
      return () => {
        for (const stop of stops) stop();
      };
    },
    size,
    onError: (error) => {
      throw error;
    },
    timers: {
      now: () => now,
      after: (_, run) => {
        waiting = run;
        return () => {
          if (waiting === run) waiting = null;
        };
      },
    },
  });
  const frame = () => {
    now += 2_000;
    waiting?.();
  };
  return { store, machines, builds, frame };
}

const name = ({ store }: Watched) => selectedMachineRow(store.state.get(), store)?.builder?.name ?? "machine";

describe("a frame of the machines", () => {
  const studio = () => fakeMachine("studio", { builders: [fakeBuilder("linux-builder", "healthy")] });

  it("is drawn when something that is shown changes", () => {
    const watched = watch(new FakeMachines(studio()));
    const before = watched.store.state.get();
    watched.machines.setBuilder(0, "linux-builder", { jobs: { used: 3, max: 4 } });
    watched.frame();
    assert.notEqual(watched.store.state.get(), before);
    watched.store.stop();
  });

  it("is not drawn when a machine at rest says the same again, or what rounds to the same", () => {
    const watched = watch(new FakeMachines(studio()));
    const before = watched.store.state.get();
    watched.machines.tick();
    watched.frame();
    watched.machines.setBuilder(0, "linux-builder", {
      answerMs: 11.4,
      gauges: fakeGauges({ cpu: 0.8604, load: [3.93, 3.1, 2.4] }),
    });
    watched.frame();
    assert.equal(watched.store.state.get(), before);
    watched.store.stop();
  });

  it("is not drawn for figures of builders that are not in sight", () => {
    const builders = Array.from({ length: 200 }, (_, index) => fakeBuilder(`b${index}`, "healthy"));
    const watched = watch(new FakeMachines(fakeMachine("studio", { builders })));
    const before = watched.store.state.get();
    watched.machines.setBuilder(0, "b150", { jobs: { used: 3, max: 4 } });
    watched.frame();
    assert.equal(watched.store.state.get(), before);
    assert.equal(visibleMachineRows(before, watched.store).length, 10);
    watched.store.stop();
  });

  it("comes each second while a shown time counts seconds, and no longer", () => {
    const watched = watch(new FakeMachines(studio()));
    watched.machines.setBuilder(0, "linux-builder", { state: "booting", gauges: null });
    watched.frame();
    const words = () => visibleMachineRows(watched.store.state.get(), watched.store)[1]?.words;
    assert.equal(words(), "booting 0s");
    watched.machines.seconds += 12;
    watched.frame();
    assert.equal(words(), "booting 12s");
    watched.store.stop();
  });
});

describe("the selected builder", () => {
  it("is at first one that can be looked into", () => {
    const builders = [fakeBuilder("native", "idle"), fakeBuilder("vm", "healthy")];
    const watched = watch(new FakeMachines(fakeMachine("studio", { builders })));
    assert.equal(name(watched), "vm");
    watched.store.stop();
  });

  it("is the machine itself where there is no builder", () => {
    const watched = watch(new FakeMachines(fakeMachine("studio")));
    assert.equal(name(watched), "machine");
    watched.store.stop();
  });

  it("stays selected when trouble comes over it", () => {
    const builders = [fakeBuilder("first", "healthy"), fakeBuilder("second", "healthy")];
    const watched = watch(new FakeMachines(fakeMachine("studio", { builders })));
    watched.machines.setBuilder(0, "first", { state: "wedged", gauges: null });
    watched.frame();
    assert.equal(name(watched), "first");
    watched.store.stop();
  });

  it("stays the chosen one wherever its row moves, and its neighbour is taken when it goes", () => {
    const watched = watch(
      new FakeMachines(
        fakeMachine("studio", { builders: ["a", "b", "c"].map((key) => fakeBuilder(key, "healthy")) }),
      ),
    );
    watched.store.change((state) => ({
      ...state,
      builders: { ...state.builders, selected: "0 b", selectedIndex: 2, chosen: true },
    }));
    assert.equal(name(watched), "b");
    watched.machines.set(0, { builders: ["b", "c"].map((key) => fakeBuilder(key, "healthy")) });
    watched.frame();
    assert.equal(name(watched), "b");
    watched.machines.set(0, { builders: [fakeBuilder("c", "healthy")] });
    watched.frame();
    assert.equal(name(watched), "c");
    watched.store.stop();
  });

  it("is in sight among two hundred", () => {
    const builders = Array.from({ length: 200 }, (_, index) => fakeBuilder(`b${index}`, "healthy"));
    const watched = watch(new FakeMachines(fakeMachine("studio", { builders })), { columns: 80, rows: 24 });
    watched.store.change((state) => ({
      ...state,
      builders: { ...state.builders, selected: "0 b150", selectedIndex: 151, chosen: true },
    }));
    const shown = visibleMachineRows(watched.store.state.get(), watched.store).map((row) => row.name);
    assert.deepEqual(shown, ["b145", "b146", "b147", "b148", "b149", "b150"]);
    watched.store.stop();
  });
});

describe("without machines", () => {
  it("nothing is selected, and a pane that is gone loses the focus", () => {
    const watched = watch(new FakeMachines());
    watched.store.change((state) => ({ ...state, focus: "builders" }));
    assert.equal(watched.store.state.get().focus, "builds");
    assert.equal(selectedGauges(watched.store.state.get(), watched.store, []), null);
    watched.store.stop();
  });
});

describe("pause", () => {
  it("holds builders and gauges as they were, with their graph", () => {
    const history = fakeHistory([0.1, 0.2]);
    const builderHistory = new Map([["vm", history]]);
    const watched = watch(
      new FakeMachines(fakeMachine("studio", { builders: [fakeBuilder("vm", "healthy")], builderHistory })),
    );
    const { store, machines } = watched;
    store.change((state) => ({ ...state, paused: freeze(state, store) }));
    const row = () => {
      const selected = selectedMachineRow(store.state.get(), store);
      assert.ok(selected);
      return selected;
    };
    history.push(fakeGauges({ cpu: 0.9 }), 1_000);
    machines.setBuilder(0, "vm", { state: "wedged", gauges: null });
    watched.frame();
    assert.equal(row().builder?.state, "healthy");
    assert.deepEqual(trendOf(row()).cpu, [0.1, 0.2]);
    store.change((state) => ({ ...state, paused: null }));
    assert.equal(row().builder?.state, "wedged");
    assert.deepEqual(trendOf(row()).cpu, [0.1, 0.2, 0.9]);
    store.stop();
  });
});

describe("the gauges", () => {
  it("scroll no further than their last line, and stand at the top again for another builder", () => {
    const why = "a long reason ".repeat(40);
    const builders = [fakeBuilder("vm", "wedged", { why }), fakeBuilder("other", "wedged", { why })];
    const builderProcesses = new Map([["vm", [fakeProcess("cc", 1, null)]]]);
    const watched = watch(new FakeMachines(fakeMachine("studio", { builders, builderProcesses })));
    const { store } = watched;
    const lines = selectedGauges(store.state.get(), store, [])?.lines.length ?? 0;
    assert.ok(lines > 5);
    store.change((state) => scrollGauges(state, store, 1_000));
    assert.equal(store.state.get().builders.gaugesTop, lines - 5);
    store.change((state) => scrollGauges(state, store, -1));
    assert.equal(store.state.get().builders.gaugesTop, lines - 6);
    store.change((state) => ({
      ...state,
      builders: { ...state.builders, selected: "0 other", selectedIndex: 2, chosen: true },
    }));
    assert.equal(store.state.get().builders.gaugesTop, 0);
    store.stop();
  });
});

describe("the initial state", () => {
  it("draws no machine", () => {
    assert.equal(initialState(80, 24).builders.count, 0);
  });
});
