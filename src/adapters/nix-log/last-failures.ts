/**
 * What failed in the newest command that ran under `buildtop`, kept for a `buildtop doctor` that is started afterwards: a
 * wrong hash or a missing feature leaves no other trace on the machine.
 */
import { rmSync, statSync } from "node:fs";
import * as v from "valibot";
import type { KnownFailure } from "../../model/diagnoses/types.ts";
import { readStateFile, writeStateFile } from "../config/state-file.ts";
import { lastFailuresFile, stateDirectory } from "../system/paths.ts";

/** What has failed longer ago has been given up. */
const longestMs = 24 * 60 * 60 * 1000;

const nullableText = v.nullable(v.string());
const failureSchema = v.object({
  drv: nullableText,
  name: v.string(),
  reason: v.string(),
  logTail: v.array(v.string()),
  diagnosis: nullableText,
  command: nullableText,
});
const schema = v.object({ version: v.literal(1), at: v.number(), failures: v.array(failureSchema) });

/** Takes the place of what was kept before. Throws the system's error where it cannot be written. */
export function keepFailures(failures: readonly KnownFailure[], state = stateDirectory()): void {
  writeStateFile(lastFailuresFile(state), { version: 1, at: Date.now(), failures });
}

/** Nothing has failed any more. Throws the system's error. */
export function dropFailures(state = stateDirectory()): void {
  rmSync(lastFailuresFile(state), { force: true });
}

/**
 * What is kept, unless it is more than a day old or one of `logs` was written to since: that log then tells what came of it.
 * None where the file cannot be read.
 */
export function lastFailures(logs: readonly string[], state = stateDirectory()): KnownFailure[] {
  const kept = read(state);
  const age = kept === null ? Number.POSITIVE_INFINITY : Date.now() - kept.at;
  if (kept === null || age > longestMs || age < 0) return [];
  const written = logs.map((log) => statSync(log, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return written.some((at) => at > kept.at) ? [] : kept.failures;
}

function read(state: string) {
  try {
    return readStateFile(lastFailuresFile(state), schema).value;
  } catch {
    // Somebody else's, or a disk that does not answer: the doctor looks at the machine all the same.
    return null;
  }
}
