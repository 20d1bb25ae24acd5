/** Failures of builds as diagnoses look at them. */
import type { Builds } from "../nix-log/types.ts";
import type { KnownFailure } from "./types.ts";

const most = 50;

/**
 * What failed in the newest command that built anything, and in those still under way: what failed before that has been
 * tried again, or been given up.
 */
export function knownFailures(builds: Builds): KnownFailure[] {
  const active = builds.sessions.filter((session) => session.active || session.error !== null);
  const newest = active.reduce((last, { id }) => Math.max(last, id), -1);
  const current = new Map(
    active
      .filter(({ id, endedAt }) => id === newest || endedAt === null)
      .map((session) => [session.id, session]),
  );
  const failed = builds.failures.flatMap(({ drv, name, reason, logTail, diagnosis }) => {
    const session = current.get(builds.derivation(drv)?.session ?? -1);
    return session ? [{ drv, name, reason, logTail, diagnosis, command: session.label }] : [];
  });
  const errors = [...current.values()].flatMap(({ error, label }) =>
    error === null
      ? []
      : [
          {
            drv: null,
            name: label,
            reason: error[0] ?? "",
            logTail: error.slice(1),
            diagnosis: null,
            command: label,
          },
        ],
  );
  return [...failed, ...errors].slice(0, most);
}
