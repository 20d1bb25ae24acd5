/** One short command on a host, with a deadline. */
import type { Exit } from "../../model/hosts/types.ts";
import { cleanText } from "../../model/text/clean.ts";
import { type Channel, type Host, HostError } from "./host.ts";
import { orAborted } from "./or-aborted.ts";

export interface Completed extends Exit {
  /** Raw: clean it before it is kept. Cut at `maxBytes`. */
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  /** From the call on, connecting included. */
  readonly deadlineMs: number;
  readonly maxBytes?: number;
  readonly keepTerminalSession?: boolean;
  readonly signal?: AbortSignal;
}

/** More than any answer that is asked for. */
const longestAnswer = 1024 * 1024;

/**
 * Runs a command to its end and returns what it printed. At the deadline or at `signal` it is ended; `timedOut` is told
 * then, for both. What goes beyond `maxBytes` (each of stdout and stderr, 1 MiB) is read and thrown away, so that the
 * command itself is not disturbed. Rejects with `HostError`, and only where the host cannot be reached in that time.
 */
export async function run(host: Host, command: readonly string[], options: RunOptions): Promise<Completed> {
  const deadline = AbortSignal.timeout(options.deadlineMs);
  const stop = options.signal ? AbortSignal.any([deadline, options.signal]) : deadline;
  const channel = await reach(host, command, stop, options);
  const stdout = new Kept(channel.stdout, options.maxBytes ?? longestAnswer);
  const stderr = new Kept(channel.stderr, options.maxBytes ?? longestAnswer);
  let timedOut = false;
  let tooLate = () => {};
  const late = new Promise<void>((resolve) => {
    tooLate = resolve;
  });
  const end = () => {
    timedOut = true;
    channel.kill();
    tooLate();
  };
  if (stop.aborted) end();
  else stop.addEventListener("abort", end, { once: true });
  channel.stdin.end(options.stdin ?? "");
  // A killed command may be slow to die, and a lost connection never says so: the deadline is the caller's, not theirs.
  const exit = await Promise.race([channel.exited, late]);
  stop.removeEventListener("abort", end);
  return {
    ...(exit ?? { code: null, signal: null }),
    stdout: stdout.text(),
    stderr: stderr.text(),
    timedOut,
  };
}

/**
 * The text of a file on a host, at most `maxBytes` (64 KiB) of it; `null` where it cannot be read. Rejects as `run`.
 */
export async function readFile(
  host: Host,
  path: string,
  options: { readonly maxBytes?: number; readonly deadlineMs: number; readonly signal?: AbortSignal },
): Promise<string | null> {
  const { maxBytes = 64 * 1024, ...rest } = options;
  const command = ["head", "-c", String(maxBytes), "--", path];
  const { code, stdout } = await run(host, command, { ...rest, maxBytes });
  return code === 0 ? stdout : null;
}

async function reach(
  host: Host,
  command: readonly string[],
  signal: AbortSignal,
  { deadlineMs, keepTerminalSession = false }: RunOptions,
): Promise<Channel> {
  const late = () =>
    new HostError({
      kind: "timeout",
      message: `${host.name} did not answer within ${deadlineMs / 1000} s: ${cleanText(command[0] ?? "")} was not run`,
      retry: true,
    });
  if (signal.aborted) throw late();
  const opening = host.open(command, { signal, keepTerminalSession });
  try {
    return await orAborted(opening, signal, late);
  } catch (error) {
    // It may come up after all: then nobody wants it any more.
    opening.then(
      (channel) => channel.kill(),
      () => {},
    );
    if (error instanceof HostError || !signal.aborted) throw error;
    throw late();
  }
}

/** The beginning of a stream; the rest is read and forgotten. */
class Kept {
  private readonly chunks: Buffer[] = [];
  private room: number;

  constructor(stream: NodeJS.ReadableStream, room: number) {
    this.room = room;
    stream.on("data", (chunk: Buffer) => {
      if (this.room === 0) return;
      const kept = chunk.subarray(0, this.room);
      this.room -= kept.length;
      this.chunks.push(kept);
    });
  }

  text(): string {
    return Buffer.concat(this.chunks).toString("utf8");
  }
}
