/** Looks inside the builders of one machine, through that machine: with the daemon's own key where sudo allows it. */
import { type GuestLook, guestKey } from "../../model/builders/guest.ts";
import type { GuestTarget } from "../../model/builders/types.ts";
import { darwinGauges } from "../../model/gauges/darwin.ts";
import { type CpuCounters, linuxGauges } from "../../model/gauges/linux.ts";
import { Failures, retryDelayMs } from "../../model/hosts/backoff.ts";
import type { HostTrouble } from "../../model/hosts/types.ts";
import { type Ask, dueRequests } from "../../model/machine/due.ts";
import { loopback } from "../../model/machine/loopback.ts";
import { parseProcesses } from "../../model/machine/processes.ts";
import { parseNixVersion } from "../../model/nix-conf/nix-version.ts";
import { always, rarely } from "../builders/system.ts";
import type { Collector, Sample, SectionAnswer } from "../hosts/collector.ts";
import { type Host, HostError } from "../hosts/host.ts";
import { opensshHost } from "../hosts/openssh-host.ts";
import { SleepClock, stillAnswers } from "./after-sleep.ts";
import { keyScan } from "./key-scan.ts";

const asks: readonly Ask[] = [
  always("load"),
  always("memory"),
  always("cpu"),
  always("processes"),
  rarely("now", 10),
  rarely("disks", 10),
  rarely("nix-version", 600),
];
/** Looks over which the answer's time is taken. */
const answerTimes = 5;
/** A login that was refused is not tried again by itself; whether its sshd still lives is asked this often. */
const keyScanMs = 15_000;

export interface GuestWatchOptions {
  /** The machine that logs in. */
  readonly via: Host;
  /** Ended with the watch. */
  readonly host: Host;
  readonly collector: Collector;
  readonly target: GuestTarget;
  /** As the daemon does: by `sudo -n`, or because we are root there. */
  readonly asRoot: boolean;
  readonly intervalMs: number;
  readonly changed: () => void;
}

/** The way into a builder through the machine it is of; by `sudo -n` where its key is root's. */
export function guestHost(via: Host, target: GuestTarget, sudo: boolean): Host {
  return opensshHost({
    via,
    target: target.host,
    words: guestWords(target),
    asRoot: sudo,
    // On this machine a ticket of sudo holds in this terminal only. BatchMode keeps ssh from asking there.
    keepTerminalSession: sudo && via.transport === "local",
  });
}

/** One way in. Runs until `stop`. */
export class GuestWatch {
  readonly key: string;
  readonly asRoot: boolean;
  look: GuestLook = { kind: "trying" };
  readonly #options: GuestWatchOptions;
  readonly #stopped = new AbortController();
  readonly #answers = new Map<string, SectionAnswer>();
  readonly #askedAt = new Map<string, number>();
  #counters: CpuCounters | null = null;
  #timer: NodeJS.Timeout | undefined;
  readonly #failures = new Failures();
  /** Troubles since the last answer. */
  #troubles = 0;
  /** Since the next look was put off, and by how long. */
  #pause = { clock: new SleepClock(), ms: 0 };
  #answerTimes: readonly number[] = [];
  readonly #first: Promise<void>;
  #measured = () => {};
  /** Resolves when there are two looks to measure the processor between, or none is to come soon. */
  readonly measured = new Promise<void>((resolve) => {
    this.#measured = resolve;
  });

  constructor(options: GuestWatchOptions) {
    this.#options = options;
    this.key = guestKey(options.target);
    this.asRoot = options.asRoot;
    this.#first = this.#tick();
  }

  /** Resolves when the first try has come to something. */
  settled(): Promise<void> {
    return this.#first;
  }

