/** The one place where a program of this machine is asked something short. */
import { atExit } from "./at-exit.ts";

export interface Answer {
  stdout: string;
  stderr: string;
  /** `null`: it could not be started, was killed, or did not answer in time. */
  exitCode: number | null;
}

/** More than any answer we ask for. */
const longestAnswer = 16 * 1024 * 1024;

/**
 * Runs a program without a terminal, in the C locale so that numbers and words are the same everywhere, and waits for its
 * end, at most `deadlineMs`. Never rejects; what was printed until then is in the answer.
 */
export async function ask(program: string, args: readonly string[], deadlineMs: number): Promise<Answer> {
  // Loaded when the first question is asked: `run` starts its command before.
  const { execa } = await import("execa");
  const child = execa(program, args, {
    env: { LC_ALL: "C" },
    stdin: "ignore",
    reject: false,
    timeout: deadlineMs,
    forceKillAfterDelay: 500,
    maxBuffer: longestAnswer,
    // It would swallow signals (see at-exit.ts).
    cleanup: false,
  });
  const forget = atExit(() => child.kill("SIGKILL"));
  const { stdout, stderr, exitCode } = await child;
  forget();
  return { stdout, stderr, exitCode: exitCode ?? null };
}
