/**
 * What is said when a command is over: the first real cause on top, everything that is needed to act on it, the
 * numbers, and what could not be seen.
 */
import { titleOfDiagnosis } from "../diagnoses/all.ts";
import { losesDaemon } from "../diagnoses/failure-texts.ts";
import type { LookedUpCauses } from "../diagnoses/looked-up-causes.ts";
import type { Builds, Failure, Outcome, Session } from "../nix-log/types.ts";
import { formatBytes, formatDuration, formatNoun } from "../units.ts";
import { type Line, line, type Tone } from "./line.ts";
import { unknownRecordsText } from "./unknown-records.ts";

export interface DigestContext {
  /** How long the command took, in ms; `null` where nobody knows (a recording without times). */
  elapsed: number | null;
  /** The command's exit status, `null` where it is not known (a pipe). */
  exitCode: number | null;
  /** Name of the signal that ended it. */
  signal: string | null;
  /** The person stopped it. */
  interrupted: boolean;
  /**
   * What the person has seen already: nothing (the dashboard is gone), the events with the first line of each error, or
   * everything that Nix itself said.
   */
  seen: "nothing" | "events" | "everything";
  /** What could not be seen, each in one line. */
  unseen: readonly string[];
  /** What the machine itself showed, where somebody has looked. */
  causes?: LookedUpCauses;
}

/** Failed derivations that are told with their log; of the others only the name. */
const toldFailures = 3;
const namedDependents = 4;
const shownErrors = 5;
const shownOther = 15;
const shownWarnings = 5;

/** The digest, from the first cause down to the line of numbers. Never empty. */
export function digest(builds: Builds, context: DigestContext): Line[] {
  const outcome = context.interrupted ? "cancelled" : builds.outcome;
  const lines: Line[] = [];
  for (const failure of builds.failures.slice(0, toldFailures)) lines.push(...told(failure, builds, context));
  for (const failure of builds.failures.slice(toldFailures)) {
    lines.push(line(`✖ ${failure.name}: ${failure.reason}`, "failed"), line(`    nix log ${failure.drv}`));
  }
  const failed = outcome === "failed" || (context.exitCode ?? 0) !== 0;
  if (failed && builds.failures.length === 0) {
    if (context.seen !== "everything") lines.push(...otherErrors(builds));
    lines.push(...builds.sessions.flatMap((session) => namedError(session, context)));
  }
  if (context.seen === "nothing") lines.push(...warnings(builds));
  lines.push(summary(builds, context, outcome));
  const unknown = unknownRecordsText(builds);
  if (unknown !== null) lines.push(line(`not seen: ${unknown}`, "attention"));
  for (const text of context.unseen) lines.push(line(`not seen: ${text}`, "attention"));
  return lines;
}

function told(failure: Failure, builds: Builds, context: DigestContext): Line[] {
  const derivation = builds.derivation(failure.drv);
  const phase = failure.phase ? ` in ${failure.phase}` : "";
  const host = derivation?.hostName ? ` on ${derivation.hostName}` : "";
  const { startedAt = null, endedAt = null } = derivation ?? {};
  const took = startedAt !== null && endedAt !== null && endedAt - startedAt >= 1000;
  const time = took ? ` after ${formatDuration(endedAt - startedAt)}` : "";
  const lines = [line(`✖ ${failure.name} failed${phase}${host}${time}: ${failure.reason}`, "failed")];
  for (const text of failure.logTail) lines.push(line(`    > ${text}`));
  if (failure.hash) {
    lines.push(
      line(`    specified: ${failure.hash.specified}`),
      line(`    got:       ${failure.hash.got}`, "attention"),
    );
  }
  if (failure.logTail.length > 0 || (derivation?.logLines ?? 0) > 0) {
    lines.push(line(`    whole log: nix log ${failure.drv}`));
  } else {
    lines.push(line(`    ${failure.drv}`, "dim"));
  }
  lines.push(...named(failure.diagnosis, context));
  if (failure.dependents.length > 0)
    lines.push(line(`    not built for want of it: ${dependents(failure)}`, "dim"));
  return lines;
}

