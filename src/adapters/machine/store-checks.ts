/**
 * Whether Nix itself gets through to a builder, as the daemon would: an sshd that lets us in proves only half of it. Asked
 * on a shell of its own, as it may take seconds, and seldom, as it starts Nix on both sides.
 */
import type { Builder } from "../../model/builders/types.ts";
import { isAskable } from "../../model/hosts/collector-requests.ts";
import type { MachineFacts } from "../../model/machine/facts.ts";
import { parseStoreCheck, type StoreCheck, storeCheckRequest } from "../../model/machine/store-check.ts";
import type { Collector } from "../hosts/collector.ts";
import { HostError } from "../hosts/host.ts";

const againSeconds = 300;
/** One that failed may have been mended. */
const failedAgainSeconds = 30;

export class StoreChecks {
  readonly #collector: Collector;
  readonly #changed: () => void;
  readonly #stopped = new AbortController();
  readonly #results = new Map<string, { check: StoreCheck; at: number }>();
  #running: Promise<void> | null = null;

  constructor(collector: Collector, changed: () => void) {
    this.#collector = collector;
    this.#changed = changed;
  }

  /** By the URI of `builders`. */
  get results(): ReadonlyMap<string, StoreCheck> {
    return new Map([...this.#results].map(([uri, { check }]) => [uri, check]));
  }

  /** Asks about the builders that let us in and were not asked about lately, one after the other. */
  update(builders: readonly Builder[], facts: MachineFacts): void {
    const open = new Set(builders.flatMap(({ uri, guest }) => (uri && mayAsk(facts, guest) ? [uri] : [])));
    for (const uri of this.#results.keys()) if (!open.has(uri)) this.#results.delete(uri);
    this.#running ??= this.#ask([...open].filter(isAskable), facts).finally(() => {
      this.#running = null;
    });
  }

  /** Resolves when nothing is being asked. */
  async settled(): Promise<void> {
    await this.#running;
  }

  stop(): void {
    this.#stopped.abort();
    this.#collector.close();
  }

  async #ask(uris: readonly string[], facts: MachineFacts): Promise<void> {
    const { signal } = this.#stopped;
    for (const uri of uris) {
      const known = this.#results.get(uri);
      const now = performance.now() / 1000;
      if (known && now - known.at < (known.check.ok ? againSeconds : failedAgainSeconds)) continue;
      const request = storeCheckRequest(uri, facts.nixVersion, !facts.isRoot);
      try {
        const answer = (await this.#collector.sample([request], signal)).sections.get(request);
        if (answer) this.#results.set(uri, { check: parseStoreCheck(answer), at: now });
      } catch (error) {
        if (signal.aborted) return;
        // The machine itself is lost: the watch says so.
        if (error instanceof HostError) return;
        throw error;
      }
      this.#changed();
    }
  }
}

/** With the daemon's key only, and never where a knock would wake a VM. */
function mayAsk(facts: MachineFacts, guest: Builder["guest"]): boolean {
  const look = facts.guest(guest);
  return look?.kind === "answers" && look.asRoot && (facts.isRoot || facts.canSudo === true);
}