  /** Tries again now: something has changed over there, so a refused login may be let in. */
  retry(): void {
    if (this.#stopped.signal.aborted || this.look.kind !== "trouble") return;
    this.look = { kind: "trying" };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#tick(), 0);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    this.#options.collector.close();
    await this.#options.host.close();
  }

  async #tick(): Promise<void> {
    const { signal } = this.#stopped;
    const began = performance.now();
    try {
      if (this.#loginRefused()) {
        const trouble = await keyScan(this.#options.via, this.#options.target, signal);
        if (trouble) this.#say(trouble);
      } else {
        await this.#probeAfterSleep(signal);
        const requests = dueRequests(asks, (request) => this.#askedAt.get(request), began / 1000);
        this.#take(await this.#options.collector.sample(requests, signal), began);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof HostError)) throw error;
      this.#say(error.trouble);
    }
    if (signal.aborted) return;
    if (this.look.kind !== "answers" || this.look.gauges.cpu !== null) this.#measured();
    this.#options.changed();
    const wait =
      this.look.kind === "trouble"
        ? this.look.trouble.retry
          ? retryDelayMs(this.#failures.count, Math.random())
          : keyScanMs
        : Math.max(this.#options.intervalMs - (performance.now() - began), 200);
    this.#pause = { clock: new SleepClock(), ms: wait };
    this.#timer = setTimeout(() => void this.#tick(), wait);
    this.#timer.unref();
  }

  /** A laptop that slept finds its connections dead more often than not. */
  async #probeAfterSleep(signal: AbortSignal): Promise<void> {
    if (!this.#pause.clock.slept(this.#pause.ms)) return;
    this.#counters = null;
    if (this.look.kind === "answers" && !(await stillAnswers(this.#options.collector, signal)))
      await this.#options.host.close();
  }

  #take(sample: Sample, began: number): void {
    this.#failures.answered(began);
    this.#troubles = 0;
    const ended = performance.now();
    for (const [request, answer] of sample.sections) {
      this.#answers.set(request, answer);
      this.#askedAt.set(request, began / 1000);
    }
    const ours = sample.sections.has("now") ? sample.ourClock : null;
    const before = this.look.kind === "answers" ? this.look.gauges.clockSkewSeconds : null;
    const { gauges, cpuCounters } =
      sample.system === "Darwin"
        ? { gauges: darwinGauges(this.#answers, ours), cpuCounters: null }
        : linuxGauges(this.#answers, this.#counters, ours);
    this.#counters = cpuCounters;
    this.look = {
      kind: "answers",
      gauges: { ...gauges, clockSkewSeconds: gauges.clockSkewSeconds ?? before },
      processes: parseProcesses(this.#answers.get("processes")?.text ?? ""),
      version: parseNixVersion(this.#answers.get("nix-version")?.text ?? "")?.version ?? null,
      answerMs: this.#shortest(ended - began),
      asRoot: this.asRoot,
    };
  }

  /** The shortest of the last few says what the way takes; the rest is what that machine had to do besides. */
  #shortest(ms: number): number {
    this.#answerTimes = [...this.#answerTimes, ms].slice(-answerTimes);
    return Math.round(Math.min(...this.#answerTimes));
  }

  /** Another refused login would only be counted by the server: its host key is asked for instead, which needs none. */
  #loginRefused(): boolean {
    if (this.#options.via.transport === "recording") return false;
    return this.look.kind === "trouble" && this.look.trouble.kind === "login";
  }

  #say(trouble: HostTrouble): void {
    this.#failures.failed(performance.now());
    this.#troubles++;
    this.#counters = null;
    // sudo's refusal is no verdict of the builder on the daemon's key.
    const asRoot = this.asRoot && !trouble.details.some((line) => line.startsWith("sudo: "));
    this.look = { kind: "trouble", trouble, asRoot, times: this.#troubles };
  }
}

/**
 * How Nix's daemon logs in, as words for ssh: with the key of the machines line, and with its host key in place of any
 * known_hosts (NixOS/nix `src/libstore/ssh.cc`).
 */
function guestWords({ user, port, identityFile, hostKey, address }: GuestTarget): string[] {
  const words: string[] = [];
  if (user !== null) words.push("-l", user);
  if (port !== null) words.push("-p", String(port));
  if (identityFile !== null) words.push("-i", identityFile);
  if (hostKey !== null)
    words.push("-o", "UserKnownHostsFile=/dev/null", "-o", `KnownHostsCommand=/bin/echo %H ${hostKey}`);
  // A VM of this machine whose key nobody has written down: there is no way to it on which somebody else could stand.
  else if (loopback.has(address))
    words.push("-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no");
  return words;
}
