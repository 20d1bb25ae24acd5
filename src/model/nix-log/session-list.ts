import { SessionRecord } from "./records.ts";
import type { Outcome } from "./types.ts";

/** Sessions kept; the oldest that ended make room. */
const MOST_SESSIONS = 500;

/** The Nix commands that were seen, in the order they began. */
export class SessionList {
  readonly all: SessionRecord[] = [];
  private next = 1;

  open(label: string, pid: number | null, now: number): SessionRecord {
    const session = new SessionRecord(this.next++, label, pid, now);
    this.all.push(session);
    if (this.all.length > MOST_SESSIONS) {
      const old = this.all.findIndex((each) => each.endedAt !== null);
      this.all.splice(Math.max(old, 0), 1);
    }
    return session;
  }

  /** The session, `undefined` for one that was never told or has made room. */
  get(id: number): SessionRecord | undefined {
    return this.all.findLast((session) => session.id === id);
  }

  /** What came of all of them; those that did nothing but succeed do not count where others did something. */
  get outcome(): Outcome {
    const relevant = this.all.filter((session) => session.active || session.outcome !== "succeeded");
    const counted = relevant.length > 0 ? relevant : this.all;
    if (counted.length === 0) return "unfinished";
    for (const outcome of ["unfinished", "failed", "cancelled"] as const) {
      if (counted.some((session) => session.outcome === outcome)) return outcome;
    }
    return "succeeded";
  }
}

/** The same as far as its builds tell it. */
export function outcomeOfBuilds(session: SessionRecord): Outcome {
  if (session.failedBuilds > 0 || session.lastFailed?.state === "failed") return "failed";
  return session.untoldEnds > 0 ? "unfinished" : "succeeded";
}

/**
 * The last that it said is what it ended with: not the error of a build behind which the stream broke off, while others
 * ran. After its own error a command says nothing more, not even that what it had lost has stopped.
 */
export function endedInError(session: SessionRecord): boolean {
  return session.lastWasError && (session.lastErrorOwn || session.openActivities === 0);
}

/** How a session ended, as far as its records tell. `succeeded` is from the exit status, where that is known. */
export function outcomeOf(session: SessionRecord, succeeded: boolean | null, buildsRun: boolean): Outcome {
  if (session.interrupted) return "cancelled";
  if (succeeded !== null) return succeeded ? "succeeded" : "failed";
  if (endedInError(session)) return "failed";
  // A command that comes to its end stops all that it started.
  if (session.openActivities > 0 || session.brokenOff) return "unfinished";
  if (session.openWorkers > 0 || buildsRun || (session.intendsToBuild && session.workers === 0))
    return "unfinished";
  return outcomeOfBuilds(session);
}
