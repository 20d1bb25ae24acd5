import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MachineStatus } from "../../src/model/machine/status.ts";
import { machineProblemFigure, machineProblems } from "../../src/store/machine-problems.ts";
import { fakeBuilder, fakeMachine, lostConnection } from "../support/fake-machines.ts";

const sentences = (machines: MachineStatus[]) => machineProblems(machines).map(({ sentence }) => sentence);

describe("the problems in the header", () => {
  it("are none while all is well, also while a builder sleeps, boots or is switched off", () => {
    const builders = (["healthy", "building", "idle", "booting", "disabled", "unknown"] as const).map(
      (state) => fakeBuilder(state, state),
    );
    assert.equal(machineProblemFigure([fakeMachine("studio", { builders })]), null);
    assert.equal(machineProblemFigure([]), null);
  });

  it("name the builder and what is the matter", () => {
    const builders = [
      fakeBuilder("linux-builder", "wedged"),
      fakeBuilder("mini", "unreachable"),
      fakeBuilder("vm", "crash-looping"),
    ];
    const machine = fakeMachine("studio", { builders });
    assert.deepEqual(sentences([machine]), [
      "builder linux-builder does not answer",
      "builder mini is unreachable",
      "builder vm crashes again and again",
    ]);
    assert.deepEqual(machineProblemFigure([machine]), {
      text: "3 problems: builder linux-builder does not answer",
      tone: "failed",
    });
  });

  it("say on which of several machines, and of a lost one no more than that", () => {
    const builders = [fakeBuilder("vm", "stopped")];
    const nix = { ...fakeMachine("x").nix, daemon: "stopped" } as MachineStatus["nix"];
    assert.deepEqual(
      sentences([
        fakeMachine("studio", { builders, nix, machineProblems: ["line 2: no system"] }),
        fakeMachine("mini", { builders, connection: lostConnection(0) }),
      ]),
      [
        "the Nix daemon does not run",
        "builder vm is stopped",
        "builders: line 2: no system",
        "mini does not answer",
      ],
    );
  });
});
