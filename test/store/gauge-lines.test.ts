import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Builder } from "../../src/model/builders/types.ts";
import type { Gauges } from "../../src/model/gauges/types.ts";
import type { MachineStatus } from "../../src/model/machine/status.ts";
import { type DashboardState, initialState } from "../../src/store/dashboard-state.ts";
import { gaugeFigures } from "../../src/store/gauge-figures.ts";
import { type GaugeRoom, gaugeView } from "../../src/store/gauge-lines.ts";
import {
  fakeBuilder,
  fakeDisk,
  fakeGauges,
  fakeHistory,
  fakeMachine,
  fakeProcess,
  lostConnection,
} from "../support/fake-machines.ts";
import { gaugeText } from "../support/gauge-text.ts";

const gib = 1024 ** 3;
const room: GaugeRoom = { width: 61, height: 5, closer: false, help: [] };
const at = (seconds: number): DashboardState => {
  const state = initialState(120, 36);
  return { ...state, frame: { ...state.frame, machinesNow: seconds } };
};

function view(builder: Builder | null, machine: Partial<MachineStatus> = {}, given: Partial<GaugeRoom> = {}) {
  const status = fakeMachine("studio", machine);
  return gaugeView({ key: "0", machineIndex: 0, status, builder }, at(1_000), { ...room, ...given });
}
const text = (...given: Parameters<typeof view>) => gaugeText(view(...given).lines);
const inside = (gauges: Partial<Gauges>, change: Partial<Builder> = {}) =>
  fakeBuilder("linux-builder", "healthy", { gauges: fakeGauges(gauges), ...change });

describe("the gauges of a builder", () => {
  it("are a graph of its processors and bars of memory and disk, with their numbers in one column", () => {
    const builderHistory = new Map([["linux-builder", fakeHistory([0, 0.5, 1])]]);
    assert.deepEqual(text(inside({}), { builderHistory }), [
      "cpu  0000000000000000000000047          86 %  load 3.9",
      "mem  ##################....... 5.6 / 8.0 GiB",
      "disk #######################..   36 / 40 GiB",
    ]);
  });

  it("have a graph that stands still while nothing happens: only what was not known in between is a gap", () => {
    const graph = (...cpu: (number | null)[]) =>
      text(inside({}), {
        builderHistory: new Map([["linux-builder", fakeHistory(cpu)]]),
      })[0]?.slice(5, 30);
    assert.equal(graph(null, 0, 0), graph(null, 0, 0, 0, 0));
    assert.equal(graph(1, null, 0), "7 0".padStart(25, "0"));
  });

  it("say in the title what it was given and how long it is up", () => {
    assert.deepEqual(
      view(inside({})).title.map((figure) => figure.text),
      ["linux-builder", "4 cores", "8 GiB", "up 3h"],
    );
  });

  it("say when the disk will be full only if it fills", () => {
    const builderHistory = new Map([["linux-builder", fakeHistory(Array(20).fill(0.5), 10e6)]]);
    assert.match(text(inside({}), { builderHistory })[2] ?? "", /36 \/ 40 GiB {2}full in ~\d+m$/);
    assert.doesNotMatch(text(inside({})).join(), /full/);
  });

  it("say what is unusual, and only that", () => {
    const swap = {
      usedBytes: 7 * gib,
      totalBytes: 8 * gib,
      pressure: "critical" as const,
      swapUsedBytes: 2 * gib,
    };
    const disk = fakeDisk("/", 10, 40, { inodesUsed: 91, inodesTotal: 100 });
    const lines = text(
      inside({ memory: swap, disks: [disk], clockSkewSeconds: -12, outOfMemoryKills: 3 }),
    ).join("\n");
    assert.match(lines, /mem .* 7\.0 \/ 8\.0 GiB {2}out of memory\n {5}swap 2\.0 GiB/);
    assert.match(lines, /inodes 91 % used on \/: 9 left/);
    assert.match(lines, /clock 12s behind ours/);
    assert.match(lines, /out of memory: 3 processes killed since boot/);
    const calm = text(
      inside({
        clockSkewSeconds: 5,
        outOfMemoryKills: 0,
        disks: [fakeDisk("/", 10, 40, { inodesUsed: 79, inodesTotal: 100 })],
      }),
    );
    assert.equal(calm.length, 3);
  });

  it("tell what it was given from what it uses", () => {
    const size = { cores: 4, memoryBytes: 16 * gib, diskBytes: 40 * gib, diskAllocatedBytes: 13.7 * gib };
    const lines = text(inside({}, { size }));
    assert.ok(lines.includes("     image 13.7 of 40 GiB"));
    assert.ok(lines.includes("     configured 16 GiB, has 8 GiB"));
  });

  it("name the busiest processes of the build users as far as there is room", () => {
    const builderProcesses = new Map([
      [
        "linux-builder",
        [
          fakeProcess("cc1plus", 1.78, "linux-6.18.9"),
          fakeProcess("ld", 0.4, null),
          fakeProcess("make", 0, null),
        ],
      ],
    ]);
    const lines = text(inside({}), { builderProcesses });
    assert.equal(lines.length, 5);
    assert.equal(lines[3], "cc1plus              178 %   1.8 GiB  linux-6.18.9");
    assert.match(lines[4] ?? "", /^ld /);
  });

  it("keep the last line for why they are less than they could be", () => {
    const lines = text(inside({}, { limitedBy: "sudo asks for a password: host data only" }), {
      builderProcesses: new Map([["linux-builder", Array(9).fill(fakeProcess("cc", 1, "gcc-14"))]]),
    });
    assert.equal(lines.length, 5);
    assert.equal(lines[4], "sudo asks for a password: host data only");
  });

  it("keep their columns whatever the figures are", () => {
    const odd = fc.oneof(fc.double(), fc.constantFrom(0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e30));
    const cases = [odd, odd, odd, fc.array(fc.option(odd), { maxLength: 130 })] as const;
    fc.assert(
      fc.property(...cases, (used, total, cpu, history) => {
        const memory = { usedBytes: used, totalBytes: total, pressure: null, swapUsedBytes: used };
        const disk = { ...fakeDisk("/", 1, 2), usedBytes: used, totalBytes: total, freeBytes: total - used };
        const trend = { cpu: history, diskMount: "/", diskFullInSeconds: null };
        const lines = gaugeFigures(fakeGauges({ cpu, memory, disks: [disk] }), trend, 61);
        for (const part of lines.flat()) {
          if (part.kind === "bar") assert.ok(part.cells === 25 && part.filled >= 0 && part.filled <= 25);
          if (part.kind === "graph")
            assert.ok(part.levels.every((level) => level === null || (level >= 0 && level < 8)));
          if (part.kind === "graph") assert.equal(part.levels.length, 25);
        }
      }),
    );
  });

  it("never are wider than the pane but for what it cuts", () => {
    for (const width of [36, 48, 61, 104])
      for (const line of text(inside({}), {}, { width }))
        assert.ok(line.length <= width, `${width}: ${line}`);
  });

  it("say what there is to say where nobody can look inside", () => {
    const native = fakeBuilder("native", "idle", {
      why: "granted, and no build runs",
      limitedBy: "no ssh access",
    });
    assert.deepEqual(text(native), ["granted, and no build runs", "no ssh access"]);
  });
});

