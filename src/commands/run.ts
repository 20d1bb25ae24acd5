/** `buildtop run -- COMMAND…` and `buildtop build …`. */
import { closeSync, openSync, readSync } from "node:fs";
import { constants } from "node:os";
import { nixSystem } from "../adapters/nix/nix-version.ts";
import { CannotStart, type CommandEnd } from "../adapters/nix-log/child-process.ts";
import { type CommandPlan, planCommand } from "../model/command-line/plan-command.ts";
import { digest } from "../model/report/digest.ts";
import { cleanText } from "../model/text/clean.ts";
import { type CapturedRun, runCaptured } from "./captured.ts";
import { lookForCauses } from "./look-for-causes.ts";
import { type TextOutput, textOutput } from "./output.ts";
import { rememberFailures } from "./remember-failures.ts";
import type { DisplaySettings } from "./settings.ts";

export interface RunSettings extends DisplaySettings {
  /** Keep the dashboard open after the command's end. */
  stay: boolean;
}

/** Runs the command and returns the exit status for us: the command's own, 130 after Ctrl-C, 127 or 126 if it cannot start. */
export async function run(argv: readonly string[], settings: RunSettings): Promise<number> {
  const output = textOutput({ stream: process.stderr, ascii: settings.ascii, color: true });
  const plan = planCommand(argv, { system: nixSystem(), isScript });
  const title = cleanText(argv.join(" "));
  try {
    if (plan.kind === "nix") return await runNix(plan, title, settings, output);
    if (plan.kind === "interactive") return await runInteractive(plan, title, settings, output);
    const { runProgram } = await import("./run-program.ts");
    return await runProgram(plan, title, output);
  } catch (error) {
    if (!(error instanceof CannotStart)) throw error;
    process.stderr.write(`buildtop: ${cleanText(error.message)}\n`);
    return error.exitCode;
  }
}

async function runNix(
  plan: CommandPlan & { kind: "nix" },
  title: string,
  settings: RunSettings,
  output: TextOutput,
): Promise<number> {
  const ended = await runCaptured(plan.command, {
    ...{ title, settings, output },
    ...{ keepStdout: true, stay: settings.stay, purpose: "command" },
  });
  return await report(ended, title, output);
}

/**
 * First what the command needs is built in plain sight, then the command itself gets the terminal. A preparation that
 * fails without a failed build is no verdict (an app is no package, an option is unknown): the command itself says
 * what is wrong, in Nix's words.
 */
async function runInteractive(
  plan: CommandPlan & { kind: "interactive" },
  title: string,
  settings: RunSettings,
  output: TextOutput,
): Promise<number> {
  let tookScreen = false;
  for (const invocation of plan.prepare) {
    const ended = await runCaptured(invocation, {
      ...{ title, settings, output },
      ...{ keepStdout: false, stay: false, purpose: "preparation" },
    });
    tookScreen ||= ended.tookScreen;
    const failedBuild = ended.builds.failures.length > 0 || ended.builds.counts.failed > 0;
    if (ended.interrupted || ended.signal !== null || failedBuild) return await report(ended, title, output);
    if (ended.exitCode === 0) {
      const { counts, transfers } = ended.builds;
      if (ended.tookScreen && (counts.done > 0 || transfers.paths > 0)) await report(ended, title, output);
      break;
    }
  }
  const { runInTerminal } = await import("../adapters/system/terminal-child.ts");
  return exitStatus(await runInTerminal(plan.command, { keysWereRead: tookScreen }), false);
}

async function report(ended: CapturedRun, title: string, output: TextOutput): Promise<number> {
  const causes = await lookForCauses(ended.builds, output);
  output.print(digest(ended.builds, { ...ended, unseen: [], causes }));
  output.print(await rememberFailures(ended.builds, { title, ...ended }));
  return exitStatus(ended, ended.interrupted);
}

/** As a shell counts: a death by signal is 128 and its number. */
export function exitStatus(end: CommandEnd, interrupted: boolean): number {
  if (interrupted && end.exitCode !== 0) return 128 + constants.signals.SIGINT;
  if (end.signal !== null) return 128 + constants.signals[end.signal];
  return end.exitCode ?? 1;
}

function isScript(path: string): boolean {
  try {
    const descriptor = openSync(path, "r");
    const start = Buffer.alloc(2);
    const length = readSync(descriptor, start, 0, 2, 0);
    closeSync(descriptor);
    return length === 2 && start.toString("latin1") === "#!";
  } catch {
    return false;
  }
}
