import type { BuildsModel } from "./builds-model.ts";
import type { Counts, DerivationState, Failure, Outcome } from "./types.ts";

/** What `replay --json` prints; documented in docs/replay-json.md. */
export interface ReplayReport {
  version: 1;
  records: number;
  otherLines: number;
  unknownRecords: Record<string, number>;
  outcome: Outcome;
  counts: Counts;
  derivations: {
    drv: string;
    name: string;
    state: DerivationState;
    host: string | null;
    phase: string | null;
    logLines: number;
    reason: string | null;
    durationMs: number | null;
  }[];
  transfers: { paths: number; bytesDone: number; bytesExpected: number };
  failures: Omit<Failure, "name" | "dependents">[];
}

/**
 * The whole model as one object.
 *
 * `timed`: the times fed to the model were real or recorded ones, so that durations mean something. A derivation that
 * failed without ever having begun (no machine would take it) is `planned` here, with its reason, and is among the failures.
 */
export function replayReport(model: BuildsModel, timed: boolean): ReplayReport {
  const counts: Counts = { running: 0, done: 0, failed: 0, cancelled: 0, planned: 0 };
  const derivations: ReplayReport["derivations"] = [];
  for (const each of model.archivedDerivations()) {
    counts[each.state]++;
    derivations.push({ ...each, durationMs: timed ? each.durationMs : null });
  }
  for (const each of model.derivations()) {
    const state = each.state === "failed" && each.startedAt === null ? "planned" : each.state;
    counts[state]++;
    derivations.push({
      drv: each.drv,
      name: each.name,
      state,
      host: each.host,
      phase: each.phase,
      logLines: each.logLines,
      reason: each.reason,
      durationMs:
        timed && each.startedAt !== null && each.endedAt !== null
          ? Math.round(each.endedAt - each.startedAt)
          : null,
    });
  }
  return {
    version: 1,
    records: model.records,
    otherLines: model.otherLines,
    unknownRecords: Object.fromEntries(model.unknownRecords),
    outcome: model.outcome,
    counts,
    derivations,
    transfers: {
      paths: model.transfers.paths,
      bytesDone: model.transfers.bytesDone,
      bytesExpected: model.transfers.bytesExpected,
    },
    failures: model.failures.map(({ drv, reason, phase, exitCode, signal, logTail, hash, diagnosis }) => ({
      drv,
      reason,
      phase,
      exitCode,
      signal,
      logTail,
      hash,
      diagnosis,
    })),
  };
}
