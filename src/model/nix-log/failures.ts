import { diagnosisOfLog } from "../diagnoses/failure-texts.ts";
import type { FailureText } from "./failure-text.ts";
import type { DerivationRecord } from "./records.ts";
import { isLocalStore } from "./store-path.ts";
import type { Failure } from "./types.ts";

/** Lines of a log that stand in a failure. */
const TAIL = 25;

/** What is known of a failed derivation as long as no text has told the reason. */
export function bareFailure(derivation: DerivationRecord): Failure {
  const logTail = tailOf(derivation);
  return {
    drv: derivation.drv,
    name: derivation.name,
    reason: derivation.reason ?? "failed",
    phase: derivation.phase,
    exitCode: null,
    signal: null,
    logTail,
    hash: null,
    dependents: [],
    diagnosis: diagnosisOfLog(logTail, { remote: isRemote(derivation) }),
  };
}

function isRemote({ host }: DerivationRecord): boolean {
  return host !== null && !isLocalStore(host);
}

/**
 * Joins what an error text says to what was known before; `null` if it says less than that. `untaken`: the diagnosis of
 * what the build hook said before it, where no machine took the build.
 */
export function failureFrom(
  derivation: DerivationRecord,
  text: FailureText,
  untaken: string | null = null,
): Failure | null {
  const before = derivation.failure;
  // What the builder itself said is nearer to the truth than what the build hook then says of it.
  const told =
    before !== null &&
    (before.exitCode !== null ||
      before.hash !== null ||
      (isRemote(derivation) && before.reason !== "failed"));
  if (told && !text.remote) return null;
  const logTail = text.logTail.length > 0 ? text.logTail : tailOf(derivation);
  return {
    drv: derivation.drv,
    name: derivation.name,
    reason: text.reason,
    phase: derivation.phase,
    exitCode: text.exitCode,
    signal: text.signal,
    logTail,
    hash: text.hash ?? before?.hash ?? null,
    dependents: before?.dependents ?? [],
    diagnosis: diagnosisFrom(derivation, text, logTail, untaken) ?? before?.diagnosis ?? null,
  };
}

/** Why it was not taken says more than that it was not. */
function diagnosisFrom(
  derivation: DerivationRecord,
  text: FailureText,
  logTail: readonly string[],
  untaken: string | null,
): string | null {
  const remote = isRemote(derivation);
  // The lines that came with the text were looked at with it.
  const isNew = text.cause === "own" && text.logTail.length === 0;
  const said = text.diagnosis ?? (isNew ? diagnosisOfLog(logTail, { remote }) : null);
  if (said === "host-disk-full" && remote) return "builder-disk-full";
  const general = said === "no-usable-builder" || said === "system-not-served";
  return general && untaken !== null ? untaken : said;
}

function tailOf({ log }: DerivationRecord): string[] {
  return log.plainTail(TAIL);
}
