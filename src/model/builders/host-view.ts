/** What the host alone tells of a VM that nobody may log in to. */
import type { Gauges } from "../gauges/types.ts";
import type { MachineProcess } from "../machine/processes.ts";
import type { BuilderSize } from "./types.ts";

/**
 * Processor time of the VM's process against its cores, memory and disk as far as they were given: used figures of the
 * inside are not to be had from outside, so memory stays unknown. `null` without a process.
 */
export function degradedGauges(process: MachineProcess | null, size: BuilderSize): Gauges | null {
  if (process === null) return null;
  const { cores, diskBytes, diskAllocatedBytes } = size;
  const disk =
    diskBytes !== null && diskAllocatedBytes !== null
      ? [
          {
            mount: "disk image",
            usedBytes: diskAllocatedBytes,
            totalBytes: diskBytes,
            freeBytes: Math.max(diskBytes - diskAllocatedBytes, 0),
            inodesUsed: null,
            inodesTotal: null,
          },
        ]
      : [];
  return {
    cpu: cores === null || cores === 0 ? null : Math.min(process.cpu / cores, 1),
    cores,
    load: null,
    memory: null,
    disks: disk,
    stall: null,
    outOfMemoryKills: null,
    uptimeSeconds: process.elapsedSeconds,
    clockSkewSeconds: null,
  };
}
