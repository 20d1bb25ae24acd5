/** One machine, looked at again and again: asks what is due, keeps what it answered, follows its builders inside. */
import { guestKey } from "../../model/builders/guest.ts";
import type { Builder } from "../../model/builders/types.ts";
import { diagnose, diagnosisAsks, notLooked } from "../../model/diagnoses/diagnose.ts";
import type { JudgedMachine, KnownFailure } from "../../model/diagnoses/types.ts";
import { darwinGauges } from "../../model/gauges/darwin.ts";
import { GaugeHistory } from "../../model/gauges/gauge-history.ts";
import { type CpuCounters, linuxGauges } from "../../model/gauges/linux.ts";
import type { Gauges } from "../../model/gauges/types.ts";
import { retryDelayMs } from "../../model/hosts/backoff.ts";
import type { HostTrouble } from "../../model/hosts/types.ts";
import { type BuildProcess, buildProcesses } from "../../model/machine/build-processes.ts";
import { type Ask, dueRequests } from "../../model/machine/due.ts";
import { MachineFacts } from "../../model/machine/facts.ts";
import type { Connection, MachineStatus } from "../../model/machine/status.ts";
import { cleanText } from "../../model/text/clean.ts";
import { builderAsks, findBuilders } from "../builders/all.ts";
import type { Collector } from "../hosts/collector.ts";
import { type Host, HostError } from "../hosts/host.ts";
import { run } from "../hosts/run.ts";
import { openCollector } from "../hosts/shell-collector.ts";
import { baseAsks } from "./base-asks.ts";
import { GuestWatch, guestHost } from "./guest-watch.ts";
import { nixOfMachine } from "./nix-of-machine.ts";
import { StoreChecks } from "./store-checks.ts";

export interface MachineWatchOptions {
  readonly intervalMs: number;
  /** How the machine is asked, where it is not by a shell (a recording). */
  readonly collector?: Collector;
  /**
   * How the inside of a builder is asked, by its `guestKey`, where that is not by a shell there; `open` gives that
   * shell. `null`: not at all.
   */
  readonly guests?: (key: string, open: () => Collector) => Collector | null;
}

/** Rows of build processes that are kept for a machine. */
const mostBuildProcesses = 20;
/** Rounds of questions that follow from answers, at the first look. */
const mostRounds = 4;
/** The first tries to look inside may take this long before `look` goes on without them. */
const guestsDeadlineMs = 15_000;
/** And this long for their second look, which tells the processor's share. */
const measureDeadlineMs = 3_000;
/** And this long for Nix itself to get through to them. */
const storesDeadlineMs = 10_000;
/** Between two counts of Linux's processor time: fewer ticks say little. */
const countMs = 500;
/** How often a ticket of sudo is looked for, and how long that may take. */
const ticketSeconds = 30;
const ticketDeadlineMs = 3_000;
/** A wall clock that jumped this far between two ticks: the laptop slept. */
const sleptMs = 10_000;

export class MachineWatch {
  readonly host: Host;
  readonly #options: MachineWatchOptions;
  readonly #collector: Collector;
  readonly #stores: StoreChecks;
  readonly #listeners = new Set<() => void>();
  readonly #stopped = new AbortController();
  readonly #guests = new Map<string, GuestWatch>();
  readonly #history = new GaugeHistory();
  readonly #builderHistory = new Map<string, GaugeHistory>();
  /** When something was last added there, in seconds. */
  readonly #pushedAt = new Map<string, number>();
  #facts: MachineFacts | null = null;
  #counters: CpuCounters | null = null;
  #gauges: Gauges | null = null;
  #builders: readonly Builder[] = [];
  #connection: Connection = { state: "connecting" };
  #failures = 0;
  /** The next look asks everything again, also what is asked rarely. */
  #anew = false;
  #ticketAt = Number.NEGATIVE_INFINITY;
  #failed: readonly KnownFailure[] = [];
  #at: number | null = null;
  #version = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;

  constructor(host: Host, options: MachineWatchOptions) {
    this.host = host;
    this.#options = options;
    this.#collector = options.collector ?? openCollector(host);
    this.#stores = new StoreChecks(options.collector ?? openCollector(host), () => this.#judge());
  }

