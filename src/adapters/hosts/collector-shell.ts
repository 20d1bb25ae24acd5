/** One connection of a collector: a shell that was started, greeted us, and answers questions. */
import {
  CollectorFrames,
  type CollectorHello,
  type CollectorRecord,
  type DroppedRecord,
} from "../../model/hosts/collector-frames.ts";
import { question } from "../../model/hosts/collector-requests.ts";
import { cleanText } from "../../model/text/clean.ts";
import { collectorProtocol, collectorScript } from "./collector-script.ts";
import { deadline } from "./deadline.ts";
import { type Channel, type Host, HostError } from "./host.ts";

/** How much beyond its bounds a record may go before the shell is ended, in bytes. What is beyond is not kept. */
const toleratedExcess = 4 * 1024 * 1024;
/** Kept of what the shell says on its standard error: it is expected to say nothing. */
const longestComplaint = 2048;

/** The section that was being answered when the deadline came; `null`: none had begun. */
interface Hung {
  readonly kind: "hung";
  readonly request: string | null;
}

/** It did not stop printing, and was ended. */
interface Flood {
  readonly kind: "flood";
}

type ShellAnswer = CollectorRecord | DroppedRecord | Hung | Flood;

export interface CollectorShell {
  readonly hello: CollectorHello;
  /** Stands on its command line there, by which it is known. */
  readonly nonce: string;
  /** Asks; each section has `deadlineMs` to answer. After `hung` or `flood` the shell is of no use. Rejects with `HostError`. */
  ask(seq: number, requests: readonly string[], deadlineMs: number): Promise<ShellAnswer>;
  kill(): void;
}

/** A shell that hung and may still be there. */
export interface Predecessor {
  readonly pid: number;
  readonly nonce: string;
}

/** Starts the shell and waits for its greeting, at most `deadlineMs` once it runs. Rejects with `HostError`. */
export async function startCollectorShell(
  host: Host,
  deadlineMs: number,
  before: Predecessor | null,
  signal: AbortSignal,
): Promise<CollectorShell> {
  // Not at the start of the program: it would take a twentieth of the time to the first picture.
  const { randomBytes } = await import("node:crypto");
  const nonce = randomBytes(8).toString("hex");
  // Another one, and on no command line: whoever can read that could else write answers of ours into a log.
  const mark = randomBytes(8).toString("hex");
  const further = before ? [String(before.pid), before.nonce] : [];
  const channel = await host.open(["/bin/sh", "-s", nonce, ...further], { signal });
  const wire = new Wire(host, channel, mark);
  channel.stdin.write(collectorScript(mark));
  const hello = await wire.greeting(deadlineMs);
  return {
    hello,
    nonce,
    ask: (seq, requests, perSectionMs) => wire.ask(seq, requests, perSectionMs),
    kill: () => channel.kill(),
  };
}

class Wire {
  private readonly host: Host;
  private readonly channel: Channel;
  private readonly frames: CollectorFrames;
  private complaint = "";
  private hello: CollectorHello | null = null;
  private seq = -1;
  private open: string | null = null;
  private answer: ShellAnswer | null = null;
  private ended = false;
  /** Called at everything new. */
  private wake = () => {};

  constructor(host: Host, channel: Channel, mark: string) {
    this.host = host;
    this.channel = channel;
    this.frames = new CollectorFrames(mark);
    channel.stdout.on("data", (bytes: Buffer) => this.take(bytes));
    channel.stderr.on("data", (bytes: Buffer) => {
      this.complaint = (this.complaint + bytes.toString("utf8")).slice(0, longestComplaint);
    });
    channel.exited.then(() => {
      this.ended = true;
      this.wake();
    });
  }

  async greeting(deadlineMs: number): Promise<CollectorHello> {
    if (!(await this.until(() => this.hello !== null, deadlineMs))) {
      const gone = this.ended;
      this.channel.kill();
      throw this.trouble(
        gone ? "ended its shell at once" : `started no shell within ${deadlineMs / 1000} s`,
        "protocol",
      );
    }
    if (this.hello?.protocol !== collectorProtocol || this.hello.pid < 0) {
      this.channel.kill();
      throw this.trouble("answered with garbage", "protocol");
    }
    return this.hello;
  }

  async ask(seq: number, requests: readonly string[], deadlineMs: number): Promise<ShellAnswer> {
    if (this.ended) throw this.trouble("is not connected any more", "lost");
    this.seq = seq;
    this.open = null;
    this.answer = null;
    this.channel.stdin.write(question(seq, requests));
    for (;;) {
      const { open } = this;
      const moved = await this.until(() => this.answer !== null || this.open !== open, deadlineMs);
      if (this.answer !== null) return this.answer;
      if (moved) continue;
      if (this.ended) throw this.trouble("is not connected any more", "lost");
      this.channel.kill();
      return { kind: "hung", request: this.open };
    }
  }

  private take(bytes: Buffer): void {
    for (const frame of this.frames.push(bytes)) {
      if (frame.kind === "hello") this.hello = frame;
      // An answer to an older question is too late for anyone.
      else if (frame.seq !== this.seq) continue;
      else if (frame.kind === "opened") this.open = frame.request;
      else this.answer = frame;
    }
    if (this.frames.excess > toleratedExcess) {
      this.answer = { kind: "flood" };
      this.channel.kill();
    }
    this.wake();
  }

  /** Whether it came true before the deadline and before the end of the shell. */
  private until(reached: () => boolean, deadlineMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (result: boolean) => {
        callOff();
        this.wake = () => {};
        resolve(result);
      };
      const callOff = deadline(deadlineMs, () => done(false));
      this.wake = () => {
        if (reached()) done(true);
        else if (this.ended) done(false);
      };
      this.wake();
    });
  }

  private trouble(what: string, kind: "protocol" | "lost"): HostError {
    return new HostError({
      kind,
      message: `${this.host.name} ${what}`,
      details: this.complaint
        .split("\n")
        .map((line) => cleanText(line))
        .filter((line) => line !== "")
        .slice(0, 5),
      retry: true,
    });
  }
}
