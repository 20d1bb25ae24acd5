/** Carries a planned save out: writes, restarts, proves that it holds, and goes back where it does not. */

import { dirname } from "node:path";
import type { ActionResult } from "../../model/actions/types.ts";
import { putWords } from "../../model/settings/put-result.ts";
import type { SaveOutcome, SavePlan } from "../../model/settings/save-types.ts";
import { keptReplacements } from "../../model/settings/take-back.ts";
import type { ActionWatch } from "../actions/plan-action.ts";
import { type RunActionOptions, runAction } from "../actions/run-action.ts";
import { HostError } from "../hosts/host.ts";
import { makeDirectories } from "../system/make-directories.ts";
import { systemWords } from "../system/system-reason.ts";
import { blameRestart } from "./blame-restart.ts";
import { addChange, markChange } from "./change-history.ts";
import { planRestart, type SaveSettings } from "./plan-save.ts";
import { proveSaved } from "./prove-saved.ts";
import { putAsPlanned } from "./put-as-planned.ts";
import { takeLock } from "./save-lock.ts";
import { type SavePlace, savePlace } from "./save-place.ts";
import { removeRecord, writeRecord } from "./save-record.ts";

export interface SaveOptions extends SaveSettings {
  readonly askPassword: RunActionOptions["askPassword"];
  /** Whether the person agreed to the restart that it needs. */
  readonly restart: boolean;
  /** It did not come back: why, and whether the old content is wanted again. */
  readonly offerRollback: (lines: readonly string[]) => Promise<boolean>;
  readonly now?: () => number;
}

/** Never rejects for what happens on the machine: that is the outcome. */
export async function runSave(
  plan: SavePlan,
  watch: ActionWatch,
  options: SaveOptions,
): Promise<SaveOutcome> {
  const place = savePlace(watch.host, plan.request.path, options.state);
  let lock: ReturnType<typeof takeLock>;
  try {
    makeDirectories(dirname(place.lock), 0o700);
    lock = takeLock(place.lock);
    if (lock.ok) writeRecord(place, recordOf(plan, "write"));
  } catch (error) {
    return outcome("refused", `nothing was written: ${systemWords(error)}`);
  }
  if (!lock.ok) return outcome("locked", `${plan.request.path} is locked by ${lock.by}; nothing was written`);
  try {
    const ended = await write(plan, watch, place, options);
    // What nobody knows, the next start finds out.
    if (ended.kind !== "unknown") removeRecord(place);
    return ended;
  } finally {
    lock.release();
    watch.lookSoon();
  }
}

async function write(
  plan: SavePlan,
  watch: ActionWatch,
  place: SavePlace,
  options: SaveOptions,
): Promise<SaveOutcome> {
  const { request, before, after } = plan;
  const { path } = request;
  options.progress(`writing ${path}…`);
  const put = await putAsPlanned(plan, watch, options);
  if (put.kind !== "written") {
    const kind = put.kind === "changed" ? "changed" : put.kind === "unknown" ? "unknown" : "refused";
    return outcome(kind, putWords(put, path));
  }
  const history = [
    ...noteChange(() =>
      addChange(
        {
          at: (options.now ?? Date.now)(),
          host: place.host,
          hostName: place.hostName,
          path,
          setting: request.setting,
          from: request.from,
          to: request.to,
          oldHash: before.hash,
          newHash: after.hash,
          restart: request.restart,
          replaced: keptReplacements(plan.replacements),
          ...(request.undoes ? { undo: true } : {}),
        },
        options.state,
      ),
    ),
  ];
  const ended = await putInForce(plan, watch, place, options);
  if (ended.kind === "rolled-back")
    history.push(...noteChange(() => markChange(after.hash, place, "rolled back", options.state)));
  return { ...ended, lines: [...ended.lines, ...history] };
}

/** From the written file to what holds. */
async function putInForce(
  plan: SavePlan,
  watch: ActionWatch,
  place: SavePlace,
  options: SaveOptions,
): Promise<SaveOutcome> {
  const { request, restart, restartRefused } = plan;
  const saved = `${request.path} is saved`;
  try {
    if (request.restart === null) return await proveSaved(plan, watch, options);
    if (restart === null || !options.restart) {
      const why = restartRefused === null ? [] : [restartRefused];
      return outcome("saved", `${saved}; it holds when ${subjectOf(plan)} is started again`, ...why);
    }
    writeRecord(place, recordOf(plan, "restart"));
    const result = await runAction(restart, watch, options);
    if (result.ok) {
      const proven = await proveSaved(plan, watch, options);
      return { ...proven, lines: [...proven.lines, result.line] };
    }
    if (options.signal.aborted)
      return outcome("saved", `${saved}; nobody waited for the restart of ${restart.subject}`);
    const blame = await blameRestart(restart, plan.answered, watch, result, options.signal);
    if (blame === "restart")
      return outcome("saved", `${saved}, but ${restart.subject} was not restarted`, ...result.lines);
    if (blame === "down before")
      return outcome(
        "down",
        `${saved}; ${restart.subject} did not answer before and does not now`,
        ...result.lines,
      );
    return await goBack(plan, watch, place, result, options);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const { message, details } = error.trouble;
    return outcome("saved", `${saved}, but whether it holds is not known: ${message}`, ...details);
  }
}

async function goBack(
  plan: SavePlan,
  watch: ActionWatch,
  place: SavePlace,
  failed: Extract<ActionResult, { ok: false }>,
  options: SaveOptions,
): Promise<SaveOutcome> {
  const { request, before, after } = plan;
  const { path } = request;
  const subject = subjectOf(plan);
  const why = [`${subject} does not come back with the new ${request.setting}`, ...failed.lines];
  if (!(await options.offerRollback(why)))
    return outcome(
      "down",
      ...why,
      `${path} holds the new content; its old content is in ${path}.buildtop-bak`,
    );
  options.progress("putting the old content back…");
  writeRecord(place, recordOf(plan, "roll back"));
  const put = await putAsPlanned({ ...plan, before: after, after: before }, watch, options);
  if (put.kind !== "written")
    return outcome("down", ...why, `the old content could not be put back: ${putWords(put, path)}`);
  const restored = `${path} holds its old content again, byte for byte`;
  const { restart, restartRefused } = await planRestart(watch, request, options.signal);
  if (restart === null) return outcome("rolled-back", restored, ...why, restartRefused ?? "");
  const again = await runAction(restart, watch, options);
  return again.ok
    ? outcome("rolled-back", `${restored}; ${again.line}`, ...why)
    : outcome(
        "rolled-back",
        `${restored}, but ${subject} does not come back with it, either`,
        ...again.lines,
      );
}

/** The change itself is done: that it could not be written down is only told. */
function noteChange(note: () => string | null): string[] {
  try {
    const told = note();
    return told === null ? [] : [told];
  } catch (error) {
    return [`the change could not be written down in the history: ${systemWords(error)}`];
  }
}

function recordOf({ request, before, after }: SavePlan, step: "write" | "restart" | "roll back") {
  return { setting: request.setting, oldHash: before.hash, newHash: after.hash, step };
}

function subjectOf({ restart }: SavePlan): string {
  return restart?.subject ?? "what reads it";
}

function outcome(kind: SaveOutcome["kind"], ...lines: readonly string[]): SaveOutcome {
  return { kind, lines: lines.filter((line) => line !== "") };
}
