/** How the gauges of one machine went on: what a sparkline draws, and when a disk will be full. */
import { forecastFull, type HistoryPoint, withPoint } from "./history.ts";
import type { DiskGauge, Gauges } from "./types.ts";

export class GaugeHistory {
  #cpu: readonly HistoryPoint[] = [];
  #memory: readonly HistoryPoint[] = [];
  #disk: readonly HistoryPoint[] = [];
  #diskGauge: DiskGauge | null = null;

  /** One look more. `atSeconds` is our monotonic clock. Figures that were not asked for this time count as unknown. */
  push({ cpu, memory, disks }: Gauges, atSeconds: number): void {
    this.#cpu = withPoint(this.#cpu, { atSeconds, value: cpu });
    this.#memory = withPoint(this.#memory, {
      atSeconds,
      value: memory ? memory.usedBytes / memory.totalBytes : null,
    });
    const disk = fullest(disks);
    if (disk?.mount !== this.#diskGauge?.mount) this.#disk = [];
    const changed = disk !== null && disk.usedBytes !== this.#diskGauge?.usedBytes;
    this.#diskGauge = disk;
    // A disk is asked for less often than the rest: the same figure again says nothing about the trend, until it is old.
    const last = this.#disk.at(-1);
    if (disk && (changed || !last || atSeconds - last.atSeconds >= 10))
      this.#disk = withPoint(this.#disk, { atSeconds, value: disk.usedBytes });
  }

  /** Nobody looked for a while: what comes next is not how it went on. */
  forgetTrend(): void {
    this.#disk = [];
  }

  /** Fractions, the newest last, at most 120. */
  get cpu(): readonly (number | null)[] {
    return this.#cpu.map(({ value }) => value);
  }

  get memory(): readonly (number | null)[] {
    return this.#memory.map(({ value }) => value);
  }

  /** Which disk the forecast is about: the fullest. */
  get diskMount(): string | null {
    return this.#diskGauge?.mount ?? null;
  }

  /** `null`: it does not fill, or not steadily enough to say when. */
  get diskFullInSeconds(): number | null {
    return this.#diskGauge ? forecastFull(this.#disk, this.#diskGauge.freeBytes) : null;
  }
}

function fullest(disks: readonly DiskGauge[]): DiskGauge | null {
  const share = ({ usedBytes, totalBytes }: DiskGauge) => (totalBytes > 0 ? usedBytes / totalBytes : 0);
  return disks.reduce<DiskGauge | null>(
    (most, disk) => (most && share(most) >= share(disk) ? most : disk),
    null,
  );
}
