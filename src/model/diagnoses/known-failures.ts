/** Failures of builds as diagnoses look at them. */
import type { Builds } from "../nix-log/types.ts";
import type { KnownFailure } from "./types.ts";

const most = 50;

/**
 * What failed in the newest command that built anything, and in those still under way: what failed before that has been
 * tried again, or been given up.
 */
export function knownFailures(builds: Builds): KnownFailure[] {
  // One that no machine took never began, so that its command has built nothing.
  const failedIn = new Set(builds.failures.map(({ drv }) => builds.derivation(drv)?.session));
  const active = builds.sessions.filter(
    (session) => session.active || session.error !== null || failedIn.has(session.id),
  );
  const newest = active.reduce((last, { id }) => Math.max(last, id), -1);
  const current = new Map(
    active
      .filter(({ id, endedAt }) => id === newest || endedAt === null)
      .map((session) => [session.id, session]),
  );
  const failed = builds.failures.flatMap(({ drv, name, reason, logTail, hash, diagnosis }) => {
    const session = current.get(builds.derivation(drv)?.session ?? -1);
    const why = hash ? `${reason}: specified ${hash.specified}, got ${hash.got}` : reason;
    return session ? [{ drv, name, reason: why, logTail, diagnosis, command: session.label }] : [];
  });
  const errors = [...current.values()].flatMap(({ error, label, diagnosis }) =>
    error === null
      ? []
      : [
          {
            drv: null,
            name: label,
            reason: error[0] ?? "",
            logTail: error.slice(1),
            diagnosis,
            command: label,
          },
        ],
  );
  return [...failed, ...errors].slice(0, most);
}

/** Both, each failure once. */
export function joinedFailures(
  newer: readonly KnownFailure[],
  older: readonly KnownFailure[],
): readonly KnownFailure[] {
  const keyOf = ({ drv, name }: KnownFailure) => drv ?? name;
  const known = new Set(newer.map(keyOf));
  return [...newer, ...older.filter((failure) => !known.has(keyOf(failure)))].slice(0, most);
}
