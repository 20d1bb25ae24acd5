/**
 * The machines of one dashboard: each watched, and their own Nix logs read into the one model of builds. What it takes to
 * watch them is loaded when that begins, after the first picture.
 */
import type { Collector } from "../adapters/hosts/collector.ts";
import type { Host } from "../adapters/hosts/host.ts";
import type { MachineWatch, MachineWatchOptions } from "../adapters/machine/machine-watch.ts";
import type { RemoteLog } from "../adapters/nix-log/remote-log.ts";
import { joinedFailures, knownFailures } from "../model/diagnoses/known-failures.ts";
import type { KnownFailure } from "../model/diagnoses/types.ts";
import { type MachineStatus, unknownMachine } from "../model/machine/status.ts";
import type { LiveBuilds } from "./live-builds.ts";
import { RemoteSightings } from "./remote-sightings.ts";

export interface MachineSetOptions {
  /** Builds of this machine that failed before the dashboard was there. Asked now and then. */
  readonly earlier?: () => readonly KnownFailure[];
  readonly live: LiveBuilds;
  readonly intervalMs: number;
}

/** How a machine is asked, where it is not by a shell. */
type Asked = Pick<MachineWatchOptions, "collector" | "guests">;

interface Member {
  readonly host: Host;
  readonly asked: Asked;
  /** As long as nobody watches it. */
  readonly placeholder: MachineStatus;
  watch: MachineWatch | null;
  log: { readonly path: string; readonly log: RemoteLog } | null;
  /** How many of the host's notes were told. */
  notesTold: number;
  readonly sightings: RemoteSightings;
}

/** How often it is looked for what failed in other terminals. */
const earlierMs = 5_000;
/** Changes of several machines within so many milliseconds are told once. */
const gatherMs = 50;

export class MachineSet {
  readonly #members: Member[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #options: MachineSetOptions;
  /** What each was told of failures, in short. */
  readonly #failed = new WeakMap<MachineWatch, string>();
  #earlier = { at: Number.NEGATIVE_INFINITY, failures: [] as readonly KnownFailure[] };
  #unsubscribe: (() => void) | null = null;
  #started: Promise<void> | null = null;
  #stopped = false;
  #timer: NodeJS.Timeout | null = null;
  #tellAt = 0;

  constructor(options: MachineSetOptions) {
    this.#options = options;
  }

