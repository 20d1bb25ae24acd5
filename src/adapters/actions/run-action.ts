/** The one door through which anything on a machine is started, stopped or tried: runs it, and waits until it is true. */
import { saidLines, shownCommand } from "../../model/actions/tool-words.ts";
import type { ActionPlan, ActionResult, TerminalPrompt } from "../../model/actions/types.ts";
import { parseStoreInfo } from "../../model/machine/store-info.ts";
import { formatDuration } from "../../model/units.ts";
import { HostError } from "../hosts/host.ts";
import { awaitBuilder, awaitDaemon } from "./await-answer.ts";
import { awaitGone, awaitRun } from "./await-run.ts";
import { type ActionWatch, isDaemonService } from "./plan-action.ts";
import { type Following, runCommands } from "./run-commands.ts";
import { askStoreWith, type StoreAnswer, storeWords } from "./store-answer.ts";
import { promptFailure, relayedOutput } from "./sudo.ts";

/** How a program that had the terminal to itself ended. */
interface TerminalEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface RunActionOptions {
  /** Each step, in place of the one before. */
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
  /**
   * Gives the person's own terminal to a program of this machine, waits for it without reading keys meanwhile, and tells
   * how it ended. `null`: nobody is there to type a password.
   */
  readonly askPassword: ((prompt: TerminalPrompt) => Promise<TerminalEnd>) | null;
}

/** From the command to a run of its own, and from there to an answer. A VM boots in 12 to 40 s. */
const runMs = 30_000;
const daemonMs = 30_000;
const builderMs = 120_000;
const testMs = 30_000;

/** Never rejects for what happens on the machine: that is the result. */
export async function runAction(
  plan: ActionPlan,
  watch: ActionWatch,
  options: RunActionOptions,
): Promise<ActionResult> {
  const began = performance.now();
  try {
    const root = await becomeRoot(plan, watch, options);
    if (root.kind === "stopped") return { ok: false, lines: root.lines, nothingDone: true };
    if (plan.verb === "test") return await test(plan, watch, root, options);
    if (root.kind === "relayed" && root.exitCode !== 0)
      return {
        ok: false,
        lines: [`this failed over there (exit status ${root.exitCode})`, ...saidLines(root.said, "")],
      };
    const failed = root.kind === "relayed" ? null : await runCommands(watch.host, plan, options);
    if (failed) return { ok: false, lines: failed };
    return await settle(plan, watch, options, began);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { ok: false, lines: [error.trouble.message, ...error.trouble.details] };
  } finally {
    watch.lookSoon();
  }
}

type Root =
  /** The commands can be run now. */
  | { readonly kind: "ready" }
  /** They were run, in the terminal over there. */
  | { readonly kind: "relayed"; readonly exitCode: number; readonly said: string }
  | { readonly kind: "stopped"; readonly lines: readonly string[] };

async function becomeRoot(
  { access }: ActionPlan,
  { host }: ActionWatch,
  { askPassword, signal }: RunActionOptions,
): Promise<Root> {
  if (access.kind === "free" || access.kind === "passwordless") return { kind: "ready" };
  if (access.kind === "denied") return { kind: "stopped", lines: access.lines };
  const { prompt, lines } = access;
  if (prompt === null || askPassword === null) return { kind: "stopped", lines };
  const end = await askPassword(prompt);
  const failed = promptFailure(prompt, end);
  if (failed !== null) return { kind: "stopped", lines: [failed] };
  if (prompt.outputFile === null) return { kind: "ready" };
  const said = await relayedOutput(host, prompt.outputFile, signal);
  return { kind: "relayed", exitCode: end.exitCode ?? 1, said };
}

/** The commands were given: waits until what was wanted is true. */
async function settle(
  plan: ActionPlan,
  watch: ActionWatch,
  following: Following,
  began: number,
): Promise<ActionResult> {
  const { subject, verb, builder } = plan;
  const { host } = watch;
  if (verb === "stop") {
    const wrong = await awaitGone(host, plan, runMs, following.signal);
    return wrong ? { ok: false, lines: wrong } : { ok: true, line: `${subject} is stopped` };
  }
  const seen = await awaitRun(host, plan, runMs, following);
  if (seen.kind === "failed") return { ok: false, lines: seen.lines };
  const run = seen.kind === "running" ? seen.state.run : null;
  const isDaemon = builder === null || isDaemonService(watch.status(), plan.service);
  const daemon = isDaemon ? await awaitDaemon(watch, plan, run, daemonMs, following) : null;
  if (daemon && !daemon.ok) return daemon;
  const sleeps = seen.kind === "waiting" && builder !== null && !isDaemon;
  const answered =
    builder && !sleeps
      ? await awaitBuilder(watch, plan, run, builderMs, following)
      : (daemon ?? { ok: true, how: "it sleeps until a build asks for it" });
  if (!answered.ok) return answered;
  const done = verb === "restart" ? "was restarted" : "was started";
  const now = run === null || plan.service?.kind === "container" ? "" : ` (pid ${run})`;
  const took = formatDuration(performance.now() - began);
  return { ok: true, line: `${subject} ${done}${now}: ${answered.how}, after ${took}` };
}

/** End to end, the way Nix goes. */
async function test(
  plan: ActionPlan,
  watch: ActionWatch,
  root: Exclude<Root, { kind: "stopped" }>,
  { progress, signal }: Following,
): Promise<ActionResult> {
  const [command = []] = plan.commands;
  let answer: StoreAnswer;
  if (root.kind === "relayed") answer = answerOfRelay(root);
  else {
    progress(`${shownCommand(command)}…`);
    answer = await askStoreWith(watch.host, command, { deadlineMs: testMs, signal });
  }
  if (answer.kind === "silent")
    return { ok: false, lines: [`Nix cannot reach ${plan.subject}`, ...answer.lines] };
  const parts = [
    storeWords(answer.info),
    answer.ms === null ? "" : `after ${(answer.ms / 1000).toFixed(1)} s`,
  ];
  return { ok: true, line: `${plan.subject} answers: ${parts.filter((part) => part !== "").join(", ")}` };
}

function answerOfRelay({ exitCode, said }: { exitCode: number; said: string }): StoreAnswer {
  const [json = ""] = said.split("\n").filter((line) => line.startsWith("{"));
  if (exitCode === 0) return { kind: "answers", info: parseStoreInfo(json, said), ms: null };
  return { kind: "silent", lines: saidLines(said.replace(json, ""), "") };
}
