import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isTrouble } from "../../src/model/builders/state-look.ts";
import type { Builder, BuilderState } from "../../src/model/builders/types.ts";
import type { MachineStatus } from "../../src/model/machine/status.ts";
import { initialState } from "../../src/store/dashboard-state.ts";
import { describeMachineRow } from "../../src/store/machine-row-description.ts";
import {
  fakeBuilder,
  fakeDisk,
  fakeGauges,
  fakeHistory,
  fakeMachine,
  lostConnection,
} from "../support/fake-machines.ts";

function row(builder: Builder | null, machine: Partial<MachineStatus> = {}, since: number | null = null) {
  const state = initialState(120, 36);
  const known = builder ? new Map([["0 b", { state: builder.state, since }]]) : new Map();
  return describeMachineRow(
    { key: "0 b", machineIndex: 0, status: fakeMachine("studio", machine), builder },
    {
      ...state,
      builders: { ...state.builders, since: known },
      frame: { ...state.frame, machinesNow: 1_000 },
    },
  );
}

describe("a builder's row", () => {
  it("says its jobs and how fast it answers while it is well", () => {
    const { jobs, answer, words, glyph, tone } = row(fakeBuilder("b", "healthy", { answerMs: 13 }));
    assert.deepEqual(
      { jobs, answer, words, glyph, tone },
      { jobs: "0/4 jobs", answer: "10 ms", words: "", glyph: "●", tone: "well" },
    );
    assert.equal(row(fakeBuilder("b", "building", { jobs: { used: 1, max: null } })).jobs, "1 job ");
  });

  it("says when its disk will be full rather than how fast it answers", () => {
    const builderHistory = new Map([["b", fakeHistory(Array(20).fill(0.5), 10e6)]]);
    const { answer, answerTone } = row(fakeBuilder("b", "healthy"), { builderHistory });
    assert.match(answer, /^full ~\d+m$/);
    assert.equal(answerTone, "attention");
  });

  it("says its state in words where that is not obvious", () => {
    assert.equal(row(fakeBuilder("b", "idle", { kind: "determinate-native" })).words, "idle, no VM");
    assert.equal(row(fakeBuilder("b", "idle", { kind: "virby" })).words, "idle");
    assert.equal(row(fakeBuilder("b", "unreachable"), {}, 820).words, "unreachable 3m");
    assert.equal(row(fakeBuilder("b", "booting"), {}, 988).words, "booting 12s");
  });

  it("says no time where nobody saw it come", () => {
    assert.equal(row(fakeBuilder("b", "unreachable")).words, "unreachable");
  });

  it("grows by itself in its first minute only", () => {
    assert.equal(row(fakeBuilder("b", "booting"), {}, 988).ticking, true);
    assert.equal(row(fakeBuilder("b", "booting"), {}, 900).ticking, false);
    assert.equal(row(fakeBuilder("b", "healthy"), {}, 988).ticking, false);
  });

  it("has the reason of its trouble at hand", () => {
    const states: BuilderState[] = ["wedged", "stopped", "crash-looping", "unreachable", "not-granted"];
    for (const state of states) {
      assert.ok(isTrouble(state));
      const { reason, jobs, gauges } = row(fakeBuilder("b", state, { why: "the evidence" }));
      assert.deepEqual({ reason, jobs, gauges }, { reason: "the evidence", jobs: "", gauges: [] }, state);
    }
  });

  it("names its systems in a long and a short form", () => {
    assert.deepEqual(row(fakeBuilder("b", "healthy")).place, ["aarch64-linux", "aarch64", "aarch64"]);
    const systems = ["aarch64-linux", "x86_64-linux", "i686-linux"];
    assert.deepEqual(row(fakeBuilder("b", "healthy", { systems })).place, [
      "aarch64,x86_64,i686",
      "aarch64 +2",
    ]);
  });

  it("marks what asks for attention in its gauges", () => {
    const gauges = fakeGauges({
      cpu: 1,
      memory: { usedBytes: 95, totalBytes: 100, pressure: null, swapUsedBytes: null },
      disks: [fakeDisk("/boot", 0.1, 1), fakeDisk("/", 39, 40)],
    });
    assert.deepEqual(row(fakeBuilder("b", "healthy", { gauges })).gauges, [
      { label: "cpu", text: "100 %", tone: "plain" },
      { label: "mem", text: "95 %", tone: "attention" },
      { label: "disk", text: "97 %", tone: "failed" },
    ]);
  });

  it("leaves out the gauges that are not known, and says why there are none", () => {
    const some = fakeGauges({ cpu: null, memory: null });
    const known = row(fakeBuilder("b", "healthy", { gauges: some }));
    assert.deepEqual(
      known.gauges.map(({ label }) => label),
      ["disk"],
    );
    assert.equal(known.noGauges, "");
    const none = (limitedBy: string | null) =>
      row(fakeBuilder("b", "healthy", { gauges: null, limitedBy })).noGauges;
    assert.equal(none(null), "no figures yet");
    assert.equal(none("host data only: looking inside would keep it awake"), "host data only");
    assert.equal(none("no login as you; after sudo -v we use root's key"), "no login as you");
    assert.equal(row(fakeBuilder("b", "stopped")).noGauges, "", "its state is the reason");
  });

  it("is well with nearly all memory in use where macOS says that there is no pressure", () => {
    const memory = { usedBytes: 99, totalBytes: 100, pressure: "normal" as const, swapUsedBytes: null };
    assert.equal(
      row(fakeBuilder("b", "healthy", { gauges: fakeGauges({ memory }) })).gauges[1]?.tone,
      "plain",
    );
  });
});

