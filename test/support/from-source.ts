/** The program as it stands in src/, started as a person's shell would: without a terminal, and without colours. */
import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { finished, type Result } from "./lab.ts";

const cli = resolve(import.meta.dirname, "../../src/cli.ts");

export function startBuildtop(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream } {
  return spawn(process.execPath, ["--import", "tsx", cli, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
    env: { ...process.env, NO_COLOR: "1", ...env },
  });
}

/** Resolves when it has ended, with all that it printed. */
export function runBuildtop(
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<Result> {
  return finished(startBuildtop(args, env), ["buildtop", ...args]);
}
