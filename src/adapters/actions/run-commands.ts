/** Runs the command lines of a plan, one after the other, with what launchctl needs patience for. */
import { isBootout, isBootstrap } from "../../model/actions/service-commands.ts";
import { sudoRefusal } from "../../model/actions/sudo-rules.ts";
import { saidLines, shownCommand } from "../../model/actions/tool-words.ts";
import type { ActionPlan } from "../../model/actions/types.ts";
import type { Host } from "../hosts/host.ts";
import type { Completed } from "../hosts/run.ts";
import { pause } from "./pause.ts";
import { serviceState } from "./service-state.ts";
import { runPlanned } from "./sudo.ts";

export interface Following {
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A stop waits for what stops: docker 10 s, systemd up to 90 s. */
const commandMs = 100_000;
const bootstrapMs = 10_000;
const betweenTriesMs = 500;

/** `null`: all did as they were told; else what went wrong, in lines. Rejects with `HostError`. */
export async function runCommands(
  host: Host,
  plan: ActionPlan,
  { progress, signal }: Following,
): Promise<readonly string[] | null> {
  for (const command of plan.commands) {
    progress(`${shownCommand(command)}…`);
    const done = isBootstrap(command)
      ? await bootstrap(host, plan, command, signal)
      : await runPlanned(host, command, { deadlineMs: commandMs, signal });
    if (done.code === 0) continue;
    // 3: there is nothing of that name (any more); 36: it is under way.
    if (isBootout(command) && (done.code === 3 || done.code === 36)) continue;
    return failure(host, command, done, signal);
  }
  return null;
}

/** Error 5 while the run before still ends: waits until launchd has let it go and tries again. */
async function bootstrap(
  host: Host,
  plan: ActionPlan,
  command: readonly string[],
  signal: AbortSignal,
): Promise<Completed> {
  const until = performance.now() + bootstrapMs;
  for (;;) {
    const done = await runPlanned(host, command, { deadlineMs: commandMs, signal });
    if (done.code !== 5 || performance.now() > until || signal.aborted) return done;
    // Loaded by somebody else meanwhile: that is what was wanted.
    const state = plan.service && (await serviceState(host, plan.service, { signal }));
    if (state?.loaded) return { ...done, code: 0 };
    await pause(betweenTriesMs, signal);
  }
}

function failure(host: Host, command: readonly string[], done: Completed, signal: AbortSignal): string[] {
  const shown = shownCommand(command);
  if (signal.aborted) return [`stopped waiting for: ${shown}`];
  if (done.timedOut) return [`it did not end within ${commandMs / 1000} s: ${shown}`];
  const refusal = command[0] === "sudo" ? sudoRefusal(done.code, done.stderr) : null;
  if (refusal !== null)
    return [
      refusal === "password"
        ? `sudo on ${host.name} asks for the password again: it remembers none (timestamp_timeout, or another terminal)`
        : `sudo on ${host.name} does not let us`,
      ...saidLines("", done.stderr),
    ];
  const status =
    done.code === null ? `ended by ${done.signal ?? "a lost connection"}` : `exit status ${done.code}`;
  return [`this failed (${status}): ${shown}`, ...saidLines(done.stdout, done.stderr)];
}
