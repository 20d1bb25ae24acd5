/**
 * Recorded streams, played again: at the pace at which they were recorded, faster, or at once.
 */
import { accessSync, closeSync, constants, openSync, readFileSync, readSync, statSync } from "node:fs";
import { Socket } from "node:net";
import type { NixLogStream } from "../../model/nix-log/types.ts";

/** A file that cannot be replayed; the message is one line that says why. */
export class UnreadableRecording extends Error {}

/** A file that can be read. */
export interface Recording {
  readonly path: string;
  /** When each line arrived, in ms after the start; `null` where nobody wrote it down. */
  readonly times: readonly number[] | null;
  /** Nobody knows when more will come. */
  readonly isPipe: boolean;
}

export interface Replay {
  /** Milliseconds on the recording's own clock: 0 at its start. The clock of all times in the model. */
  now(): number;
  /** Resolves when all was read or `stop` was called, with a line for each file that broke off. Never rejects. */
  readonly ended: Promise<string[]>;
  stop(): void;
}

const chunkBytes = 256 * 1024;
/** A times file is a number for each line; more than this is not one. */
const longestTimesFile = 256 * 1024 * 1024;

/**
 * Looks at the file and at FILE.times beside it (`x.times` for `x.log`): one number for each line, the milliseconds
 * after the start at which it arrived. Throws `UnreadableRecording`.
 */
export function openRecording(path: string): Recording {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw new UnreadableRecording(`${path}: is a directory, not a recorded stream`);
    // Not by opening it: who writes into a named pipe ends when its reader goes.
    accessSync(path, constants.R_OK);
    if (stat.isFIFO()) return { path, times: null, isPipe: true };
  } catch (error) {
    throw error instanceof UnreadableRecording ? error : new UnreadableRecording(`${path}: ${reason(error)}`);
  }
  return { path, times: readTimes(path), isPipe: false };
}

function readTimes(path: string): number[] | null {
  const timesPath = path.endsWith(".log") ? `${path.slice(0, -4)}.times` : `${path}.times`;
  try {
    if (statSync(timesPath).size > longestTimesFile) return null;
    const times = readFileSync(timesPath, "utf8").trim().split("\n").map(Number);
    return times.every((time, at) => Number.isFinite(time) && time >= (times[at - 1] ?? 0)) ? times : null;
  } catch {
    // Nobody wrote the times down; the recording is no worse for it.
    return null;
  }
}

/**
 * Plays recordings together, each into its own stream, as if all had begun at the same moment. `speed` is a factor on
 * the recorded times, `null` is as fast as it can be read. A recording without times is read at once.
 */
export function startReplay(
  recordings: readonly { recording: Recording; stream: NixLogStream }[],
  speed: number | null,
): Replay {
  const abort = new AbortController();
  const started = performance.now();
  let reached = 0;
  const clock = () => (speed === null ? reached : Math.max(reached, (performance.now() - started) * speed));
  const play = async ({
    recording,
    stream,
  }: {
    recording: Recording;
    stream: NixLogStream;
  }): Promise<void> => {
    const parts = recording.isPipe ? readPipe(recording.path, abort.signal) : readParts(recording);
    for await (const part of parts) {
      if (speed !== null && part.at > clock()) await sleep((part.at - clock()) / speed, abort.signal);
      else await immediate();
      if (abort.signal.aborted) return;
      reached = Math.max(reached, part.at);
      stream.feed(part.bytes, part.at);
    }
    if (!abort.signal.aborted) stream.end(reached);
  };
  const troubles = recordings.map((each) =>
    play(each).then(
      () => [],
      (error) => [`${each.recording.path}: ${reason(error)}`],
    ),
  );
  return {
    now: clock,
    ended: Promise.all(troubles).then((lists) => lists.flat()),
    stop: () => abort.abort(),
  };
}

/** A piece of a recording, and the time at which its lines arrived, in ms after the start. */
interface Part {
  bytes: Uint8Array;
  at: number;
}

/** What comes through a named pipe or a process substitution of the shell, until its writer goes or `signal` stops it. */
async function* readPipe(path: string, signal: AbortSignal): AsyncGenerator<Part> {
  // Opened so that it does not wait for a writer: a read that waits cannot be called off, and would hold up the exit.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  let came = Promise.withResolvers<number>();
  let trouble: Error | null = null;
  const pipe = new Socket({
    ...{ fd, readable: true, writable: false, signal },
    // One buffer for all that comes; no more is read until it has been fed.
    onread: {
      buffer,
      callback: (length) => {
        came.resolve(length);
        return false;
      },
    },
  });
  pipe.once("error", (error) => {
    if (!signal.aborted) trouble = error;
  });
  pipe.once("close", () => came.resolve(0));
  pipe.resume();
  for (let length = await came.promise; length > 0; length = await came.promise) {
    came = Promise.withResolvers<number>();
    yield { bytes: buffer.subarray(0, length), at: 0 };
    pipe.resume();
  }
  if (trouble !== null) throw trouble;
}

/** Pieces of the file, each with the time at which its lines arrived. Without times: all at 0. */
function* readParts(recording: Recording): Generator<Part> {
  const descriptor = openSync(recording.path, "r");
  try {
    const { times } = recording;
    const buffer = Buffer.allocUnsafe(chunkBytes);
    let line = 0;
    for (let length = readSync(descriptor, buffer); length > 0; length = readSync(descriptor, buffer)) {
      if (times === null) {
        yield { bytes: buffer.subarray(0, length), at: 0 };
        continue;
      }
      let start = 0;
      let at = times[Math.min(line, times.length - 1)] ?? 0;
      for (let end = buffer.indexOf(10); end >= 0 && end < length; end = buffer.indexOf(10, end + 1)) {
        line += 1;
        const next = times[Math.min(line, times.length - 1)] ?? at;
        if (next === at) continue;
        yield { bytes: buffer.subarray(start, end + 1), at };
        start = end + 1;
        at = next;
      }
      if (start < length) yield { bytes: buffer.subarray(start, length), at };
    }
  } finally {
    closeSync(descriptor);
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "may not be read by you";
  return message;
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
  });
}

function immediate(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
