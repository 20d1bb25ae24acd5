/** The gauges of a Mac, from the sections that were asked for: sysctl(8), vm_stat(1), iostat(8), df(1). */
import { decimal, linesOf, wholeNumber, wordsOf } from "../machine/lines.ts";
import { parseDiskUsage } from "./disk-usage.ts";
import { clockSkew, remoteSeconds, type Sections, sectionText } from "./sections.ts";
import type { DiskGauge, Gauges, MemoryGauge, MemoryPressure } from "./types.ts";

/**
 * Reads the sections `now`, `load`, `memory`, `cpu` and `disks`, whichever are there. `localSeconds` is our clock when
 * the answer came, in seconds since 1970; `null` where it means nothing (a recording).
 */
export function darwinGauges(sections: Sections, localSeconds: number | null): Gauges {
  const values = parseSysctl(sectionText(sections, "load"));
  const now = remoteSeconds(sections);
  const booted = wholeNumber(/\bsec = (\d+)/.exec(values.get("kern.boottime") ?? "")?.[1]);
  const uptime = now !== null && booted !== null && booted > 0 ? now - booted : null;
  return {
    cpu: iostatCpu(sectionText(sections, "cpu")),
    cores: wholeNumber(values.get("hw.ncpu")) || null,
    load: loadOf(values.get("vm.loadavg") ?? ""),
    memory: memoryOf(values, sectionText(sections, "memory")),
    disks: containers(sectionText(sections, "disks")),
    stall: null,
    outOfMemoryKills: null,
    uptimeSeconds: uptime !== null && uptime >= 0 ? uptime : null,
    clockSkewSeconds: clockSkew(now, localSeconds),
  };
}

/** `name: value` by name; what sysctl does not know it leaves out. */
function parseSysctl(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of linesOf(text, 2000)) {
    const pair = /^([\w.]{1,100})(?:: | = )(.*)$/.exec(line);
    if (pair) values.set(pair[1] ?? "", (pair[2] ?? "").trim());
  }
  return values;
}

/** `{ 1.62 1.48 1.51 }` */
function loadOf(text: string): [number, number, number] | null {
  const [one, five, fifteen] = wordsOf(text.replace(/[{}]/g, " ")).map(decimal);
  return one == null || five == null || fifteen == null || Math.min(one, five, fifteen) < 0
    ? null
    : [one, five, fifteen];
}

const pressures: Readonly<Record<string, MemoryPressure>> = {
  "1": "normal",
  "2": "warning",
  "4": "critical",
};

function memoryOf(values: ReadonlyMap<string, string>, vmStat: string): MemoryGauge | null {
  const totalBytes = wholeNumber(values.get("hw.memsize"));
  // 16384 on Apple silicon, 4096 on Intel: only the header tells.
  const pageBytes = wholeNumber(/\(page size of (\d+) bytes\)/.exec(vmStat)?.[1]);
  const pages = (name: string) =>
    wholeNumber(new RegExp(`^${name}:\\s+(\\d+)\\.?\\s*$`, "m").exec(vmStat)?.[1]);
  const active = pages("Pages active");
  const wired = pages("Pages wired down");
  const compressed = pages("Pages occupied by compressor");
  if (!totalBytes || !pageBytes || active === null || wired === null || compressed === null) return null;
  return {
    usedBytes: Math.min(totalBytes, (active + wired + compressed) * pageBytes),
    totalBytes,
    pressure: pressures[values.get("kern.memorystatus_vm_pressure_level") ?? ""] ?? null,
    swapUsedBytes: swapUsed(values.get("vm.swapusage") ?? ""),
  };
}

const units: Readonly<Record<string, number>> = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** `total = 2048.00M  used = 1017.50M  free = 1030.50M  (encrypted)` */
function swapUsed(text: string): number | null {
  const used = /\bused = (\d+(?:[.,]\d+)?)([KMGT]?)/.exec(text);
  const value = decimal(used?.[1]);
  return value === null ? null : Math.round(value * (units[used?.[2] ?? ""] ?? 1));
}

/**
 * Share of the processors' time that was used in the last second. The first row is an average since the boot, so one row
 * says nothing. Disks come first and their number differs; `us sy id` are found from the right.
 */
function iostatCpu(text: string): number | null {
  const lines = linesOf(text, 100).map(wordsOf);
  const header = lines.find((words) => words.includes("id") && words.includes("us"));
  if (!header) return null;
  const behind = header.length - header.lastIndexOf("id");
  const rows = lines.filter(
    (words) => words.length >= behind + 2 && words.every((word) => decimal(word) !== null),
  );
  const last = rows.at(-1);
  if (!last || rows.length < 2) return null;
  const [user, system] = [decimal(last.at(-behind - 2)), decimal(last.at(-behind - 1))];
  if (user === null || system === null || user < 0 || system < 0) return null;
  return Math.min(1, (user + system) / 100);
}

/**
 * Volumes of one APFS container share its room, and df counts as used what is in that volume only. We show each container
 * once, under its first mount, with all that is not free as used.
 */
function containers(text: string): DiskGauge[] {
  const disks = new Map<string, DiskGauge>();
  for (const disk of parseDiskUsage(text)) {
    const { totalBytes, freeBytes } = disk;
    if (!totalBytes || freeBytes === null) continue;
    const container = /^\/dev\/disk\d+/.exec(disk.filesystem)?.[0] ?? disk.mount;
    const key = `${container} ${totalBytes}`;
    if (disks.has(key)) continue;
    disks.set(key, {
      mount: disk.mount,
      usedBytes: Math.max(0, totalBytes - freeBytes),
      totalBytes,
      freeBytes,
      inodesUsed: disk.inodesUsed,
      inodesTotal: disk.inodesTotal,
    });
  }
  return [...disks.values()];
}
