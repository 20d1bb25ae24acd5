/**
 * Whether there is a screen to draw on and keys to read. Decided before Ink is loaded: left to itself it draws nothing
 * under CI=1, waits for ever where only stdout is a pipe, and throws where only stdin is one.
 */
import { closeSync, openSync } from "node:fs";
import { isatty, ReadStream } from "node:tty";

export interface Screen {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  /** Gives back what was opened for it. */
  release(): void;
}

/** The terminal, with keys from /dev/tty where standard input is something else; `null` where text has to do. */
export function findScreen(): Screen | null {
  const { stdout } = process;
  if (!stdout.isTTY || process.env.TERM === "dumb") return null;
  if (isatty(0)) return { stdin: process.stdin, stdout, release: () => process.stdin.destroy() };
  let descriptor: number;
  try {
    descriptor = openSync("/dev/tty", "r");
  } catch {
    // A terminal to write on, but none that is ours to read (a job of cron with its output to a tty, say).
    return null;
  }
  try {
    const keys = new ReadStream(descriptor);
    return { stdin: keys, stdout, release: () => keys.destroy() };
  } catch {
    closeSync(descriptor);
    return null;
  }
}
