import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { MachineStatus } from "../../src/model/machine/status.ts";
import { type DashboardState, initialState, type World } from "../../src/store/dashboard-state.ts";
import { doctorFigures, doctorRows } from "../../src/store/doctor-rows.ts";
import {
  chooseFix,
  doctorLayout,
  openDoctorView,
  scrollDetail,
  selectedDetail,
  settleDoctor,
} from "../../src/store/doctor-view.ts";
import { lookedAt } from "../../src/store/looked-at.ts";
import { FakeBuilds } from "../support/fake-builds.ts";
import { fakeDiagnosis, fakeWedged } from "../support/fake-diagnoses.ts";
import { FakeMachines, fakeBuilder, fakeMachine, lostConnection } from "../support/fake-machines.ts";

function opened(...statuses: MachineStatus[]): {
  state: DashboardState;
  world: World;
  machines: FakeMachines;
} {
  const machines = new FakeMachines(...statuses);
  const world = { builds: new FakeBuilds(), machines };
  const state = settleDoctor({ ...initialState(80, 24), doctor: openDoctorView(null) }, world);
  return { state, world, machines };
}

const kinds = (...statuses: MachineStatus[]) => {
  const { state, world } = opened(...statuses);
  return doctorRows(state, world).map((row) => (row.kind === "problem" ? row.problem.id : row.kind));
};

describe("the rows of the doctor", () => {
  const unseen = { what: "inside native", why: "it has no VM while nothing is built" };

  it("are errors, warnings, what is worth knowing, and at the end what was not looked at", () => {
    const machine = fakeMachine("studio", {
      diagnoses: [fakeDiagnosis("a"), fakeDiagnosis("c", { severity: "info" })],
      notLooked: [unseen],
    });
    const other = fakeMachine("mini", { diagnoses: [fakeDiagnosis("b", { severity: "warning" })] });
    assert.deepEqual(kinds(machine, other), ["a", "b", "c", "unseen"]);
  });

  it("say that all is well where nothing is wrong, and only where it was looked at", () => {
    assert.deepEqual(kinds(fakeMachine("studio")), ["well"]);
    assert.deepEqual(kinds(fakeMachine("studio", { at: null, connection: { state: "connecting" } })), [
      "looking",
    ]);
    const info = fakeMachine("studio", { diagnoses: [fakeDiagnosis("c", { severity: "info" })] });
    assert.deepEqual(kinds(info), ["well", "c"]);
    assert.deepEqual(kinds(), []);
  });

  it("do not say that everything is well where something was left out", () => {
    const all = (...statuses: MachineStatus[]) => {
      const { state, world } = opened(...statuses);
      const row = doctorRows(state, world).find(({ kind }) => kind === "well");
      return row?.kind === "well" && row.all;
    };
    assert.equal(all(fakeMachine("studio")), true);
    assert.equal(all(fakeMachine("studio", { notLooked: [unseen] })), false);
    assert.equal(
      all(fakeMachine("studio"), fakeMachine("mini", { at: null, connection: { state: "connecting" } })),
      false,
    );
  });

  it("have a machine that is lost as an error, without what was known of it", () => {
    const lost = fakeMachine("mini", {
      connection: lostConnection(0),
      diagnoses: [fakeDiagnosis("a")],
      notLooked: [unseen],
    });
    const { state, world } = opened(lost);
    const rows = doctorRows(state, world);
    assert.equal(rows.length, 1);
    assert.equal(rows[0]?.kind === "problem" && rows[0].problem.title, "the machine does not answer");
    assert.deepEqual(lookedAt(world.machines.list()), []);
  });

  it("are counted in the border", () => {
    const { state, world } = opened(
      fakeMachine("studio", { diagnoses: [fakeDiagnosis("a"), fakeDiagnosis("c", { severity: "info" })] }),
    );
    assert.deepEqual(
      doctorFigures(doctorRows(state, world)).map(({ text }) => text),
      ["1 error", "1 worth knowing"],
    );
  });
});

