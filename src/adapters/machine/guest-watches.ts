/** The insides of all builders of one machine: a login for each builder that has one, none for those that are gone. */
import { type GuestLook, guestKey } from "../../model/builders/guest.ts";
import type { Builder } from "../../model/builders/types.ts";
import type { MachineFacts } from "../../model/machine/facts.ts";
import type { Collector } from "../hosts/collector.ts";
import type { Host } from "../hosts/host.ts";
import { openCollector } from "../hosts/shell-collector.ts";
import { GuestWatch, guestHost } from "./guest-watch.ts";

export interface GuestWatchesOptions {
  /** The machine that logs in. */
  readonly via: Host;
  readonly intervalMs: number;
  /**
   * How the inside of a builder is asked, by its `guestKey`, where that is not by a shell there; `open` gives that
   * shell. `null`: not at all.
   */
  readonly guests: ((key: string, open: () => Collector) => Collector | null) | undefined;
  /** Called when one of them has answered, or no longer does. */
  readonly changed: () => void;
}

export class GuestWatches {
  readonly #options: GuestWatchesOptions;
  readonly #watches = new Map<string, GuestWatch>();

  constructor(options: GuestWatchesOptions) {
    this.#options = options;
  }

  /** What each says now, by its `guestKey`. */
  get looks(): ReadonlyMap<string, GuestLook> {
    return new Map([...this.#watches].map(([key, watch]) => [key, watch.look]));
  }

  /** Logs in where a builder has come, as root where that works, and ends the logins of those that are gone. */
  follow(builders: readonly Builder[], { isRoot, canSudo, hasTicket }: MachineFacts): void {
    const asRoot = isRoot || canSudo === true || hasTicket;
    const wanted = new Map(builders.flatMap(({ guest }) => (guest ? [[guestKey(guest), guest]] : [])));
    for (const [key, watch] of this.#watches) {
      // One that is in stays in, whatever sudo says by now.
      if (wanted.has(key) && (watch.asRoot === asRoot || (watch.asRoot && watch.look.kind === "answers")))
        continue;
      this.#watches.delete(key);
      void watch.stop();
    }
    const { via, intervalMs, guests, changed } = this.#options;
    for (const [key, target] of wanted) {
      if (this.#watches.has(key)) continue;
      const host = guestHost(via, target, asRoot && !isRoot);
      const collector = guests ? guests(key, () => openCollector(host)) : openCollector(host);
      if (collector === null) continue;
      this.#watches.set(key, new GuestWatch({ via, host, collector, target, asRoot, intervalMs, changed }));
    }
  }

  /** Resolves when the first try at each has come to something. */
  async settled(): Promise<void> {
    await Promise.all([...this.#watches.values()].map((watch) => watch.settled()));
  }

  /** Resolves when each has told its processor's share, or is not to tell it soon. */
  async measured(): Promise<void> {
    await Promise.all([...this.#watches.values()].map((watch) => watch.measured));
  }

  /** Tries again now those that did not let us in. */
  retry(): void {
    for (const watch of this.#watches.values()) watch.retry();
  }

  /** Ends all; `follow` begins anew. */
  async stop(): Promise<void> {
    const watches = [...this.#watches.values()];
    this.#watches.clear();
    await Promise.all(watches.map((watch) => watch.stop()));
  }
}
