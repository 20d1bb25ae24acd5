import type { BuildsModel } from "./builds-model.ts";
import type { DerivationRecord } from "./records.ts";
import type { Counts, DerivationState, Failure, Outcome } from "./types.ts";

interface ReportedDerivation {
  drv: string;
  name: string;
  state: DerivationState;
  host: string | null;
  phase: string | null;
  logLines: number;
  reason: string | null;
  durationMs: number | null;
}

/** What `replay --json` prints; documented in docs/replay-json.md. */
export interface ReplayReport {
  version: 1;
  records: number;
  otherLines: number;
  unknownRecords: Record<string, number>;
  outcome: Outcome;
  counts: Counts;
  derivations: Iterable<ReportedDerivation>;
  transfers: { paths: number; bytesDone: number; bytesExpected: number };
  failures: Iterable<Omit<Failure, "name" | "dependents">>;
  /** Errors that ended a command without a failed build. */
  errors: { text: readonly string[]; diagnosis: string | null }[];
}

/**
 * The whole model as one object. Its derivations and failures are made while they are read, as there may be very many.
 *
 * `timed`: the times fed to the model were real or recorded ones, so that durations mean something. A derivation that
 * failed without ever having begun (no machine would take it) is `planned` here, with its reason, and is among the
 * failures.
 */
export function replayReport(model: BuildsModel, timed: boolean): ReplayReport {
  const { paths, bytesDone, bytesExpected } = model.transfers;
  return {
    version: 1,
    records: model.records,
    otherLines: model.otherLines,
    unknownRecords: Object.fromEntries(model.unknownRecords),
    outcome: model.outcome,
    counts: reportedCounts(model),
    derivations: { [Symbol.iterator]: () => reportedDerivations(model, timed) },
    transfers: { paths, bytesDone, bytesExpected },
    failures: { [Symbol.iterator]: () => reportedFailures(model) },
    errors: model.sessions.flatMap(({ error, diagnosis }) =>
      error === null ? [] : [{ text: error, diagnosis }],
    ),
  };
}

/** A report as JSON text, in pieces; a list of the report is written item by item. */
export function* reportText(report: ReplayReport): Generator<string> {
  let separator = "{";
  for (const [key, value] of Object.entries(report)) {
    yield `${separator}\n ${JSON.stringify(key)}: `;
    separator = ",";
    if (!isList(value)) {
      yield indented(value, " ");
      continue;
    }
    let before = "[\n  ";
    for (const each of value) {
      yield before + indented(each, "  ");
      before = ",\n  ";
    }
    yield before === "[\n  " ? "[]" : "\n ]";
  }
  yield "\n}\n";
}

function reportedCounts(model: BuildsModel): Counts {
  const counts = { ...model.counts, running: model.counts.running - model.strangers };
  for (const derivation of model.derivations()) {
    const state = reportedState(derivation);
    if (state === derivation.state) continue;
    counts[derivation.state]--;
    counts[state]++;
  }
  return counts;
}

const reportedState = ({
  state,
  couldNotBegin,
}: Pick<DerivationRecord, "state" | "couldNotBegin">): DerivationState =>
  state === "failed" && couldNotBegin ? "planned" : state;

function* reportedDerivations(model: BuildsModel, timed: boolean): Generator<ReportedDerivation> {
  for (const each of model.archivedDerivations())
    yield { ...each, durationMs: timed ? each.durationMs : null };
  for (const each of model.derivations()) {
    const { drv, name, host, phase, logLines, reason, startedAt, endedAt } = each;
    const state = reportedState(each);
    const durationMs =
      timed && startedAt !== null && endedAt !== null ? Math.round(endedAt - startedAt) : null;
    yield { drv, name, state, host, phase, logLines, reason, durationMs };
  }
}

function* reportedFailures(model: BuildsModel): Generator<Omit<Failure, "name" | "dependents">> {
  for (const failure of model.eachFailure()) {
    const { drv, reason, phase, exitCode, signal, logTail, hash, diagnosis } = failure;
    yield { drv, reason, phase, exitCode, signal, logTail, hash, diagnosis };
  }
}

const isList = (value: unknown): value is Iterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.iterator in value;

const indented = (value: unknown, by: string): string =>
  JSON.stringify(value, null, 1).replaceAll("\n", `\n${by}`);
