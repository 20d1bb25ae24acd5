import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { steadyMachines } from "../../src/store/steady-machines.ts";
import { FakeMachines, fakeBuilder, fakeGauges, fakeMachine } from "../support/fake-machines.ts";

function watch() {
  const machines = new FakeMachines(
    fakeMachine("studio", { builders: [fakeBuilder("vm", "healthy", { answerMs: 20 })] }),
    fakeMachine("mini"),
  );
  const steady = steadyMachines(machines);
  steady.list();
  return {
    machines,
    steady,
    look: (answerMs: number) => {
      machines.setBuilder(0, "vm", { answerMs, gauges: fakeGauges() });
      return steady.list()[0]?.builders[0]?.answerMs;
    },
  };
}

describe("the machines as they are drawn", () => {
  it("have builders whose answers take the same from look to look", () => {
    const { look } = watch();
    assert.deepEqual([100, 50, 105, 20, 98, 21].map(look), [20, 20, 20, 20, 20, 20]);
    assert.deepEqual([200, 200, 200, 200, 200, 200].map(look), [20, 20, 20, 20, 20, 200]);
  });

  it("count a look inside once, however often its machine says something else meanwhile", () => {
    const { machines, steady, look } = watch();
    look(200);
    for (let times = 0; times < 20; times += 1) {
      machines.tick();
      assert.equal(steady.list()[0]?.builders[0]?.answerMs, 20);
    }
  });

  it("are the very same while nothing is new, and where there is nothing to steady", () => {
    const { machines, steady, look } = watch();
    look(100);
    assert.equal(steady.list(), steady.list());
    assert.equal(steady.list()[1], machines.list()[1]);
  });

  it("forget a builder that went", () => {
    const { machines, steady } = watch();
    machines.set(0, { builders: [] });
    steady.list();
    machines.set(0, { builders: [fakeBuilder("vm", "healthy", { answerMs: 400 })] });
    assert.equal(steady.list()[0]?.builders[0]?.answerMs, 400);
  });
});