  /** One more; it is watched from `start` on, or at once if that was before. */
  add(host: Host, asked: Asked = {}): void {
    const sightings = new RemoteSightings(this.#options.live, host.name);
    const member = {
      host,
      asked,
      placeholder: unknownMachine(host),
      watch: null,
      log: null,
      notesTold: 0,
      sightings,
    };
    this.#members.push(member);
    if (this.#started !== null)
      this.#started = Promise.all([this.#started, this.#watch(member)]).then(() => {});
  }

  start(): void {
    this.#unsubscribe ??= this.#options.live.subscribe(() => {
      for (const { watch } of this.#members) if (watch) this.#tellFailures(watch);
    });
    this.#started ??= Promise.all(this.#members.map((member) => this.#watch(member))).then(() => {});
  }

  /** The watch of a machine by its place in `list`; `null` while it is on its way. */
  watchAt(index: number): MachineWatch | null {
    return this.#members[index]?.watch ?? null;
  }

  /** Looks at all of them at once, and tries again what was refused. */
  readonly lookAgain = (): void => {
    for (const { watch } of this.#members) watch?.lookSoon();
  };

  /** What answers for it, where that is no shell. */
  collectorAt(index: number): Collector | null {
    return this.#members[index]?.asked.collector ?? null;
  }

  readonly list = (): readonly MachineStatus[] => {
    const statuses = this.#members.map(({ watch, placeholder }) => watch?.status() ?? placeholder);
    // The same list while nothing changed: views compare by identity.
    const changed =
      statuses.length !== this.#list.length || statuses.some((status, index) => status !== this.#list[index]);
    if (changed) this.#list = statuses;
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
    this.#stopped = true;
    this.#unsubscribe?.();
    clearTimeout(this.#timer ?? undefined);
    await this.#started;
    await Promise.all(this.#members.map(({ log }) => log?.log.stop()));
    await Promise.all(this.#members.map(({ watch, host }) => (watch ? watch.stop() : host.close())));
  }

  async #watch(member: Member): Promise<void> {
    const [{ MachineWatch: Watch }, { RemoteLog: Log }] = await Promise.all([
      import("../adapters/machine/machine-watch.ts"),
      import("../adapters/nix-log/remote-log.ts"),
    ]);
    if (this.#stopped) return;
    const { intervalMs } = this.#options;
    const watch = new Watch(member.host, { intervalMs, ...member.asked });
    member.watch = watch;
    this.#tellFailures(watch);
    let told = "";
    watch.subscribe(() => {
      this.#tellNotes(member);
      this.#tellFailures(watch);
      this.#followLog(member, watch, Log);
      // This machine's own are seen by their log files, whichever Nix it has.
      if (watch.host.transport !== "local")
        member.sightings.update(watch.status().connection.state === "connected" ? watch.facts : null);
      const stands = standing(watch.status());
      // Figures wait until a look is complete, with the insides of the builders.
      this.#tellSoon(stands === told ? intervalMs / 2 : gatherMs);
      told = stands;
    });
    watch.start();
  }

  /** Each once, among Nix's own warnings. */
  #tellNotes(member: Member): void {
    const { live } = this.#options;
    for (const text of member.host.notes?.slice(member.notesTold) ?? []) {
      member.notesTold++;
      live.model.addNotice({ at: live.now(), severity: "warning", text });
    }
  }

  /** What failed here is looked at together with what the machine answers: of one machine, or of this one. */
  #tellFailures(watch: MachineWatch): void {
    if (this.#members.length > 1 && watch.host.transport !== "local") return;
    const { builds } = this.#options.live;
    // Commands end with an error as well where no build has failed.
    const failed = builds.counts.failed + builds.sessions.filter(({ error }) => error !== null).length;
    const earlier = watch.host.transport === "local" ? this.#earlierFailures() : [];
    const told = [failed, ...earlier.map(({ drv, reason }) => `${drv} ${reason}`)].join("\n");
    if (told === (this.#failed.get(watch) ?? "0")) return;
    this.#failed.set(watch, told);
    watch.tellFailures(joinedFailures(knownFailures(builds), earlier));
  }

  #earlierFailures(): readonly KnownFailure[] {
    const { earlier } = this.#options;
    const at = performance.now();
    if (earlier && at - this.#earlier.at > earlierMs) this.#earlier = { at, failures: earlier() };
    return this.#earlier.failures;
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

  /** Where that machine's Nix writes what it does, we read it; this machine's own is read as a file. */
  #followLog(member: Member, { facts, host }: MachineWatch, Log: typeof RemoteLog): void {
    if (!facts || host.transport === "local" || host.transport === "recording") return;
    const path = facts.nixConfig?.jsonLogPath || null;
    if (member.log && member.log.path !== path) {
      void member.log.log.stop();
      member.log = null;
    }
    if (path?.startsWith("/") && member.log === null) {
      const { live } = this.#options;
      const log = new Log({
        host,
        path,
        openStream: () => live.open({ label: `${host.name}: ${path}`, kind: "json-log", machine: host.name }),
        now: live.now,
        onTrouble: (text) => {
          if (text !== null) live.model.addNotice({ at: live.now(), severity: "warning", text });
        },
      });
      member.log = { path, log };
    }
    const at = facts.answer("processes")?.at;
    if (at !== undefined && facts.processes.length > 0)
      member.log?.log.processesAre(new Set(facts.processes.map(({ pid }) => pid)), at);
  }
}

/** What is told without delay: who answers, and how every builder stands. */
function standing(status: MachineStatus): string {
  const builders = status.builders.map(({ key, state, jobs }) => `${key} ${state} ${jobs.used}`);
  return [status.connection.state, status.nix?.daemon, ...builders].join("\n");
}