describe("the selected row", () => {
  const two = () => fakeMachine("studio", { diagnoses: [fakeDiagnosis("a"), fakeDiagnosis("b")] });
  const select = (state: DashboardState, world: World, index: number) => {
    const key = doctorRows(state, world)[index]?.key ?? null;
    assert.ok(state.doctor);
    return settleDoctor({ ...state, doctor: { ...state.doctor, selected: key } }, world);
  };
  const idOf = (state: DashboardState, world: World) => {
    const row = doctorRows(state, world)[state.doctor?.selectedIndex ?? -1];
    return row?.kind === "problem" ? row.problem.id : row?.kind;
  };

  it("is the first at first, and stays the one that is read when something worse comes above it", () => {
    const { state, world, machines } = opened(two());
    assert.equal(idOf(state, world), "a");
    machines.set(0, { diagnoses: [fakeDiagnosis("worse"), fakeDiagnosis("a"), fakeDiagnosis("b")] });
    assert.equal(idOf(settleDoctor(state, world), world), "a");
  });

  it("is its neighbour when it goes", () => {
    const { state, world, machines } = opened(two());
    const second = select(state, world, 1);
    machines.set(0, { diagnoses: [fakeDiagnosis("a")] });
    assert.equal(idOf(settleDoctor(second, world), world), "a");
    machines.set(0, { diagnoses: [] });
    assert.equal(idOf(settleDoctor(second, world), world), "well");
  });

  it("has the first fix meant that can be done from here, and begins at the top", () => {
    const { state, world } = opened(fakeMachine("studio", { diagnoses: [fakeDiagnosis("a"), fakeWedged()] }));
    assert.equal(state.doctor?.fix, 0);
    const scrolled = { ...state, doctor: { ...openDoctorView(null), ...state.doctor, detailTop: 2 } };
    const second = select(scrolled, world, 1);
    assert.equal(second.doctor?.fix, 1);
    assert.equal(second.doctor?.detailTop, 0);
  });

  it("is settled once: the same state comes back", () => {
    const { state, world } = opened(two());
    assert.equal(settleDoctor(state, world), state);
  });
});

describe("what is said of it", () => {
  const long = () =>
    fakeMachine("studio", {
      diagnoses: [fakeWedged({ cause: "a long cause ".repeat(60) })],
      builders: [fakeBuilder("linux-builder", "wedged")],
    });

  it("scrolls no further than its last line", () => {
    const { state, world } = opened(long());
    const { innerHeight } = doctorLayout(state, 1).detail;
    const { length } = selectedDetail(state, world, null)?.lines ?? [];
    assert.ok(length !== undefined && length > innerHeight);
    assert.equal(scrollDetail(state, world, 1_000).doctor?.detailTop, length - innerHeight);
    assert.equal(scrollDetail(state, world, -1_000).doctor?.detailTop, 0);
  });

  it("brings the fix that is meant into sight", () => {
    const { state, world } = opened(long());
    const { innerHeight } = doctorLayout(state, 1).detail;
    for (const fix of [1, 0]) {
      const chosen = chooseFix(state, world, fix);
      const at = selectedDetail(chosen, world, null)?.fixAt;
      const top = chosen.doctor?.detailTop ?? 0;
      assert.ok(at && at.from >= top && at.to <= top + innerHeight, `fix ${fix}`);
    }
  });
});

describe("where list and text stand", () => {
  it("is between header and footer, without a gap, whatever the size and the number of rows", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 300 }),
        fc.integer({ min: 10, max: 120 }),
        fc.nat(200),
        (columns, rows, count) => {
          const { list, detail } = doctorLayout({ columns, rows }, count);
          assert.equal(list.y, 1);
          assert.equal(detail.y + detail.height, rows - 1);
          if (list.y === detail.y) assert.equal(list.width + detail.width, columns);
          else assert.equal(list.y + list.height, detail.y);
          for (const box of [list, detail]) assert.ok(box.innerHeight >= 1 && box.innerWidth >= 30);
        },
      ),
    );
  });
});