describe("a machine's row", () => {
  it("is this Mac, or what system a machine far away has", () => {
    assert.deepEqual(row(null).place, ["this Mac"]);
    assert.deepEqual(row(null, { platform: "linux" }).place, ["this machine"]);
    const far = row(null, { transport: "ssh2", builders: [fakeBuilder("b", "healthy")] });
    assert.deepEqual([far.place, far.words], [["macOS 26.2", "macOS 26", "macOS"], "connected"]);
  });

  it("has a version that is shortened between its numbers, never within one", () => {
    const forms = (os: string) => row(null, { transport: "ssh2", os }).place;
    assert.deepEqual(forms("macOS 15.6.1"), ["macOS 15.6.1", "macOS 15.6", "macOS 15", "macOS"]);
    assert.deepEqual(forms("Arch Linux"), ["Arch Linux"]);
  });

  it("that is lost has builders of which nothing is known, whatever they were: only the last figures stay, dim", () => {
    const connection = lostConnection(790);
    const { glyph, tone, words, jobs, answer, mark, ticking, gauges, reason } = row(
      fakeBuilder("b", "building"),
      { connection },
      988,
    );
    assert.deepEqual(
      { glyph, tone, words, jobs, answer, mark, ticking, reason },
      {
        ...{ glyph: "?", tone: "idle", words: "not known", jobs: "", answer: "", mark: null },
        ...{ ticking: false, reason: "last seen: building" },
      },
    );
    assert.deepEqual(
      gauges.map(({ text, tone }) => [text, tone]),
      [
        ["86 %", "idle"],
        ["70 %", "idle"],
        ["90 %", "idle"],
      ],
    );
    for (const state of ["healthy", "idle", "booting", "wedged", "stopped", "unreachable"] as const) {
      const lost = row(fakeBuilder("b", state), { connection });
      assert.deepEqual([lost.glyph, lost.words, lost.tone], ["?", "not known", "idle"], state);
    }
  });

  it("says since when it is lost", () => {
    const connection = lostConnection(790);
    const { words, tone, glyph } = row(null, { connection });
    assert.deepEqual({ words, tone, glyph }, { words: "lost 3m", tone: "failed", glyph: "○" });
  });

  it("says that its daemon does not run, or that no builder is set up", () => {
    const nix = { ...fakeMachine("studio").nix, daemon: "stopped" } as MachineStatus["nix"];
    assert.equal(row(null, { nix }).words, "Nix daemon stopped");
    assert.equal(row(null, { nix }).tone, "failed");
    assert.equal(row(null).words, "no builder set up");
    assert.equal(row(null, { connection: { state: "connecting" } }).words, "connecting");
  });
});

describe("the row of a machine that owes an answer", () => {
  it("says since when, second by second, with its last figures dim", () => {
    const { glyph, tone, words, gauges, ticking } = row(null, {
      connection: { state: "connected", silentSince: 988 },
      gauges: fakeGauges(),
    });
    assert.deepEqual(
      { glyph, tone, words, ticking },
      { glyph: "●", tone: "attention", words: "no answer 12s", ticking: true },
    );
    assert.ok(gauges.length > 0 && gauges.every((gauge) => gauge.tone === "idle"));
  });
});
