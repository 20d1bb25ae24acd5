import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FoundDiagnosis } from "../../../src/model/diagnoses/types.ts";
import type { MachineStatus } from "../../../src/model/machine/status.ts";
import { suggestValue } from "../../../src/model/settings/suggest-value.ts";
import { fakeBuilder, fakeGauges, fakeHistory, fakeMachine } from "../../support/fake-machines.ts";
import { fakeSetting } from "../../support/fake-settings.ts";

const gib = 1024 ** 3;
const memorySize = "nix.linux-builder.config.virtualisation.darwin-builder.memorySize";
const suggested = (id: string, status: MachineStatus) => {
  const { typed, judge } = fakeSetting(id, id === "builder.state" ? null : 8 * gib);
  return suggestValue({ id }, typed, status, judge);
};
const full = (kind: "linux-builder" | "rosetta-builder") =>
  fakeMachine("studio", {
    builders: [
      fakeBuilder("linux-builder", "building", {
        kind,
        gauges: fakeGauges({
          memory: { usedBytes: 7.9 * gib, totalBytes: 8 * gib, pressure: null, swapUsedBytes: 0 },
          outOfMemoryKills: 1,
        }),
      }),
    ],
    builderHistory: new Map([["linux-builder", fakeHistory([0.5])]]),
  });

describe("another value", () => {
  it("is suggested for the memory of the builder that used it up, and for no other", () => {
    assert.match(suggested(memorySize, full("linux-builder")) ?? "", /: 16 GiB\?$/);
    assert.equal(suggested(memorySize, full("rosetta-builder")), null);
    assert.equal(suggested("builder.memoryBytes", full("linux-builder")), null);
  });

  it("is suggested where it mends a trouble that was found, unless it is so already", () => {
    const diagnosis = (key: string, value: string): FoundDiagnosis => ({
      ...{ id: "builder-disk-full", severity: "error", title: "a disk is full", subject: "native" },
      ...{ builderKey: null, evidence: [], cause: "" },
      fixes: [
        { title: "read", commands: [] },
        { title: "more", commands: [], action: { kind: "set", file: "/etc/x", key, value } },
      ],
    });
    const having = (...diagnoses: FoundDiagnosis[]) => fakeMachine("studio", { diagnoses });
    assert.equal(
      suggested("builder.memoryBytes", having(diagnosis("builder.memoryBytes", String(16 * gib)))),
      "a disk is full: 16 GiB?",
    );
    assert.equal(
      suggested("builder.memoryBytes", having(diagnosis("builder.memoryBytes", String(8 * gib)))),
      null,
    );
    assert.equal(suggested("builder.memoryBytes", having(diagnosis("builder.memoryBytes", "99T"))), null);
    assert.equal(suggested("builder.state", having(diagnosis("builder.memoryBytes", "16G"))), null);
  });
});
