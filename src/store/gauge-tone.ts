/** When a gauge asks for attention. */
import type { DiskGauge, Gauges, MemoryGauge } from "../model/gauges/types.ts";
import type { Tone } from "./dashboard-state.ts";
import type { GaugeTrend } from "./machine-rows.ts";

/** The system's own verdict where it gives one: macOS runs well with nearly all of its memory in use. */
export function memoryTone({ pressure, usedBytes, totalBytes }: MemoryGauge): Tone {
  if (pressure === "critical") return "failed";
  if (pressure === "warning") return "attention";
  return pressure === null && shareOf(usedBytes, totalBytes) >= 0.92 ? "attention" : "well";
}

export function diskTone(disk: DiskGauge, fullInSeconds: number | null): Tone {
  const share = shareOf(disk.usedBytes, disk.usedBytes + disk.freeBytes);
  if (share >= 0.97 || (fullInSeconds !== null && fullInSeconds < 600)) return "failed";
  return share >= 0.9 || (fullInSeconds !== null && fullInSeconds < 7_200) ? "attention" : "well";
}

/** The disk that stands for the others: the one that fills, else the fullest. */
export function chiefDisk({ disks }: Gauges, { diskMount }: GaugeTrend): DiskGauge | null {
  const filling = disks.find(({ mount }) => mount === diskMount);
  return (
    filling ??
    disks.reduce<DiskGauge | null>(
      (most, disk) => (most && diskShare(most) >= diskShare(disk) ? most : disk),
      null,
    )
  );
}

export function diskShare({ usedBytes, totalBytes }: DiskGauge): number {
  return shareOf(usedBytes, totalBytes);
}

/** 0 … 1. */
export function shareOf(part: number, whole: number): number {
  return whole > 0 && part > 0 && part < Number.POSITIVE_INFINITY ? Math.min(part / whole, 1) : 0;
}
