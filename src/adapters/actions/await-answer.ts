/** A run is no answer: waits until what was started does its work again. */

import type { ActionPlan } from "../../model/actions/types.ts";
import { stateLook } from "../../model/builders/state-look.ts";
import type { Builder, BuilderState } from "../../model/builders/types.ts";
import { diedSince } from "./await-run.ts";
import { nixProgram } from "./nix-program.ts";
import { pause } from "./pause.ts";
import type { ActionWatch } from "./plan-action.ts";
import type { Following } from "./run-commands.ts";
import { askStore, type StoreAnswer, storeWords } from "./store-answer.ts";

/** How it answers, in words for the last line; or what is wrong. */
export type Answered =
  | { readonly ok: true; readonly how: string }
  | { readonly ok: false; readonly lines: readonly string[] };

const everyMs = 1_000;
/** One try; a VM that boots accepts connections long before it answers. */
const storeTryMs = 15_000;
const daemonTryMs = 10_000;

/** `nix store info` of the machine's own daemon. `run`: ends early if that run is gone. Rejects with `HostError`. */
export async function awaitDaemon(
  watch: ActionWatch,
  plan: ActionPlan,
  run: string | null,
  deadlineMs: number,
  { progress, signal }: Following,
): Promise<Answered> {
  const { host } = watch;
  const nix = await nixProgram(host, signal);
  if (nix === null) return { ok: true, how: "it runs (there is no nix to ask it with)" };
  const until = performance.now() + deadlineMs;
  for (;;) {
    const question = {
      nix,
      version: watch.status().nix,
      uri: "daemon",
      root: false,
      deadlineMs: daemonTryMs,
      signal,
    };
    const answer = await askStore(host, question);
    if (answer.kind === "answers") {
      const words = storeWords({ ...answer.info, trusted: null });
      progress("the daemon answers…");
      return { ok: true, how: words === "" ? "it answers" : `it answers (${words})` };
    }
    if (signal.aborted) return { ok: false, lines: [`stopped waiting for ${plan.subject}`] };
    const died = await diedSince(host, plan, run, signal);
    if (died) return { ok: false, lines: died };
    if (performance.now() > until)
      return { ok: false, lines: [`${plan.subject} runs, but Nix cannot reach it`, ...answer.lines] };
    await pause(everyMs, signal);
  }
}

const well: ReadonlySet<BuilderState> = new Set(["healthy", "idle", "building"]);

/**
 * The watch's own look inside, and where sudo allows it Nix's way, as root: both must say that it is there. Rejects with
 * `HostError`.
 */
export async function awaitBuilder(
  watch: ActionWatch,
  plan: ActionPlan,
  run: string | null,
  deadlineMs: number,
  { progress, signal }: Following,
): Promise<Answered> {
  const began = performance.now();
  const until = began + deadlineMs;
  watch.start();
  watch.lookSoon();
  const seen = await awaitLook(watch, plan, run, began, until, signal);
  if (!seen.ok) return seen;
  progress(`${seen.how}…`);
  const { builder } = plan;
  if (builder === null || builder.uri === null) return seen;
  if (plan.access.kind === "password" && plan.access.prompt?.kind !== "ticket")
    return { ok: true, how: `${seen.how} (not asked as root, which takes a password there)` };
  const nix = await nixProgram(watch.host, signal);
  if (nix === null) return seen;
  let answer: StoreAnswer;
  do {
    const question = {
      nix,
      version: watch.status().nix,
      uri: builder.uri,
      root: plan.access.kind !== "free",
    };
    answer = await askStore(watch.host, { ...question, deadlineMs: storeTryMs, signal });
    if (answer.kind === "answers") {
      progress("Nix reaches it…");
      const words = storeWords(answer.info);
      return { ok: true, how: words === "" ? "Nix reaches it" : `Nix reaches it (${words})` };
    }
    // A NOPASSWD rule for the restart alone: the look inside has to do.
    if (answer.lines.some((line) => /^sudo: .*password/.test(line)))
      return { ok: true, how: `${seen.how} (not asked as root, which takes a password there)` };
    await pause(everyMs, signal);
  } while (performance.now() < until && !signal.aborted);
  return { ok: false, lines: [`${plan.subject} runs, but Nix cannot reach it`, ...answer.lines] };
}

async function awaitLook(
  watch: ActionWatch,
  plan: ActionPlan,
  run: string | null,
  began: number,
  until: number,
  signal: AbortSignal,
): Promise<Answered> {
  for (;;) {
    if (signal.aborted) return { ok: false, lines: [`stopped waiting for ${plan.subject}`] };
    const status = watch.status();
    const fresh = status.at !== null && status.at * 1000 > began;
    const builder = status.builders.find(({ key }) => key === plan.builder?.key) ?? null;
    if (
      fresh &&
      builder &&
      isOfThisRun(builder, began) &&
      (well.has(builder.state) || isOnlyUnlisted(builder))
    )
      return {
        ok: true,
        how: isOnlyUnlisted(builder) ? builder.why : `it is ${stateLook(builder.state).word}`,
      };
    const died = await diedSince(watch.host, plan, run, signal);
    if (died) return { ok: false, lines: died };
    if (performance.now() > until) {
      const why = builder
        ? `${stateLook(builder.state).word}${builder.why === "" ? "" : `: ${builder.why}`}`
        : "it is gone";
      return { ok: false, lines: [`${plan.subject} runs, but does not answer`, why] };
    }
    await pause(everyMs, signal);
  }
}

/** An answer from inside the run before would be a lie: what answers must be as young as the restart. */
function isOfThisRun({ uptimeSeconds }: Builder, began: number): boolean {
  return uptimeSeconds === null || uptimeSeconds <= (performance.now() - began) / 1000 + 20;
}

/** It answers, but Nix is not told of it: that was so before. */
function isOnlyUnlisted({ state, uri }: Builder): boolean {
  return state === "not-configured" && uri === null;
}
