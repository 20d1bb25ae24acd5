/**
 * A command that we start: its stderr is the stream, everything else is left as it was.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Invocation } from "../../model/command-line/plan-command.ts";

export interface ChildOptions {
  /** The command's standard input: ours, or nothing where the dashboard reads the keys. */
  stdin: "inherit" | "ignore";
  /** The command's standard output: ours, nothing, or an open file. */
  stdout: "inherit" | "ignore" | number;
  /** `true`: stderr comes to us. `false`: it stays ours, to be shared with the command. */
  captureStderr: boolean;
  env: NodeJS.ProcessEnv;
}

export interface CommandEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

export interface StartedChild {
  readonly pid: number;
  /** Hands over what stderr says, from its first byte on. Call it once; until then nothing is read. */
  onStderr(feed: (chunk: Uint8Array) => void): void;
  /** Sends a signal; nothing happens when the command is gone. */
  kill(signal: NodeJS.Signals): void;
  /** The command's end, after all that it wrote was handed over. */
  readonly ended: Promise<CommandEnd>;
}

/**
 * How long stderr may stay open after the command's end. Something that the command left behind can hold it (ssh's
 * connection sharing does), and the command is over all the same.
 */
const afterEndMs = 500;

/** A command that could not be started. `exitCode` is what a shell would return for it: 127 or 126. */
export class CannotStart extends Error {
  readonly exitCode: 126 | 127;
  constructor(program: string, cause: NodeJS.ErrnoException) {
    // A directory of PATH that may not be searched gives EACCES as well (execvp(3)), though nothing of the name is there.
    const missing = cause.code === "ENOENT" || (cause.code === "EACCES" && !isThere(program));
    super(
      missing ? `${program}: there is no such command` : `${program}: cannot be executed (${cause.code})`,
    );
    this.exitCode = missing ? 127 : 126;
  }
}

function isThere(program: string): boolean {
  if (program.includes("/")) return existsSync(program);
  return (process.env.PATH ?? "").split(delimiter).some((path) => existsSync(join(path, program)));
}

/**
 * Starts the command in our process group, so that it keeps the terminal for what asks there (ssh, sudo) and is
 * stopped and continued together with us. Throws `CannotStart`.
 */
export async function startChild(invocation: Invocation, options: ChildOptions): Promise<StartedChild> {
  const { program, args } = invocation;
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      stdio: [options.stdin, options.stdout, options.captureStderr ? "pipe" : "inherit"],
      env: { ...options.env, ...invocation.env },
    });
    await once(child, "spawn");
  } catch (error) {
    throw new CannotStart(program, error as NodeJS.ErrnoException);
  }
  const { stderr } = child;
  stderr?.on("error", () => stderr.destroy());
  const drained = stderr ? new Promise<void>((resolve) => stderr.once("close", resolve)) : Promise.resolve();
  const ended = new Promise<CommandEnd>((resolve) => {
    child.once("exit", async (exitCode, signal) => {
      const deadline = setTimeout(() => stderr?.destroy(), afterEndMs);
      await drained;
      clearTimeout(deadline);
      resolve({ exitCode, signal });
    });
  });
  return {
    pid: child.pid!,
    ended,
    onStderr: (feed) => stderr?.on("data", feed),
    kill: (signal) => {
      child.kill(signal);
    },
  };
}
