import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { initialState } from "../../src/store/dashboard-state.ts";
import { openDoctorView } from "../../src/store/doctor-view.ts";
import { machineProblems } from "../../src/store/machine-problems.ts";
import { settleTried, triedOf, withTried } from "../../src/store/tried-fixes.ts";
import { FakeBuilds } from "../support/fake-builds.ts";
import { fakeWedged } from "../support/fake-diagnoses.ts";
import { FakeMachines, fakeMachine, lostConnection } from "../support/fake-machines.ts";

/** A fix was done at second 1000; the machine is looked at again at the given seconds. */
function after(...looks: { at: number; there: boolean; lost?: true }[]) {
  const machines = new FakeMachines(fakeMachine("studio", { diagnoses: [fakeWedged()], at: 990 }));
  const world = { builds: new FakeBuilds(), machines };
  const [problem] = machineProblems(machines.statuses);
  assert.ok(problem);
  let state = withTried(initialState(80, 24), problem, "restart linux-builder", 1000);
  for (const { at, there, lost } of looks) {
    machines.set(0, {
      at,
      diagnoses: there ? [fakeWedged()] : [],
      connection: lost ? lostConnection(at) : { state: "connected" },
    });
    state = settleTried(state, world);
  }
  return triedOf(state, problem.key)?.outcome;
}

describe("what came of a fix", () => {
  it("is not known before the machine was looked at again", () => {
    assert.equal(after(), "looking");
    assert.equal(after({ at: 999, there: true }), "looking");
    assert.equal(after({ at: 1_003, there: false, lost: true }), "looking");
  });

  it("is that the trouble is gone as soon as a look does not show it", () => {
    assert.equal(after({ at: 1_001, there: false }), "gone");
  });

  it("is that it is still there when looks go on showing it", () => {
    assert.equal(after({ at: 1_001, there: true }), "looking");
    assert.equal(after({ at: 1_001, there: true }, { at: 1_006, there: true }), "still there");
    assert.equal(after({ at: 1_006, there: true }, { at: 1_030, there: false }), "gone");
  });

  it("is not gone if it is back at once; back later, it is a new trouble", () => {
    assert.equal(after({ at: 1_001, there: false }, { at: 1_010, there: true }), "still there");
    assert.equal(after({ at: 1_001, there: false }, { at: 1_500, there: true }), undefined);
  });

  it("is what the doctor shows where it had nothing left to show", () => {
    const machines = new FakeMachines(fakeMachine("studio", { diagnoses: [fakeWedged()], at: 990 }));
    const world = { builds: new FakeBuilds(), machines };
    const [problem] = machineProblems(machines.statuses);
    assert.ok(problem);
    machines.set(0, { at: 1_001, diagnoses: [] });
    const mendedWith = (selected: string) => {
      const opened = { ...initialState(80, 24), doctor: openDoctorView(selected) };
      return settleTried(withTried(opened, problem, "restart linux-builder", 1000), world).doctor?.selected;
    };
    assert.equal(mendedWith("well"), problem.key);
    assert.equal(mendedWith("another"), "another", "nobody is taken away from what they read");
  });

  it("is kept for the last few only", () => {
    const machine = fakeMachine("studio", {
      diagnoses: Array.from({ length: 30 }, (_, n) => fakeWedged({ id: `d${n}` })),
    });
    let state = initialState(80, 24);
    for (const problem of machineProblems([machine])) state = withTried(state, problem, "restart", 0);
    assert.equal(state.tried.length, 8);
    assert.equal(state.tried.at(-1)?.problem.id, "d29");
  });
});
