import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MachineStatus } from "../../src/model/machine/status.ts";
import { machineProblemFigure, machineProblems, worstProblem } from "../../src/store/machine-problems.ts";
import { fakeDiagnosis, fakeWedged } from "../support/fake-diagnoses.ts";
import { fakeBuilder, fakeMachine, lostConnection } from "../support/fake-machines.ts";

const sentences = (...machines: MachineStatus[]) => machineProblems(machines).map(({ sentence }) => sentence);
const figure = (...machines: MachineStatus[]) => machineProblemFigure(machines);

describe("the problems in the header", () => {
  it("are none while all is well, also while a builder sleeps, boots or is switched off", () => {
    const builders = (["healthy", "building", "idle", "booting", "disabled", "unknown"] as const).map(
      (state) => fakeBuilder(state, state),
    );
    assert.equal(figure(fakeMachine("studio", { builders })), null);
    assert.equal(figure(), null);
  });

  it("are none where something is only worth knowing", () => {
    const diagnoses = [fakeDiagnosis("builder-one-core", { severity: "info" })];
    assert.equal(figure(fakeMachine("studio", { diagnoses })), null);
  });

  it("say the worst in the diagnosis's words, with the builder's own name", () => {
    const diagnoses = [
      fakeDiagnosis("restart-needed", { severity: "warning", subject: "the Nix daemon", builderKey: null }),
      fakeDiagnosis("builder-disk-full"),
    ];
    assert.deepEqual(figure(fakeMachine("studio", { diagnoses })), {
      text: "2 problems: linux-builder's disk is nearly full",
      tone: "failed",
    });
    assert.deepEqual(
      figure(fakeMachine("studio", { diagnoses: [fakeDiagnosis("x", { severity: "warning" })] })),
      { text: "1 problem: linux-builder's disk is nearly full", tone: "attention" },
    );
  });

  it("name what it is about wherever the title does not", () => {
    const titled = (title: string, builderKey: string | null = "vm") =>
      sentences(
        fakeMachine("studio", { diagnoses: [fakeDiagnosis("x", { title, builderKey, subject: "vm" })] }),
      )[0];
    assert.equal(titled("no ssh connection to the builder"), "no ssh connection to vm");
    assert.equal(titled("its background item is switched off"), "vm's background item is switched off");
    assert.equal(titled("Rosetta is not installed"), "Rosetta is not installed (vm)");
    assert.equal(titled("the Nix daemon does not run", null), "the Nix daemon does not run");
  });

  it("count a builder in trouble once, whether a diagnosis tells why or none does", () => {
    const builders = [fakeBuilder("linux-builder", "wedged"), fakeBuilder("mini", "unreachable")];
    assert.deepEqual(sentences(fakeMachine("studio", { builders })), [
      "builder linux-builder does not answer",
      "builder mini is unreachable",
    ]);
    assert.deepEqual(sentences(fakeMachine("studio", { builders, diagnoses: [fakeWedged()] })), [
      "linux-builder runs but does not answer",
      "builder mini is unreachable",
    ]);
  });

  it("count a trouble that only something worth knowing is said of", () => {
    const builders = [fakeBuilder("linux-builder", "wedged")];
    const diagnoses = [fakeDiagnosis("builder-one-core", { severity: "info" })];
    assert.equal(
      figure(fakeMachine("studio", { builders, diagnoses }))?.text,
      "1 problem: builder linux-builder does not answer",
    );
  });

  it("count a daemon that does not run once", () => {
    const nix = { ...fakeMachine("x").nix, daemon: "stopped" } as MachineStatus["nix"];
    assert.deepEqual(sentences(fakeMachine("studio", { nix })), ["the Nix daemon does not run"]);
    const told = fakeDiagnosis("determinate-daemon-offline", { builderKey: null, title: "it is offline" });
    const native = fakeBuilder("native", "stopped", { kind: "determinate-native" });
    assert.deepEqual(sentences(fakeMachine("studio", { nix, diagnoses: [told], builders: [native] })), [
      "it is offline",
    ]);
  });

  it("say on which of several machines, and of a lost one no more than that", () => {
    const builders = [fakeBuilder("vm", "stopped")];
    const studio = fakeMachine("studio", { builders, machineProblems: ["line 2: no system"] });
    const mini = fakeMachine("mini", {
      builders,
      diagnoses: [fakeDiagnosis("builder-disk-full")],
      connection: lostConnection(0),
    });
    assert.deepEqual(sentences(studio, mini), [
      "builder vm is stopped",
      "builders: line 2: no system",
      "mini does not answer",
    ]);
    assert.equal(figure(studio, mini)?.text, "3 problems: builder vm is stopped on studio");
    assert.equal(figure(mini, fakeMachine("well"))?.text, "1 problem: mini does not answer");
  });

  it("keep the key of each as long as it is told, and never share one", () => {
    const diagnoses = [fakeDiagnosis("x"), fakeDiagnosis("x"), fakeDiagnosis("y"), fakeDiagnosis("x")];
    const keys = () => machineProblems([fakeMachine("studio", { diagnoses })]).map(({ key }) => key);
    assert.equal(new Set(keys()).size, 4);
    assert.deepEqual(keys(), keys());
  });
});

describe("the mark of a row", () => {
  const status = fakeMachine("studio", {
    builders: [fakeBuilder("linux-builder", "healthy"), fakeBuilder("other", "healthy")],
    diagnoses: [
      fakeDiagnosis("small", { severity: "warning" }),
      fakeDiagnosis("full"),
      fakeDiagnosis("hash-mismatch", { builderKey: null, ofBuilds: true }),
      fakeDiagnosis("one-core", { severity: "info", builderKey: "other" }),
    ],
  });

  it("is that of the worst diagnosis of the builder, and none for what is only worth knowing", () => {
    assert.equal(worstProblem(status, 0, "linux-builder")?.id, "full");
    assert.equal(worstProblem(status, 0, "other"), undefined);
  });

  it("is not the machine's where only a build failed", () => {
    assert.equal(worstProblem(status, 0, null), undefined);
  });
});
