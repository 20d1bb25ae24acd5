/** Builds of another machine that no log tells of here: what its Nix says when it is asked what it builds. */
import type { MachineFacts } from "../model/machine/facts.ts";
import type { LiveBuilds } from "./live-builds.ts";

export class RemoteSightings {
  readonly #live: LiveBuilds;
  readonly #machine: string;
  #seen: ReadonlySet<string> = new Set();

  /** `machine`: what a person calls it. */
  constructor(live: LiveBuilds, machine: string) {
    this.#live = live;
    this.#machine = machine;
  }

  /** `null`: nothing is known of it any more. */
  update(facts: Pick<MachineFacts, "activeBuilds" | "clock"> | null): void {
    const { model } = this.#live;
    const builds = facts?.activeBuilds ?? [];
    const now = new Set(builds.map(({ drv }) => drv));
    if (now.size === 0 && this.#seen.size === 0) return;
    for (const { drv, startedAt } of builds) {
      const seconds = Math.max(0, (facts?.clock ?? startedAt) - startedAt);
      model.sighted(drv, this.#live.now() - 1000 * seconds, this.#machine);
    }
    for (const drv of this.#seen) if (!now.has(drv)) model.lostSight(drv);
    this.#seen = now;
    this.#live.changed();
  }
}
