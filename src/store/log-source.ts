/** What the Log pane shows: one derivation's log with the facts of its failure below, or Nix's own messages. */
import type { BuildLog, Builds, Derivation, Failure } from "../model/nix-log/types.ts";
import { unknownRecordsText } from "../model/report/unknown-records.ts";
import { formatNoun } from "../model/units.ts";
import type { DashboardState, World } from "./dashboard-state.ts";
import { machineProblems, shownMachines } from "./machine-problems.ts";
import type { RowList } from "./row-list.ts";

export interface LogSource extends BuildLog {
  /** Changes when another text is shown. */
  readonly key: string;
  readonly title: string;
  readonly derivation: Derivation | null;
  /** The diagnosis that its failure names; the log's head. */
  readonly cause: FailureCause | null;
  /** Said when there is no line: "not begun", "no output yet". */
  readonly whenEmpty: string;
}

export interface FailureCause {
  readonly id: string;
  /** In words, where a machine shows it, too. */
  readonly title: string | null;
  /** Whether `d` can tell more of it. */
  readonly more: boolean;
}

export function logSource(state: DashboardState, world: World, list: RowList): LogSource {
  const row = state.builds.selected === null ? undefined : list.row(state.builds.selectedIndex);
  if (!state.log.messages && row?.kind === "derivation")
    return derivationSource(row.derivation, state, world);
  return messageSource(world.builds);
}

/** How many lines of its beginning are no longer kept, or all there were. */
export function lostLines({ firstLine, derivation }: LogSource): number {
  if (firstLine > 0) return firstLine;
  return derivation !== null && derivation.log.endLine === 0 ? derivation.logLines : 0;
}

export function lostLinesText(count: number): string {
  return `${formatNoun(count, "earlier line")} ${count === 1 ? "is" : "are"} no longer kept`;
}

/** Why a derivation failed; `undefined`: it did not. */
export function failureOf(derivation: Derivation, { failures }: Builds): Failure | undefined {
  return derivation.state === "failed" ? failures.find(({ drv }) => drv === derivation.drv) : undefined;
}

function derivationSource(derivation: Derivation, state: DashboardState, world: World): LogSource {
  const failure = failureOf(derivation, world.builds);
  const { log } = derivation;
  return {
    key: derivation.drv,
    title: derivation.name,
    derivation,
    cause: failure?.diagnosis ? causeOf(failure.diagnosis, state, world) : null,
    whenEmpty: whenEmpty(derivation),
    ...withLines(log, failure ? failureLines(failure) : []),
  };
}

function causeOf(id: string, state: DashboardState, world: World): FailureCause {
  const machines = shownMachines(state, world);
  const problem = machineProblems(machines).find((each) => each.id === id);
  return { id, title: problem?.title ?? null, more: machines.length > 0 };
}

function whenEmpty(derivation: Derivation): string {
  if (derivation.state === "planned") return derivation.waiting ?? "Not begun yet.";
  if (derivation.state === "running") return "No output yet.";
  return derivation.logLines > 0
    ? "Its log is no longer kept here: o shows the whole."
    : "It printed nothing.";
}

/** What the log itself does not say, below its last line. */
function failureLines(failure: Failure): string[] {
  const lines = ["", `Failed: ${failure.reason}`];
  if (failure.hash) lines.push(`  specified: ${failure.hash.specified}`, `        got: ${failure.hash.got}`);
  return lines;
}

function messageSource(builds: Builds): LogSource {
  const unknown = unknownRecordsText(builds);
  const lines = unknown === null ? [...builds.otherOutput] : [`Not seen: ${unknown}`, ...builds.otherOutput];
  for (const { error, label } of builds.sessions)
    if (error) lines.push(...(lines.length > 0 ? [""] : []), `${label}:`, ...error);
  for (const { severity, text } of builds.notices)
    lines.push(severity === "info" ? text : `${severity}: ${text}`);
  const nothing: BuildLog = {
    firstLine: 0,
    endLine: 0,
    line: () => "",
    plainLine: () => "",
    find: () => ({ line: null, next: null }),
  };
  return {
    key: "messages",
    title: "messages of Nix",
    derivation: null,
    cause: null,
    whenEmpty: "No messages.",
    ...withLines(nothing, lines),
  };
}

/** `log` with some plain lines after its end. */
function withLines(log: BuildLog, added: readonly string[]): BuildLog {
  const end = log.endLine;
  const last = end + added.length;
  const plainLine = (n: number) => (n < end ? log.plainLine(n) : (added[n - end] ?? ""));
  return {
    firstLine: log.firstLine,
    endLine: last,
    line: (n) => (n < end ? log.line(n) : (added[n - end] ?? "")),
    plainLine,
    find: (needle, from, step, limit) => {
      const wanted = needle.toLowerCase();
      let at = from;
      let left = limit;
      const inAdded = () => at >= end && at < last && left > 0;
      const searchAdded = () => {
        for (; inAdded(); at += step, left -= 1)
          if (plainLine(at).toLowerCase().includes(wanted)) return true;
        return false;
      };
      if (searchAdded()) return { line: at, next: null };
      if (left <= 0) return { line: null, next: at };
      if (at >= end || end === log.firstLine) {
        if (step > 0 || end === log.firstLine) return { line: null, next: null };
        at = end - 1;
      }
      const found = log.find(needle, at, step, left);
      if (found.line !== null || found.next !== null || step < 0) return found;
      at = end;
      left = limit;
      return searchAdded() ? { line: at, next: null } : { line: null, next: null };
    },
  };
}
