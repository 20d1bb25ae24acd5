/** How the gauges of each builder of one machine went on. */
import type { Builder } from "../../model/builders/types.ts";
import { GaugeHistory } from "../../model/gauges/gauge-history.ts";
import type { MachineFacts } from "../../model/machine/facts.ts";

export class BuilderHistories {
  readonly #seconds: number;
  readonly #histories = new Map<string, GaugeHistory>();
  /** When something was last added there, in seconds. */
  readonly #pushedAt = new Map<string, number>();

  /** `intervalMs`: between two looks. */
  constructor(intervalMs: number) {
    this.#seconds = intervalMs / 1000;
  }

  /** By the keys of builders. */
  get all(): ReadonlyMap<string, GaugeHistory> {
    return this.#histories;
  }

  /** Adds the figures of builders, each once for a look; forgets those that are gone. `now` is our monotonic clock. */
  take(builders: readonly Builder[], facts: MachineFacts, now: number): void {
    for (const { key, gauges, guest } of builders) {
      // Judged anew for another reason is no look more; nor are the host's figures while the inside is on its way.
      const early = now - (this.#pushedAt.get(key) ?? 0) < this.#seconds * 0.8;
      if (gauges === null || early || facts.guest(guest)?.kind === "trying") continue;
      this.#pushedAt.set(key, now);
      const history = this.#histories.get(key) ?? new GaugeHistory();
      this.#histories.set(key, history);
      history.push(gauges, now);
    }
    const present = new Set(builders.map(({ key }) => key));
    for (const key of this.#histories.keys()) {
      if (present.has(key)) continue;
      this.#histories.delete(key);
      this.#pushedAt.delete(key);
    }
  }

  /** Nobody looked for a while. */
  forgetTrends(): void {
    for (const history of this.#histories.values()) history.forgetTrend();
  }
}