/** What stands behind it, where the machine shows that; else what its own words name. */
function named(id: string | null, { causes }: DigestContext): Line[] {
  const looked = id === "ssh-connection-failed" ? (causes?.connection ?? []) : [];
  const ids = looked.length > 0 ? looked : id === null ? [] : [id];
  return ids.map((each) => line(`    ${titleOfDiagnosis(each)}: ${each}, see buildtop doctor`, "attention"));
}

function namedError({ error, diagnosis }: Session, context: DigestContext): Line[] {
  const lost = error !== null && diagnosis === null && losesDaemon(error);
  if (lost) return (context.causes?.daemon ?? []).flatMap((id) => named(id, context));
  return named(diagnosis, context);
}

function dependents(failure: Failure): string {
  const names = failure.dependents.slice(0, namedDependents).map(derivationName);
  const more = failure.dependents.length - names.length;
  return `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** `hello-2.12` from `/nix/store/HASH-hello-2.12.drv`. */
function derivationName(drv: string): string {
  return drv.replace(/^.*\/[0-9a-z]{32}-/, "").replace(/\.drv$/, "");
}

/** Nothing that was built failed: then it was the evaluation, a download, the command line, or the daemon. */
function otherErrors(builds: Builds): Line[] {
  const errors = builds.sessions.flatMap(({ error }) => (error === null ? [] : [error]));
  if (errors.length > 0) {
    const rows = errors.slice(-shownErrors).flatMap(([first = "", ...more]) => [`error: ${first}`, ...more]);
    return rows.map((row) => line(row, "failed"));
  }
  const notices = builds.notices.filter((notice) => notice.severity === "error").slice(-shownErrors);
  if (notices.length > 0) return notices.map(({ text }) => line(`error: ${text}`, "failed"));
  return builds.otherOutput.slice(-shownOther).map((text) => line(text));
}

/** The newest ones, each once. */
function warnings(builds: Builds): Line[] {
  const texts = builds.notices.filter(({ severity }) => severity === "warning").map(({ text }) => text);
  return [...new Set(texts)].slice(-shownWarnings).map((text) => line(`warning: ${text}`, "attention"));
}

function summary(builds: Builds, context: DigestContext, outcome: Outcome): Line {
  const { done, failed, cancelled, planned, running } = builds.counts;
  const parts: string[] = [];
  if (failed > 0) parts.push(`${failed} failed`);
  if (done > 0) parts.push(`${done} built`);
  if (cancelled > 0) parts.push(`${cancelled} stopped`);
  if (running > 0) parts.push(`${running} still running`);
  if (planned > 0) parts.push(`${planned} not begun`);
  const { paths, sentPaths, open, sentBytes, bytesDone } = builds.transfers;
  const travelled = (count: number, how: string, bytes: number) => {
    if (count > 0)
      parts.push(`${formatNoun(count, "path")} ${how}${bytes > 0 ? ` (${formatBytes(bytes)})` : ""}`);
  };
  travelled(paths - sentPaths, "fetched", bytesDone - sentBytes);
  travelled(sentPaths, "sent", sentBytes);
  if (open > 0) parts.push(`${formatNoun(open, "path")} on the way`);
  if (parts.length === 0) parts.push("nothing was built or fetched");
  if (context.elapsed !== null) parts.push(formatDuration(context.elapsed));
  if (context.signal) parts.push(`ended by ${context.signal}`);
  else if ((context.exitCode ?? 0) !== 0) parts.push(`exit status ${context.exitCode}`);
  const [word, tone] = verdict(outcome, context);
  return line(`${word} · ${parts.join(" · ")}`, tone);
}

function verdict(outcome: Outcome, context: DigestContext): [string, Tone] {
  if (outcome === "cancelled" || context.interrupted) return ["⊘ stopped", "attention"];
  if (outcome === "failed" || context.signal || (context.exitCode ?? 0) !== 0) return ["✖ failed", "failed"];
  if (outcome === "unfinished" && context.exitCode === null) return ["◐ unfinished", "attention"];
  return ["✔ done", "good"];
}