  /** What is known now. A new object only if something changed since. */
  status(): MachineStatus {
    if (this.#status?.version === this.#version) return this.#status;
    this.#status = this.#makeStatus();
    return this.#status;
  }
  #status: MachineStatus | null = null;

  /** Builds known to have failed there: they are looked at together with what the machine answers. */
  tellFailures(failures: readonly KnownFailure[]): void {
    if (failures.length === 0 && this.#failed.length === 0) return;
    this.#failed = failures;
    this.#changed();
  }

  /** The facts behind the status; `null` before the first answer. */
  get facts(): MachineFacts | null {
    return this.#facts;
  }

  /** Calls back when `status` changed. Returns how to stop. */
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  /**
   * Looks once, with the inside of its builders, and resolves when all that can be known is known. Never rejects.
   * `measured`: the processors' share, too, which takes a second look and a second.
   */
  async look({ measured = true } = {}): Promise<MachineStatus> {
    if (await this.#ask(true)) {
      const first = Promise.all([...this.#guests.values()].map((guest) => guest.settled()));
      const counted = measured && this.#facts?.platform === "linux" ? pause(countMs) : null;
      await Promise.race([Promise.all([first, counted]), pause(guestsDeadlineMs)]);
      if (measured) {
        // The second look gives Linux its processor share and macOS the one that takes a second.
        await this.#ask(false);
        const guests = [...this.#guests.values()];
        await Promise.race([Promise.all(guests.map((guest) => guest.measured)), pause(measureDeadlineMs)]);
      }
      await Promise.race([this.#stores.settled(), pause(storesDeadlineMs)]);
    }
    return this.status();
  }

  /** Looks at once and then at every interval, until `stop`. */
  start(): void {
    if (this.#running) return;
    this.#running = this.#loop();
  }

  /** Looks at once, without waiting for the next interval: something was done there, or a person wants to try again. */
  lookSoon(): void {
    this.#anew = true;
    for (const guest of this.#guests.values()) guest.retry();
    // A refused login is remembered by the host until it is closed, so that nobody repeats it by accident.
    const refused = this.#connection.state === "lost" && !this.#connection.trouble.retry;
    if (refused) void this.host.close().then(() => this.#wake?.());
    else this.#wake?.();
  }
  #wake: (() => void) | null = null;

  /** Ends everything. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    this.#wake?.();
    this.#collector.close();
    this.#stores.stop();
    await Promise.all([...this.#guests.values()].map((guest) => guest.stop()));
    await this.#running;
    await this.host.close();
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopped;
    let wall = Date.now();
    while (!signal.aborted) {
      const began = performance.now();
      await this.#ask(this.#facts === null);
      const wait = this.#untilNext(performance.now() - began);
      await this.#sleep(wait);
      // Counters from before a sleep say nothing about now.
      const slept = Date.now() - wall - (performance.now() - began) > sleptMs;
      wall = Date.now();
      if (slept) this.#counters = null;
    }
  }

  #untilNext(took: number): number {
    const { trouble } = this.#connection.state === "lost" ? this.#connection : { trouble: null };
    if (trouble === null) return Math.max(this.#options.intervalMs - took, 200);
    return trouble.retry ? retryDelayMs(this.#failures, Math.random()) : Number.POSITIVE_INFINITY;
  }

  #sleep(ms: number): Promise<void> {
    if (this.#stopped.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = () => {
        clearTimeout(this.#timer);
        this.#wake = null;
        resolve();
      };
      if (Number.isFinite(ms)) this.#timer = setTimeout(() => this.#wake?.(), ms);
    });
  }

  /** One look; the first takes as many rounds as the questions need. `false`: the machine did not answer. */
  async #ask(first: boolean): Promise<boolean> {
    const { signal } = this.#stopped;
    const anew = this.#anew;
    let ours: number | null = null;
    let counted = false;
    try {
      for (let round = 0; round < mostRounds; round++) {
        const now = performance.now() / 1000;
        const asks = [...baseAsks(this.#facts), ...(this.#facts ? furtherAsks(this.#facts) : [])];
        const hurried = this.#jobsMoved();
        const lastAsked = (request: string) => {
          const stale = round === 0 && (anew || (hurried && request.startsWith("service ")));
          return stale ? undefined : this.#facts?.answer(request)?.at;
        };
        // After the first round only what follows from its answers.
        const requests = dueRequests(asks, lastAsked, now).filter(
          (request) => round === 0 || this.#facts?.answer(request) === undefined,
        );
        // A second of waiting on macOS; on Linux the first of two counts.
        const counts = first ? this.#facts?.platform === "linux" && this.#counters === null : round === 0;
        if (counts && !counted) requests.push("cpu");
        if (requests.length === 0) break;
        const sample = await this.#collector.sample(requests, signal);
        this.#facts ??= new MachineFacts(sample.system, sample.processor);
        this.#facts.take(sample.sections, now);
        counted ||= sample.sections.has("cpu");
        if (sample.sections.has("now")) ours = sample.ourClock;
      }
      this.#anew = false;
      this.#connection = { state: "connected" };
      this.#failures = 0;
      // Judged when all is there that the answers led to: half the facts make a well machine look ill.
      this.#take(ours);
      await this.#lookForTicket();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (!(error instanceof HostError)) throw error;
      await this.#lost(error.trouble);
      return false;
    }
  }

  /** On this machine sudo may work in this terminal only: somebody has typed a password here lately. */
  async #lookForTicket(): Promise<void> {
    const facts = this.#facts;
    const now = performance.now() / 1000;
    if (!facts || this.host.transport !== "local" || facts.canSudo !== false || facts.isRoot) return;
    if (now - this.#ticketAt < ticketSeconds) return;
    this.#ticketAt = now;
    const { code } = await run(this.host, ["sudo", "-n", "true"], {
      deadlineMs: ticketDeadlineMs,
      keepTerminalSession: true,
      signal: this.#stopped.signal,
    });
    if (facts.hasTicket === (code === 0)) return;
    facts.hasTicket = code === 0;
    this.#followGuests(facts);
  }

  /** The process of a job that ran is gone: launchd knows why, and is asked at once. */
  #jobsMoved(): boolean {
    const facts = this.#facts;
    if (!facts) return false;
    const alive = new Set(facts.processes.map(({ pid }) => pid));
    return facts.runningJobs.some((pid) => !alive.has(pid));
  }

  /** `ours`: our clock when the machine told its own; `null` if it did not this time. */
  #take(ours: number | null): void {
    const facts = this.#facts;
    if (!facts) return;
    const skew = this.#gauges?.clockSkewSeconds ?? null;
    if (facts.platform === "darwin") this.#gauges = darwinGauges(facts.answers, ours);
    else {
      const { gauges, cpuCounters } = linuxGauges(facts.answers, this.#counters, ours);
      this.#gauges = gauges;
      this.#counters = cpuCounters;
    }
    this.#gauges = { ...this.#gauges, clockSkewSeconds: this.#gauges.clockSkewSeconds ?? skew };
    this.#at = performance.now() / 1000;
    this.#history.push(this.#gauges, this.#at);
    this.#judge();
    this.#followGuests(facts);
  }

  /** From the facts to the builders; also when one of the guests has answered. */
  #judge(): void {
    const facts = this.#facts;
    if (!facts) return;
    facts.stores = this.#stores.results;
    facts.guests = new Map([...this.#guests].map(([key, guest]) => [key, guest.look]));
    this.#builders = findBuilders(facts);
    this.#stores.update(this.#builders, facts);
    const now = performance.now() / 1000;
    for (const { key, gauges, guest } of this.#builders) {
      // Judged anew for another reason is no look more; nor are the host's figures while the inside is on its way.
      const early = now - (this.#pushedAt.get(key) ?? 0) < (this.#options.intervalMs / 1000) * 0.8;
      if (gauges === null || early || facts.guest(guest)?.kind === "trying") continue;
      this.#pushedAt.set(key, now);
      const history = this.#builderHistory.get(key) ?? new GaugeHistory();
      this.#builderHistory.set(key, history);
      history.push(gauges, now);
    }
    for (const key of this.#builderHistory.keys()) {
      if (this.#builders.some((builder) => builder.key === key)) continue;
      this.#builderHistory.delete(key);
      this.#pushedAt.delete(key);
    }
    this.#changed();
  }

  /** A login for each builder that has one, as root where that works; none for those that are gone. */
  #followGuests(facts: MachineFacts): void {
    const { isRoot } = facts;
    const asRoot = isRoot || facts.canSudo === true || facts.hasTicket;
    const wanted = new Map(this.#builders.flatMap(({ guest }) => (guest ? [[guestKey(guest), guest]] : [])));
    for (const [key, guest] of this.#guests) {
      // One that is in stays in, whatever sudo says by now.
      if (wanted.has(key) && (guest.asRoot === asRoot || (guest.asRoot && guest.look.kind === "answers")))
        continue;
      this.#guests.delete(key);
      void guest.stop();
    }
    for (const [key, target] of wanted) {
      if (this.#guests.has(key)) continue;
      const { intervalMs, guests } = this.#options;
      const changed = () => this.#judge();
      const host = guestHost(this.host, target, asRoot && !isRoot);
      const collector = guests ? guests(key, () => openCollector(host)) : openCollector(host);
      if (collector === null) continue;
      this.#guests.set(
        key,
        new GuestWatch({ via: this.host, host, collector, target, asRoot, intervalMs, changed }),
      );
    }
  }

  async #lost(trouble: HostTrouble): Promise<void> {
    this.#failures++;
    this.#counters = null;
    const since = this.#connection.state === "lost" ? this.#connection.since : performance.now() / 1000;
    this.#connection = { state: "lost", trouble, since };
    for (const guest of this.#guests.values()) await guest.stop();
    this.#guests.clear();
    this.#changed();
  }

  #changed(): void {
    this.#version++;
    for (const listener of this.#listeners) listener();
  }

  #makeStatus(): MachineStatus {
    const { name, address, transport, transportReason } = this.host;
    const facts = this.#facts;
    const builderProcesses = new Map<string, readonly BuildProcess[]>();
    for (const { key, guest } of this.#builders) {
      const look = facts?.guest(guest);
      if (look?.kind === "answers")
        builderProcesses.set(key, buildProcesses(look.processes, mostBuildProcesses));
    }
    const judged: JudgedMachine = {
      ...{ name, address, transport, transportReason },
      connection: this.#connection,
      platform: facts?.platform ?? null,
      os: facts?.summary?.os ?? null,
      model: facts?.summary?.model ?? null,
      nix: facts ? nixOfMachine(facts) : null,
      gauges: this.#gauges,
      history: this.#at === null ? null : this.#history,
      builders: this.#builders,
      builderHistory: this.#builderHistory,
      buildProcesses: facts ? buildProcesses(facts.processes, mostBuildProcesses) : [],
      builderProcesses,
      machineProblems: facts?.machineProblems.map(({ message }) => cleanText(message)) ?? [],
      canSudo: facts ? facts.canSudo || facts.hasTicket : null,
      at: this.#at,
      version: this.#version,
    };
    if (!facts) return { ...judged, diagnoses: [], notLooked: [] };
    const input = { facts, status: judged, failures: this.#failed, nowSeconds: clockOf(facts) };
    return { ...judged, diagnoses: diagnose(input), notLooked: notLooked(input) };
  }
}

/** What follows from what is known: of builders, and of what may be wrong with them. */
function furtherAsks(facts: MachineFacts): Ask[] {
  return [...builderAsks(facts), ...diagnosisAsks(facts)];
}

/** That machine's own clock now, as it was told last; `null`: it was not. */
function clockOf(facts: MachineFacts): number | null {
  const told = facts.answer("now");
  const seconds = told && /^\d{1,12}$/.test(told.text.trim()) ? Number(told.text.trim()) : null;
  const processes = facts.answer("processes");
  // As of the list of processes, whose ages it is held against.
  return told && processes && seconds !== null ? seconds + processes.at - told.at : null;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
