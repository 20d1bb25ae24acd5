/** What can be seen of builds while nobody watches the logs of Nix: that they run, and since when. */
import { LogFileBirths } from "../adapters/nix-log/log-file-births.ts";
import type { LiveBuilds } from "./live-builds.ts";

export class Sightings {
  readonly #live: LiveBuilds;
  readonly #births = new LogFileBirths();
  readonly #seen = new Set<string>();
  /** `false` while a log tells more. */
  readonly #wanted: () => boolean;
  #timer: NodeJS.Timeout | null = null;
  #looking = false;

  constructor(live: LiveBuilds, wanted: () => boolean) {
    this.#live = live;
    this.#wanted = wanted;
  }

  /** Looks once. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const { model } = this.#live;
    const sightings = this.#wanted() ? await this.#births.look() : [];
    const now = new Set(sightings.map(({ drv }) => drv));
    for (const { drv, since } of sightings) {
      model.sighted(drv, this.#live.now() - Math.max(0, Date.now() - since));
      this.#seen.add(drv);
    }
    for (const drv of [...this.#seen].filter((each) => !now.has(each))) {
      model.lostSight(drv);
      this.#seen.delete(drv);
    }
    this.#live.changed();
    this.#looking = false;
  }

  lookEvery(milliseconds: number): void {
    this.#timer = setInterval(() => void this.look(), milliseconds);
  }

  stop(): void {
    clearInterval(this.#timer ?? undefined);
  }
}
