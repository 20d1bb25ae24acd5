/** How a machine, or the inside of a builder VM, is doing. Bytes, seconds, fractions from 0 to 1; `null` = not known. */

export type MemoryPressure = "normal" | "warning" | "critical";

export interface MemoryGauge {
  /** What cannot be given away at once: macOS active + wired + compressed; Linux total less MemAvailable. */
  readonly usedBytes: number;
  readonly totalBytes: number;
  /** macOS's own verdict (`kern.memorystatus_vm_pressure_level`); on Linux from PSI, where the kernel has it. */
  readonly pressure: MemoryPressure | null;
  readonly swapUsedBytes: number | null;
}

export interface DiskGauge {
  readonly mount: string;
  readonly usedBytes: number;
  readonly totalBytes: number;
  /** What a build may still write: volumes of one APFS container share it. */
  readonly freeBytes: number;
  readonly inodesUsed: number | null;
  readonly inodesTotal: number | null;
}

/** Share of the last ten seconds in which something waited (Linux PSI `some avg10`), from 0 to 1. */
export interface PressureStall {
  readonly cpu: number | null;
  readonly io: number | null;
  readonly memory: number | null;
}

export interface Gauges {
  /** Of all processors together. */
  readonly cpu: number | null;
  readonly cores: number | null;
  /** Over 1, 5 and 15 minutes. */
  readonly load: readonly [number, number, number] | null;
  readonly memory: MemoryGauge | null;
  readonly disks: readonly DiskGauge[];
  readonly stall: PressureStall | null;
  /** Processes the kernel killed for want of memory since the boot (Linux `oom_kill`). */
  readonly outOfMemoryKills: number | null;
  readonly uptimeSeconds: number | null;
  /** Clock of that machine less ours. */
  readonly clockSkewSeconds: number | null;
}
