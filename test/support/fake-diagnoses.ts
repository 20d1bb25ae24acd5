// Diagnoses made by hand, for tests of what is shown of them.
import type { FoundDiagnosis } from "../../src/model/diagnoses/types.ts";

export function fakeDiagnosis(id: string, change: Partial<FoundDiagnosis> = {}): FoundDiagnosis {
  return {
    id,
    severity: "error",
    subject: "linux-builder",
    builderKey: "linux-builder",
    title: "the builder's disk is nearly full",
    evidence: [{ source: "df in linux-builder", text: "/: 39 / 40 GiB, 512 MiB free" }],
    cause: "What is built there stays there.",
    fixes: [{ title: "collect garbage in it", commands: ["sudo ssh linux-builder nix-collect-garbage"] }],
    ...change,
  };
}

/** With one fix that this program does by itself. */
export function fakeWedged(change: Partial<FoundDiagnosis> = {}): FoundDiagnosis {
  return fakeDiagnosis("builder-wedged", {
    title: "the builder runs but does not answer",
    fixes: [
      { title: "look at its log", commands: ["sudo tail /var/log/vm.log"] },
      {
        title: "restart linux-builder",
        commands: ["sudo launchctl kickstart -k system/org.nixos.linux-builder"],
        action: { kind: "builder", verb: "restart", builderKey: "linux-builder" },
      },
    ],
    ...change,
  });
}
