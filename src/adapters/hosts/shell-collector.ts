/** The collector: keeps one shell per host, and answers in full whatever hangs or breaks over there. */

import { forOneQuestion, requestOnWire } from "../../model/hosts/collector-requests.ts";
import type { Collector, Sample, SectionAnswer } from "./collector.ts";
import { type CollectorShell, type Predecessor, startCollectorShell } from "./collector-shell.ts";
import { type Host, HostError } from "./host.ts";
import { orAborted } from "./or-aborted.ts";

export interface CollectorOptions {
  /** For each section, and for the greeting of the shell. 10 s. */
  readonly deadlineMs?: number;
}

/** Records in a row that may be no use before the host is given up. */
const mostBroken = 3;
/** The section that tells the clock over there. */
const clock = "now";
/** What a section answers that did not answer in time, as timeout(1) has it. */
const hung: SectionAnswer = { text: "", code: 124 };

/**
 * A collector on a host. Nothing is started before the first question. When the host is lost, the next question
 * connects anew; when to ask again is the caller's (see `model/hosts/backoff.ts`).
 */
export function openCollector(host: Host, options: CollectorOptions = {}): Collector {
  return new ShellCollector(host, options.deadlineMs ?? 10_000);
}

class ShellCollector implements Collector {
  private readonly host: Host;
  private readonly deadlineMs: number;
  private readonly closing = new AbortController();
  private shell: CollectorShell | null = null;
  private predecessor: Predecessor | null = null;
  /** Requests that hung on this connection. */
  private readonly unanswered = new Set<string>();
  private seq = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor(host: Host, deadlineMs: number) {
    this.host = host;
    this.deadlineMs = deadlineMs;
  }

  sample(requests: readonly string[], signal?: AbortSignal): Promise<Sample> {
    let wires: Map<string, string>;
    try {
      wires = new Map(requests.map((request) => [requestOnWire(request), request]));
    } catch (error) {
      return Promise.reject(error);
    }
    const turn = this.last.then(() => {
      signal?.throwIfAborted();
      return this.answer(wires);
    });
    // One question at a time: whoever gives up waiting does not make it two.
    this.last = turn.catch(() => {});
    return orAborted(turn, signal, () => signal?.reason);
  }

  close(): void {
    this.closing.abort();
    this.shell?.kill();
    this.shell = null;
  }

  private async answer(wires: ReadonlyMap<string, string>): Promise<Sample> {
    const sections = new Map<string, SectionAnswer>();
    let broken = 0;
    let most = Number.POSITIVE_INFINITY;
    let ourClock: number | null = null;
    for (;;) {
      const shell = await this.connected();
      const open = [...wires].filter(([, request]) => !sections.has(request));
      for (const [wire, request] of open) if (this.unanswered.has(wire)) sections.set(request, hung);
      const unasked = open.map(([wire]) => wire).filter((wire) => !this.unanswered.has(wire));
      const { system, processor } = shell.hello;
      if (unasked.length === 0) return { system, processor, sections, ourClock };
      const asked = clockLast(forOneQuestion(unasked).slice(0, most));

      const answer = await this.ask(shell, asked);
      if (answer.kind === "record") {
        for (const [wire, section] of answer.sections) sections.set(wires.get(wire) ?? wire, section);
        if (answer.sections.has(clock)) ourClock = Date.now() / 1000;
        if (asked.every((wire) => answer.sections.has(wire))) continue;
      }
      // Each answer may be well, and all of them too much for one record.
      if (answer.kind === "dropped" && answer.reason === "too large" && asked.length > 1) {
        most = Math.ceil(asked.length / 2);
        continue;
      }
      if (answer.kind === "hung") {
        this.restart(shell);
        if (answer.request === null) throw this.noUse(`did not answer within ${this.deadlineMs / 1000} s`);
        this.unanswered.add(answer.request);
      } else {
        broken += 1;
        if (answer.kind === "flood" || broken === mostBroken) this.restart(shell);
        if (broken === mostBroken) {
          const much =
            answer.kind === "flood" || (answer.kind === "dropped" && answer.reason === "too large");
          const why = much ? "too much" : "garbage";
          throw this.noUse(`answered with ${why}, ${mostBroken} times in a row`);
        }
      }
    }
  }

  private async ask(shell: CollectorShell, asked: readonly string[]) {
    try {
      this.seq += 1;
      return await shell.ask(this.seq, asked, this.deadlineMs);
    } catch (error) {
      if (this.shell === shell) this.shell = null;
      this.unanswered.clear();
      throw error;
    }
  }

  private async connected(): Promise<CollectorShell> {
    if (this.closing.signal.aborted) throw this.noUse("is not looked at any more");
    if (this.shell) return this.shell;
    const shell = await startCollectorShell(
      this.host,
      this.deadlineMs,
      this.predecessor,
      this.closing.signal,
    );
    this.predecessor = null;
    if (this.closing.signal.aborted) {
      shell.kill();
      throw this.noUse("is not looked at any more");
    }
    this.shell = shell;
    return shell;
  }

  /** What hangs there would outlive a connection that only closes: the next shell ends it. */
  private restart(shell: CollectorShell): void {
    this.predecessor = { pid: shell.hello.pid, nonce: shell.nonce };
    shell.kill();
    this.shell = null;
  }

  private noUse(what: string): HostError {
    return new HostError({ kind: "protocol", message: `${this.host.name} ${what}`, retry: true });
  }
}

/** What is asked last was answered when the answer comes: both clocks are read at the same moment. */
function clockLast(wires: readonly string[]): readonly string[] {
  return wires.includes(clock) ? [...wires.filter((wire) => wire !== clock), clock] : wires;
}
