/** Lines of text for people: on stderr beside a command's own output, or on stdout where they are the answer. */
import { fstatSync, writeSync } from "node:fs";
import { systemReason } from "../adapters/system/system-reason.ts";
import { toAscii } from "../model/report/ascii.ts";
import type { Line, Tone } from "../model/report/line.ts";

export interface TextOutput {
  print(lines: readonly Line[]): void;
}

export interface TextOutputOptions {
  stream: NodeJS.WriteStream;
  ascii: boolean;
  /** Colours where the stream is a terminal that has them and the person did not refuse them. */
  color: boolean;
}

const colors: Readonly<Record<Tone, string | null>> = {
  plain: null,
  good: "32",
  running: "34",
  attention: "33",
  failed: "31",
  dim: "2",
};

/** Where lines go. A reader that went away is no reason to stop: a build may depend on us. */
export function textOutput(options: TextOutputOptions): TextOutput {
  const { stream, ascii } = options;
  const color = options.color && hasColors(stream);
  return {
    print: (lines) => {
      const rows = lines.map(({ text, tone }) => {
        const shown = ascii ? toAscii(text) : text;
        const code = colors[tone];
        return color && code ? `\x1b[${code}m${shown}\x1b[0m\n` : `${shown}\n`;
      });
      if (rows.length > 0 && !stream.destroyed) stream.write(rows.join(""));
    },
  };
}

/** Keeps lines back until `release`; without it they are never printed. */
export function heldOutput(output: TextOutput): TextOutput & { release: () => void } {
  let held: Line[] | null = [];
  return {
    print: (lines) => {
      if (held) held.push(...lines);
      else output.print(lines);
    },
    release: () => {
      if (held) output.print(held);
      held = null;
    },
  };
}

/**
 * NO_COLOR (https://no-color.org) wins; FORCE_COLOR asks for colours on what is no terminal.
 */
function hasColors(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "0" && FORCE_COLOR !== "false") return true;
  return stream.isTTY === true && TERM !== "dumb";
}

/** What could not be written for another reason than that nobody reads it: the system's error. */
const lost = new Map<NodeJS.WriteStream, NodeJS.ErrnoException>();

/**
 * Keeps a closed pipe, a vanished terminal or a full disk from ending us in the middle of somebody's build. What a reader
 * that went away does not take is nobody's loss; `lostOutput` tells of the rest.
 */
export function outliveReaders(): void {
  for (const [stream, descriptor] of [
    [process.stdout, 1],
    [process.stderr, 2],
  ] as const) {
    writeWhole(stream, descriptor);
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!isGoneReader(error, stream) && !lost.has(stream)) lost.set(stream, error);
      stream.destroy();
    });
  }
}

/** Why standard output or standard error holds less than was said, in the system's words; `null`: it holds all. */
export function lostOutput(which: "stdout" | "stderr"): string | null {
  const error = lost.get(process[which]);
  return error === undefined ? null : systemReason(error);
}

function isGoneReader({ code }: NodeJS.ErrnoException, { isTTY }: NodeJS.WriteStream): boolean {
  return code === "EPIPE" || code === "ECONNRESET" || (code === "EIO" && isTTY === true);
}

/**
 * Node writes to a file with one write(2) and does not look how much of it was taken (nodejs/node
 * lib/internal/fs/sync_write_stream.js): on a disk that fills up the rest would be lost without a word.
 */
function writeWhole(stream: NodeJS.WriteStream, descriptor: number): void {
  try {
    const kind = fstatSync(descriptor);
    if (!kind.isFile() && (stream.isTTY || !kind.isCharacterDevice())) return;
  } catch (error) {
    // Closed by whoever started us: then the first write says so.
    if ((error as NodeJS.ErrnoException).code === "EBADF") return;
    throw error;
  }
  stream._write = (chunk: Uint8Array | string, encoding, callback) => {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at);
      callback();
    } catch (error) {
      callback(error as NodeJS.ErrnoException);
    }
  };
}

/** Writes to standard output and waits until it was taken; `false` when nobody reads it any more. */
export function writeToStdout(chunk: string | Uint8Array): Promise<boolean> {
  if (process.stdout.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => process.stdout.write(chunk, (error) => resolve(!error)));
}

const packBytes = 64 * 1024;

/**
 * Writes pieces one after the other, packed into one buffer that is used again: one for each piece would be as much
 * memory as the whole text until V8 looks for it. False: nobody reads any more.
 */
export async function writePieces(pieces: Iterable<string>): Promise<boolean> {
  const pack = Buffer.allocUnsafe(packBytes);
  let used = 0;
  for (const piece of pieces) {
    // A character takes three bytes at most.
    const longest = 3 * piece.length;
    if (used + longest > pack.length && used > 0) {
      if (!(await writeToStdout(pack.subarray(0, used)))) return false;
      used = 0;
    }
    if (longest <= pack.length) used += pack.write(piece, used);
    else if (!(await writeToStdout(piece))) return false;
  }
  return used === 0 || writeToStdout(pack.subarray(0, used));
}
