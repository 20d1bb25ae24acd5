/** One machine, looked at again and again: asks what is due, keeps what it answered, follows its builders inside. */
import type { Builder } from "../../model/builders/types.ts";
import { diagnosisAsks } from "../../model/diagnoses/diagnose.ts";
import type { KnownFailure } from "../../model/diagnoses/types.ts";
import { darwinGauges } from "../../model/gauges/darwin.ts";
import { GaugeHistory } from "../../model/gauges/gauge-history.ts";
import { type CpuCounters, linuxGauges } from "../../model/gauges/linux.ts";
import type { Gauges } from "../../model/gauges/types.ts";
import { Failures, retryDelayMs } from "../../model/hosts/backoff.ts";
import { isRequest } from "../../model/hosts/collector-requests.ts";
import type { HostTrouble } from "../../model/hosts/types.ts";
import { type Ask, dueRequests } from "../../model/machine/due.ts";
import { MachineFacts } from "../../model/machine/facts.ts";
import type { Connection, MachineStatus } from "../../model/machine/status.ts";
import { cleanText } from "../../model/text/clean.ts";
import { builderAsks, findBuilders } from "../builders/all.ts";
import type { Collector } from "../hosts/collector.ts";
import { type Host, HostError } from "../hosts/host.ts";
import { run } from "../hosts/run.ts";
import { openCollector } from "../hosts/shell-collector.ts";
import { SleepClock, stillAnswers } from "./after-sleep.ts";
import { baseAsks } from "./base-asks.ts";
import { BuilderHistories } from "./builder-histories.ts";
import { GuestWatches } from "./guest-watches.ts";
import { statusOf } from "./machine-status.ts";
import { StoreChecks } from "./store-checks.ts";

export interface MachineWatchOptions {
  readonly intervalMs: number;
  /** How the machine is asked, where it is not by a shell (a recording). */
  readonly collector?: Collector;
  /** See `GuestWatchesOptions`. */
  readonly guests?: (key: string, open: () => Collector) => Collector | null;
  /** How long to wait after so many failures in a row. */
  readonly retryDelayMs?: (failures: number) => number;
}

/** Without an answer for so long, what is shown is told to be old. */
const silentMs = 10_000;
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

