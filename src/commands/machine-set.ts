/** The machines of one dashboard: each watched, and their own Nix logs read into the one model of builds. */
import type { Host } from "../adapters/hosts/host.ts";
import { MachineWatch, type MachineWatchOptions } from "../adapters/machine/machine-watch.ts";
import { RemoteLog } from "../adapters/nix-log/remote-log.ts";
import type { MachineStatus } from "../model/machine/status.ts";
import type { LiveBuilds } from "./live-builds.ts";

export interface MachineSetOptions {
  readonly live: LiveBuilds;
  readonly intervalMs: number;
}

/** Changes of several machines within so many milliseconds are told once. */
const gatherMs = 50;

/** What is told without delay: who answers, and how every builder stands. Figures wait until a look is complete. */
function standing(status: MachineStatus): string {
  const builders = status.builders.map(({ key, state, jobs }) => `${key} ${state} ${jobs.used}`);
  return [status.connection.state, status.nix?.daemon, ...builders].join("\n");
}

export class MachineSet {
  readonly #watches: MachineWatch[] = [];
  readonly #logs = new Map<MachineWatch, { path: string; log: RemoteLog }>();
  readonly #listeners = new Set<() => void>();
  readonly #options: MachineSetOptions;
  #timer: NodeJS.Timeout | null = null;
  #tellAt = 0;

  constructor(options: MachineSetOptions) {
    this.#options = options;
  }

  /** Watches one more, from now on. `asked`: how, where that is not by a shell. */
  add(host: Host, asked: Pick<MachineWatchOptions, "collector" | "guests"> = {}): MachineWatch {
    const watch = new MachineWatch(host, { intervalMs: this.#options.intervalMs, ...asked });
    this.#watches.push(watch);
    let told = "";
    watch.subscribe(() => {
      this.#followLog(watch);
      const stands = standing(watch.status());
      this.#tellSoon(stands === told ? this.#options.intervalMs / 2 : gatherMs);
      told = stands;
    });
    watch.start();
    return watch;
  }

  /** Tells after that time, or when it was to be told anyway if that is sooner. */
  #tellSoon(ms: number): void {
    const at = performance.now() + ms;
    if (this.#timer !== null && at >= this.#tellAt) return;
    clearTimeout(this.#timer ?? undefined);
    this.#tellAt = at;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      for (const listener of this.#listeners) listener();
    }, ms);
  }

  get watches(): readonly MachineWatch[] {
    return this.#watches;
  }

  readonly list = (): readonly MachineStatus[] => {
    const statuses = this.#watches.map((watch) => watch.status());
    // The same list while nothing changed: views compare by identity.
    if (
      statuses.some((status, index) => status !== this.#list[index]) ||
      statuses.length !== this.#list.length
    )
      this.#list = statuses;
    return this.#list;
  };
  #list: readonly MachineStatus[] = [];

  /** Seconds of the clock of `MachineStatus.at`. */
  readonly now = (): number => performance.now() / 1000;

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  };

  async stop(): Promise<void> {
    clearTimeout(this.#timer ?? undefined);
    await Promise.all([...this.#logs.values()].map(({ log }) => log.stop()));
    await Promise.all(this.#watches.map((watch) => watch.stop()));
  }

  /** Where that machine's Nix writes what it does, we read it; this machine's own is read as a file. */
  #followLog(watch: MachineWatch): void {
    const { facts, host } = watch;
    if (!facts || host.transport === "local" || host.transport === "recording") return;
    const path = facts.nixConfig?.jsonLogPath || null;
    const followed = this.#logs.get(watch);
    if (followed && followed.path !== path) {
      this.#logs.delete(watch);
      void followed.log.stop();
    }
    if (path?.startsWith("/") && !this.#logs.has(watch)) {
      const { live } = this.#options;
      const log = new RemoteLog({
        host,
        path,
        openStream: () => live.open({ label: `${host.name}: ${path}`, kind: "json-log", machine: host.name }),
        now: live.now,
        onTrouble: (text) => {
          if (text !== null) live.model.addNotice({ at: live.now(), severity: "warning", text });
        },
      });
      this.#logs.set(watch, { path, log });
    }
    const at = facts.answer("processes")?.at;
    if (at !== undefined && facts.processes.length > 0)
      this.#logs.get(watch)?.log.processesAre(new Set(facts.processes.map(({ pid }) => pid)), at);
  }
}