describe("trouble", () => {
  const why =
    "its VM runs for 3h, but sshd on port 31022 is silent: nothing came within 5 s after the connection";

  it("stands in place of the bars, wrapped between words, with what can be done", () => {
    const lines = text(
      fakeBuilder("linux-builder", "wedged", { why }),
      {},
      { help: ["r restarts it", "l shows its log"] },
    );
    assert.deepEqual(lines, [
      "its VM runs for 3h, but sshd on port 31022 is silent: nothing",
      "came within 5 s after the connection",
      "r restarts it, l shows its log",
    ]);
  });

  it("says what to do instead where it cannot be done from here", () => {
    const control = { kind: "none", why: "Start it where it was started." } as const;
    const lines = text(fakeBuilder("manual", "stopped", { why: "no QEMU runs", control }));
    assert.deepEqual(lines, ["no QEMU runs", "Start it where it was started."]);
  });

  it("of the daemon is said of the machine", () => {
    const nix = { ...fakeMachine("studio").nix, daemon: "stopped" } as MachineStatus["nix"];
    const lines = text(null, { nix }, { help: ["R restarts it"] });
    assert.equal(lines[0], "The Nix daemon does not run: nothing can be built.");
    assert.equal(lines[1], "R restarts it");
    assert.match(lines[2] ?? "", /^cpu /);
  });

  it("a line of builders that Nix does not understand is shown", () => {
    assert.equal(
      text(null, { machineProblems: ["line 3: no such port"] })[0],
      "builders: line 3: no such port",
    );
  });
});

describe("a machine that owes an answer", () => {
  it("leaves the last figures dim, below since when", () => {
    const { lines } = view(null, { connection: { state: "connected", silentSince: 985 } });
    assert.equal(gaugeText(lines)[0], "studio has not answered for 15s.");
    for (const part of lines.slice(1).flat()) assert.equal(part.tone, "idle");
  });
});

describe("a lost connection", () => {
  it("leaves the last figures dim, below since when and why", () => {
    const { lines, figures } = view(null, { connection: lostConnection(790) });
    const shown = gaugeText(lines);
    assert.equal(shown[0], "mini does not answer: nothing came within 10 s");
    assert.equal(shown[1], "Lost 3m ago. It is tried again by itself.");
    assert.match(shown[2] ?? "", /^cpu /);
    for (const part of lines.slice(2).flat()) assert.equal(part.tone, "idle");
    assert.deepEqual(figures, [{ text: "lost", tone: "failed" }]);
  });

  it("says no more how long something is up", () => {
    const { title } = view(inside({}), { connection: lostConnection(790) });
    assert.deepEqual(
      title.map(({ text }) => text),
      ["linux-builder", "4 cores", "8 GiB"],
    );
  });

  it("says so if a person must act", () => {
    const connection = lostConnection(990, { kind: "login", message: "the login was refused", retry: false });
    assert.equal(text(null, { connection })[1], "Lost 10s ago. It is not tried again by itself.");
  });
});

describe("a closer look", () => {
  it("says what else is known: address, systems, settings, log", () => {
    const lines = text(inside({}), {}, { closer: true, height: 30 }).join("\n");
    assert.match(lines, /uri {7}ssh-ng:\/\/builder@linux-builder\n/);
    assert.match(lines, /features {2}kvm, benchmark, big-parallel\n/);
    assert.match(lines, /log {7}\/var\/log\/linux-builder\.log/);
  });
});
