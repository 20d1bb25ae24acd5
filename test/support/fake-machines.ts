// Machines made by hand, for tests of what is shown of them: no host, no looks.
import { type Builder, type BuilderState, unknownSize } from "../../src/model/builders/types.ts";
import { GaugeHistory } from "../../src/model/gauges/gauge-history.ts";
import type { DiskGauge, Gauges } from "../../src/model/gauges/types.ts";
import type { HostTrouble } from "../../src/model/hosts/types.ts";
import type { BuildProcess } from "../../src/model/machine/build-processes.ts";
import type { MachineStatus } from "../../src/model/machine/status.ts";
import type { WatchedMachines } from "../../src/views/dashboard-options.ts";

const gib = 1024 ** 3;

export class FakeMachines implements WatchedMachines {
  seconds = 1_000;
  statuses: MachineStatus[];
  #listeners = new Set<() => void>();

  constructor(...statuses: MachineStatus[]) {
    this.statuses = statuses;
  }

  list = (): readonly MachineStatus[] => this.statuses;
  now = (): number => this.seconds;
  subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  };

  /** One machine says something else; tells those who subscribed. */
  set(index: number, change: Partial<MachineStatus>): void {
    const before = this.statuses[index];
    if (!before) throw new Error(`There is no machine ${index}.`);
    this.statuses = this.statuses.with(index, { ...before, ...change, version: before.version + 1 });
    for (const listener of this.#listeners) listener();
  }

  /** One builder says something else. */
  setBuilder(index: number, key: string, change: Partial<Builder>): void {
    const builders = this.statuses[index]?.builders ?? [];
    this.set(index, {
      builders: builders.map((builder) => (builder.key === key ? { ...builder, ...change } : builder)),
    });
  }

  /** The same again, as a machine at rest says it at every look. */
  tick(index = 0): void {
    this.set(index, {});
  }
}

export function fakeGauges(change: Partial<Gauges> = {}): Gauges {
  return {
    cpu: 0.86,
    cores: 4,
    load: [3.9, 3.1, 2.4],
    memory: { usedBytes: 5.6 * gib, totalBytes: 8 * gib, pressure: null, swapUsedBytes: 0 },
    disks: [fakeDisk("/", 36, 40)],
    stall: null,
    outOfMemoryKills: 0,
    uptimeSeconds: 11_520,
    clockSkewSeconds: 0,
    ...change,
  };
}

export function fakeDisk(
  mount: string,
  usedGib: number,
  totalGib: number,
  change: Partial<DiskGauge> = {},
): DiskGauge {
  return {
    mount,
    usedBytes: usedGib * gib,
    totalBytes: totalGib * gib,
    freeBytes: (totalGib - usedGib) * gib,
    inodesUsed: null,
    inodesTotal: null,
    ...change,
  };
}

export function fakeBuilder(name: string, state: BuilderState, change: Partial<Builder> = {}): Builder {
  const inside = state === "healthy" || state === "building";
  return {
    key: name,
    kind: "linux-builder",
    name,
    state,
    why: "",
    uri: `ssh-ng://builder@${name}`,
    systems: ["aarch64-linux"],
    features: ["kvm", "benchmark", "big-parallel"],
    jobs: { used: state === "building" ? 2 : 0, max: 4 },
    lastUsedAt: null,
    uptimeSeconds: inside ? 11_520 : null,
    version: null,
    size: { ...unknownSize, cores: 4, memoryBytes: 8 * gib },
    gauges: inside ? fakeGauges() : null,
    limitedBy: null,
    answerMs: inside ? 12 : null,
    settings: ["/etc/nix/machines"],
    log: { kind: "file", path: `/var/log/${name}.log` },
    control: { kind: "launchd", label: `org.nixos.${name}`, plist: null },
    guest: null,
    ...change,
  };
}

export function fakeMachine(name: string, change: Partial<MachineStatus> = {}): MachineStatus {
  return {
    name,
    address: null,
    transport: "local",
    transportReason: null,
    connection: { state: "connected" },
    platform: "darwin",
    os: "macOS 26.2",
    model: "Mac16,10",
    nix: {
      flavour: "determinate",
      version: "2.34.8",
      name: "Determinate Nix 3.22.2",
      daemon: "running",
      service: { kind: "launchd", name: "systems.determinate.nix-daemon" },
    },
    gauges: fakeGauges({
      cpu: 0.31,
      cores: 14,
      load: [4.2, 3.9, 3.5],
      memory: { usedBytes: 41 * gib, totalBytes: 64 * gib, pressure: "normal", swapUsedBytes: 0 },
      disks: [fakeDisk("/nix", 512, 994)],
      uptimeSeconds: 273_600,
    }),
    history: null,
    builders: [],
    diagnoses: [],
    notLooked: [],
    builderHistory: new Map(),
    buildProcesses: [],
    builderProcesses: new Map(),
    machineProblems: [],
    canSudo: true,
    at: 1_000,
    version: 1,
    ...change,
  };
}

export function lostConnection(
  since: number,
  change: Partial<HostTrouble> = {},
): MachineStatus["connection"] {
  const trouble: HostTrouble = {
    kind: "timeout",
    message: "mini does not answer: nothing came within 10 s",
    details: ["ssh: connect to host mini port 22: Operation timed out"],
    retry: true,
    ...change,
  };
  return { state: "lost", trouble, since };
}

/** A history whose processors went through `cpu`, with a disk that grows by `diskGrowth` bytes a second. */
export function fakeHistory(
  cpu: readonly (number | null)[],
  diskGrowth = 0,
  disk = fakeDisk("/", 30, 40),
): GaugeHistory {
  const history = new GaugeHistory();
  for (const [index, share] of cpu.entries()) {
    const seconds = index * 15;
    const usedBytes = disk.usedBytes + seconds * diskGrowth;
    const grown = { ...disk, usedBytes, freeBytes: disk.totalBytes - usedBytes };
    history.push(fakeGauges({ cpu: share, disks: [grown] }), seconds);
  }
  return history;
}

export function fakeProcess(program: string, cpu: number, derivation: string | null): BuildProcess {
  return {
    pid: 4711,
    user: "nixbld1",
    program,
    cpu,
    residentBytes: 1.8 * gib,
    elapsedSeconds: 60,
    derivation,
  };
}
