/** The gauges of a Linux machine or guest: proc(5), Documentation/accounting/psi.rst of the kernel, df(1). */
import { decimal, linesOf, wholeNumber, wordsOf } from "../machine/lines.ts";
import { type DiskUsage, parseDiskUsage } from "./disk-usage.ts";
import { clockSkew, remoteSeconds, type Sections, sectionText } from "./sections.ts";
import type { DiskGauge, Gauges, MemoryGauge, MemoryPressure, PressureStall } from "./types.ts";

/** Ticks of all processors together since the boot. */
export interface CpuCounters {
  readonly busy: number;
  readonly idle: number;
}

export interface LinuxGauges {
  readonly gauges: Gauges;
  /** To be given back at the next look: Linux counts, the difference is the share. */
  readonly cpuCounters: CpuCounters | null;
}

/**
 * Reads the sections `now`, `load`, `memory`, `cpu` and `disks`, whichever are there. `previous`: the counters of the look
 * before, without which there is no `cpu`. `localSeconds` is our clock when the answer came; `null` where it means nothing.
 */
export function linuxGauges(
  sections: Sections,
  previous: CpuCounters | null,
  localSeconds: number | null,
): LinuxGauges {
  const load = linesOf(sectionText(sections, "load"), 100);
  const cpu = linesOf(sectionText(sections, "cpu"));
  const stall = stallOf(load);
  const cpuCounters = countersOf(cpu);
  const cores = cpu.filter((line) => /^cpu\d+ /.test(line)).length;
  const gauges = {
    cpu: previous && cpuCounters ? cpuBetween(previous, cpuCounters) : null,
    cores: cores || null,
    load: loadOf(load),
    memory: memoryOf(sectionText(sections, "memory"), stall),
    disks: disksOf(sectionText(sections, "disks")),
    stall,
    outOfMemoryKills: wholeNumber(cpu.map((line) => /^oom_kill (\d+)$/.exec(line)?.[1]).find(Boolean)),
    uptimeSeconds: uptimeOf(load),
    clockSkewSeconds: clockSkew(remoteSeconds(sections), localSeconds),
  };
  return { gauges, cpuCounters };
}

/** Share of the processors' time used between two looks; `null` if nothing went by, or the counters began anew. */
export function cpuBetween(before: CpuCounters, after: CpuCounters): number | null {
  const busy = after.busy - before.busy;
  const idle = after.idle - before.idle;
  return busy < 0 || idle < 0 || !(busy + idle > 0) ? null : busy / (busy + idle);
}

/** `cpu user nice system idle iowait irq softirq steal guest guest_nice`; the guests' time is in user's already. */
function countersOf(lines: readonly string[]): CpuCounters | null {
  const words = wordsOf(lines.find((line) => line.startsWith("cpu ")) ?? "").slice(1);
  const [user, nice, system, idle, ioWait = 0, irq = 0, softIrq = 0, steal = 0] = words.map(
    (word) => wholeNumber(word) ?? 0,
  );
  if (user === undefined || nice === undefined || system === undefined || idle === undefined) return null;
  return { busy: user + nice + system + irq + softIrq + steal, idle: idle + ioWait };
}

/** `3.90 3.70 3.10 4/123 4242`: running/all tasks tells it from the uptime's line. */
function loadOf(lines: readonly string[]): [number, number, number] | null {
  const match = lines.map((line) => /^([\d.]+) ([\d.]+) ([\d.]+) \d+\/\d+ \d+$/.exec(line)).find(Boolean);
  const [one, five, fifteen] = (match?.slice(1) ?? []).map(decimal);
  return one == null || five == null || fifteen == null ? null : [one, five, fifteen];
}

/** `266360.17 74580.85`: since the boot, and idle of all processors together. */
function uptimeOf(lines: readonly string[]): number | null {
  return decimal(lines.map((line) => /^(\d+\.\d+) \d+\.\d+$/.exec(line)?.[1]).find(Boolean));
}

/** `io some avg10=1.50 avg60=… avg300=… total=…`; a kernel without PSI says nothing. */
function stallOf(lines: readonly string[]): PressureStall | null {
  const share = (what: string) => {
    const row = lines
      .map((line) => new RegExp(`^${what} some avg10=(\\d+\\.\\d+) `).exec(line)?.[1])
      .find(Boolean);
    const percent = decimal(row);
    return percent === null ? null : Math.min(1, percent / 100);
  };
  const stall = { cpu: share("cpu"), io: share("io"), memory: share("memory") };
  return stall.cpu === null && stall.io === null && stall.memory === null ? null : stall;
}

function memoryOf(text: string, stall: PressureStall | null): MemoryGauge | null {
  const bytes = (name: string) => {
    const kilobytes = wholeNumber(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]);
    return kilobytes === null ? null : kilobytes * 1024;
  };
  const totalBytes = bytes("MemTotal");
  const free = bytes("MemFree");
  // Before Linux 3.14 nobody counted what is available.
  const available =
    bytes("MemAvailable") ?? (free === null ? null : free + (bytes("Buffers") ?? 0) + (bytes("Cached") ?? 0));
  if (!totalBytes || available === null) return null;
  const swapTotal = bytes("SwapTotal");
  const swapFree = bytes("SwapFree");
  return {
    usedBytes: Math.max(0, totalBytes - available),
    totalBytes,
    pressure: pressureOf(stall?.memory ?? null),
    swapUsedBytes: swapTotal === null || swapFree === null ? null : Math.max(0, swapTotal - swapFree),
  };
}

/** A tenth of the time waiting for memory is felt, with four tenths hardly anything else is done. */
function pressureOf(stalled: number | null): MemoryPressure | null {
  if (stalled === null) return null;
  return stalled >= 0.4 ? "critical" : stalled >= 0.1 ? "warning" : "normal";
}

/**
 * One gauge for each disk: a mount asked for twice, a bind mount and an overlay (which shows the figures of the disk its
 * upper layer is on, such as /nix/store in a builder) are the same disk again.
 */
function disksOf(text: string): DiskGauge[] {
  const rows = parseDiskUsage(text);
  const inodes = new Map<string, DiskUsage>();
  for (const row of rows) if (row.inodesTotal !== null) inodes.set(row.mount, row);
  const disks = new Map<string, DiskGauge>();
  const sizes = new Set<string>();
  const real = (row: DiskUsage) => (row.filesystem === "overlay" ? 1 : 0);
  for (const row of rows.toSorted((a, b) => real(a) - real(b))) {
    const { filesystem, mount, totalBytes, usedBytes, freeBytes } = row;
    if (!totalBytes || usedBytes === null || freeBytes === null) continue;
    const size = `${totalBytes} ${usedBytes}`;
    const key = filesystem.startsWith("/") ? filesystem : mount;
    if (disks.has(key) || (filesystem === "overlay" && sizes.has(size))) continue;
    sizes.add(size);
    const { inodesUsed = null, inodesTotal = null } = inodes.get(mount) ?? {};
    disks.set(key, { mount, usedBytes, totalBytes, freeBytes, inodesUsed, inodesTotal });
  }
  return [...disks.values()];
}
