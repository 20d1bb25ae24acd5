/** What failed in a command that ended here, kept for the doctor. */
import { existsSync } from "node:fs";
import { lastFailuresFile } from "../adapters/system/paths.ts";
import { systemWords } from "../adapters/system/system-reason.ts";
import { knownFailures } from "../model/diagnoses/known-failures.ts";
import type { KnownFailure } from "../model/diagnoses/types.ts";
import type { Builds } from "../model/nix-log/types.ts";
import { type Line, line } from "../model/report/line.ts";

/**
 * Keeps what failed, or forgets what was kept where a command has built something or the same command as then has gone well.
 * Returns a line for the person where that was not possible.
 */
export async function rememberFailures(
  builds: Builds,
  { title, interrupted }: { title: string; interrupted: boolean },
): Promise<Line[]> {
  const failures = knownFailures(builds);
  // A command that goes well after one that did is not to wait for what it does not need.
  if (failures.length === 0 && (interrupted || !existsSync(lastFailuresFile()))) return [];
  const { dropFailures, keepFailures, lastFailures } = await import("../adapters/nix-log/last-failures.ts");
  try {
    if (failures.length > 0) keepFailures(failures);
    else if (settles(builds, title, lastFailures([]))) dropFailures();
    return [];
  } catch (error) {
    return [line(`buildtop doctor will not know of it: ${systemWords(error)}`, "dim")];
  }
}

/** Whether its end is news about what failed before. */
function settles(builds: Builds, title: string, kept: readonly KnownFailure[]): boolean {
  if (builds.sessions.some(({ active }) => active)) return true;
  return builds.outcome === "succeeded" && kept.every(({ command }) => command === title);
}
