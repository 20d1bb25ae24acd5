/** What the dashboard's keys can have done to the machines it shows. */
import { spawnSync } from "node:child_process";
import { readLogHere } from "../adapters/actions/read-log.ts";
import type { MachineWatch } from "../adapters/machine/machine-watch.ts";
import { shownCommand } from "../model/actions/tool-words.ts";
import {
  type ActionPlan,
  ActionRefused,
  type ActionTarget,
  type ActionVerb,
  type TerminalPrompt,
} from "../model/actions/types.ts";
import type { DashboardActions, MachineAction } from "../views/dashboard-options.ts";

type MachineActions = Required<
  Pick<
    DashboardActions,
    | "prepareBuilderAction"
    | "prepareDaemonRestart"
    | "lookAgain"
    | "builderLogCommand"
    | "listSettings"
    | "prepareSetting"
    | "prepareUndo"
  >
>;

/** From the command to the last proof: a VM boots meanwhile. */
const deadlineMs = 240_000;
/** Lines of a builder's log that are handed to the pager. */
const logLines = 2_000;

/** `watchAt`: by the place in which the dashboard lists it. What it takes to act is loaded with the first action. */
export function machineActions(machines: {
  readonly watchAt: (index: number) => MachineWatch | null;
  readonly lookAgain: () => void;
}): MachineActions {
  const watchAt = (index: number): MachineWatch => {
    const watch = machines.watchAt(index);
    if (!watch) throw new ActionRefused("this machine is not watched yet, or not any more");
    return watch;
  };
  return {
    prepareBuilderAction: async (verb, index, key, signal) =>
      prepare(watchAt(index), verb, { kind: "builder", key }, signal),
    prepareDaemonRestart: async (index, signal) =>
      prepare(watchAt(index), "restart", { kind: "daemon" }, signal),
    lookAgain: machines.lookAgain,
    builderLogCommand: (index, key) => {
      const watch = machines.watchAt(index);
      const builder = watch?.status().builders.find((each) => each.key === key);
      return watch && builder ? readLogHere(watch, builder, logLines) : null;
    },
    listSettings: async (index, signal) =>
      (await import("./setting-actions.ts")).listSettings(watchAt(index), signal),
    prepareSetting: async (index, key, typed, signal) =>
      (await import("./setting-actions.ts")).prepareSetting(watchAt(index), key, typed, signal),
    prepareUndo: async (index, signal) =>
      (await import("./setting-actions.ts")).prepareUndo(watchAt(index), signal),
  };
}

async function prepare(
  watch: MachineWatch,
  verb: ActionVerb,
  target: ActionTarget,
  signal: AbortSignal,
): Promise<MachineAction> {
  const [{ planAction }, { runAction }, { promptFailure }] = await Promise.all([
    import("../adapters/actions/plan-action.ts"),
    import("../adapters/actions/run-action.ts"),
    import("../adapters/actions/sudo.ts"),
  ]);
  const plan = await planAction(verb, watch, target, { signal });
  const { access } = plan;
  if (access.kind === "denied" || (access.kind === "password" && access.prompt === null))
    throw new ActionRefused(access.lines.join("\n"));
  const prompt = access.kind === "password" ? access.prompt : null;
  let end = { exitCode: null as number | null, signal: null as string | null };
  return {
    title: plan.title,
    change: [
      ...changeLines(plan),
      ...(prompt ? ["", "sudo asks for your password first, in this terminal"] : []),
    ],
    ...(prompt
      ? {
          terminalFirst: () => {
            end = withTerminal(prompt);
            return promptFailure(prompt, end);
          },
        }
      : {}),
    deadlineMs,
    run: async (stop, progress) => {
      const result = await runAction(plan, watch, { progress, signal: stop, askPassword: async () => end });
      if (result.ok) return result.line;
      throw new Error(result.lines.join("\n"));
    },
  };
}

/** What is shown before "yes": the commands, and what else comes of them. */
function changeLines({ commands, consequences }: ActionPlan): MachineAction["change"] {
  const grave = consequences.map((text) => ({ text, tone: "plain" as const, grave: true }));
  return [...commands.map(shownCommand), ...(grave.length > 0 ? ["", ...grave] : [])];
}

/**
 * The caller has stepped aside from the terminal. Nothing of ours runs meanwhile: a child that is waited for in the
 * background would lose keys to us.
 */
function withTerminal({ words }: TerminalPrompt): { exitCode: number | null; signal: string | null } {
  const [program = "", ...rest] = words;
  const { status, signal, error } = spawnSync(program, rest, { stdio: "inherit" });
  return { exitCode: error ? 127 : status, signal };
}