export class MachineWatch {
  readonly host: Host;
  readonly #options: MachineWatchOptions;
  readonly #collector: Collector;
  readonly #stores: StoreChecks;
  readonly #listeners = new Set<() => void>();
  readonly #stopped = new AbortController();
  readonly #guests: GuestWatches;
  readonly #history = new GaugeHistory();
  readonly #builderHistories: BuilderHistories;
  #facts: MachineFacts | null = null;
  /** All questions of a look were answered: half the facts make a well machine look ill. */
  #whole = false;
  #counters: CpuCounters | null = null;
  #gauges: Gauges | null = null;
  #builders: readonly Builder[] = [];
  #connection: Connection = { state: "connecting" };
  readonly #failures = new Failures();
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
    this.#builderHistories = new BuilderHistories(options.intervalMs);
    this.#guests = new GuestWatches({
      ...{ via: host, intervalMs: options.intervalMs, guests: options.guests },
      changed: () => this.#judge(),
    });
    this.#stores = new StoreChecks(options.collector ?? openCollector(host), () => this.#judge());
  }

  /** What is known now. A new object only if something changed since. */
  status(): MachineStatus {
    if (this.#status?.version === this.#version) return this.#status;
    this.#status = statusOf({
      host: this.host,
      facts: this.facts,
      connection: this.#connection,
      gauges: this.#gauges,
      history: this.#at === null ? null : this.#history,
      builders: this.#builders,
      builderHistory: this.#builderHistories.all,
      failures: this.#failed,
      at: this.#at,
      version: this.#version,
    });
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
    return this.#whole ? this.#facts : null;
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
      const counted = measured && this.#facts?.platform === "linux" ? pause(countMs) : null;
      await Promise.race([Promise.all([this.#guests.settled(), counted]), pause(guestsDeadlineMs)]);
      if (measured) {
        // The second look gives Linux its processor share and macOS the one that takes a second.
        await this.#ask(false);
        await Promise.race([this.#guests.measured(), pause(measureDeadlineMs)]);
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
    this.#guests.retry();
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
    await this.#guests.stop();
    await this.#running;
    await this.host.close();
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopped;
    let slept = false;
    while (!signal.aborted) {
      const began = performance.now();
      if (!slept || (await this.#afterSleep())) await this.#ask(this.#facts === null);
      const wait = this.#untilNext(performance.now() - began);
      const clock = new SleepClock();
      await this.#sleep(wait);
      slept = clock.slept(wait);
    }
  }

  /**
   * Counters from before a sleep say nothing about now, and connections that nobody kept may be dead.
   * `false`: there is nothing to ask now, as the watch is stopped or the machine was lost by a fault of ours.
   */
  async #afterSleep(): Promise<boolean> {
    const { signal } = this.#stopped;
    this.#counters = null;
    this.#history.forgetTrend();
    this.#builderHistories.forgetTrends();
    if (this.#connection.state !== "connected") return true;
    try {
      if (!(await stillAnswers(this.#collector, signal))) await this.host.close();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const said = cleanText(error instanceof Error ? error.message : String(error));
      const message = `${this.host.name} could not be asked after a sleep: ${said}`;
      await this.host.close();
      await this.#lost({ kind: "protocol", message, details: [], retry: true });
      return false;
    }
  }

  #untilNext(took: number): number {
    const { trouble } = this.#connection.state === "lost" ? this.#connection : { trouble: null };
    if (trouble === null) return Math.max(this.#options.intervalMs - took, 200);
    if (!trouble.retry) return Number.POSITIVE_INFINITY;
    const { retryDelayMs: delay = (failures) => retryDelayMs(failures, Math.random()) } = this.#options;
    return delay(this.#failures.count);
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
    const callOff = this.#tellSilence();
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
        // What no collector can be asked for (a path with a space) stays unknown.
        const requests = dueRequests(asks, lastAsked, now).filter(
          (request) => isRequest(request) && (round === 0 || this.#facts?.answer(request) === undefined),
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
      this.#failures.answered(performance.now());
      this.#whole = true;
      this.#take(ours);
      await this.#lookForTicket();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (!(error instanceof HostError)) throw error;
      await this.#lost(error.trouble);
      return false;
    } finally {
      callOff();
    }
  }

  /** Between the last answer and the end of the connection there is a time in which nobody knows. */
  #tellSilence(): () => void {
    if (this.#at === null || this.#connection.state !== "connected") return () => {};
    const silentSince = this.#at;
    const left = silentMs - (performance.now() - 1000 * silentSince);
    const timer = setTimeout(
      () => {
        this.#connection = { state: "connected", silentSince };
        this.#changed();
      },
      Math.max(left, 1_000),
    );
    timer.unref();
    return () => clearTimeout(timer);
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
    this.#guests.follow(this.#builders, facts);
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
    this.#guests.follow(this.#builders, facts);
  }

  /** From the facts to the builders; also when one of the guests has answered. */
  #judge(): void {
    const facts = this.#facts;
    if (!facts) return;
    facts.stores = this.#stores.results;
    facts.guests = this.#guests.looks;
    this.#builders = findBuilders(facts);
    this.#stores.update(this.#builders, facts);
    this.#builderHistories.take(this.#builders, facts, performance.now() / 1000);
    this.#changed();
  }

  async #lost(trouble: HostTrouble): Promise<void> {
    this.#failures.failed(performance.now());
    this.#counters = null;
    const since = this.#connection.state === "lost" ? this.#connection.since : performance.now() / 1000;
    this.#connection = { state: "lost", trouble, since };
    await this.#guests.stop();
    this.#changed();
  }

  #changed(): void {
    this.#version++;
    for (const listener of this.#listeners) listener();
  }
}

/** What follows from what is known: of builders, and of what may be wrong with them. */
function furtherAsks(facts: MachineFacts): Ask[] {
  return [...builderAsks(facts), ...diagnosisAsks(facts)];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
