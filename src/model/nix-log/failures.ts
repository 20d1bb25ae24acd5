import type { FailureText } from "./failure-text.ts";
import type { DerivationRecord } from "./records.ts";
import type { Failure } from "./types.ts";

/** Lines of a log that stand in a failure. */
const TAIL = 25;

/** What is known of a failed derivation as long as no text has told the reason. */
export function bareFailure(derivation: DerivationRecord): Failure {
  return {
    drv: derivation.drv,
    name: derivation.name,
    reason: derivation.reason ?? "failed",
    phase: derivation.phase,
    exitCode: null,
    signal: null,
    logTail: tailOf(derivation),
    hash: null,
    dependents: [],
    diagnosis: null,
  };
}

/** Joins what an error text says to what was known before; `null` if it says less than that. */
export function failureFrom(derivation: DerivationRecord, text: FailureText): Failure | null {
  const before = derivation.failure;
  // What the builder itself said is nearer to the truth than what the build hook then says of it.
  if (before !== null && before.exitCode !== null && !text.remote) return null;
  return {
    drv: derivation.drv,
    name: derivation.name,
    reason: text.reason,
    phase: derivation.phase,
    exitCode: text.exitCode,
    signal: text.signal,
    logTail: text.logTail.length > 0 ? text.logTail : tailOf(derivation),
    hash: text.hash ?? before?.hash ?? null,
    dependents: before?.dependents ?? [],
    diagnosis: text.diagnosis ?? before?.diagnosis ?? null,
  };
}

function tailOf({ log }: DerivationRecord): string[] {
  const lines: string[] = [];
  for (let n = Math.max(log.firstLine, log.endLine - TAIL); n < log.endLine; n++)
    lines.push(log.plainLine(n));
  return lines;
}
