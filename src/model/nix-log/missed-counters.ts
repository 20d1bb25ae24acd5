import type { Id } from "./ids.ts";

/** More are never waited for at once: three of a worker, and few workers begin before their stream is read. */
const MOST_MISSED = 100;

/** The newest values of a counter, and how often it was told. */
export interface MissedCounter {
  done: number;
  running: number;
  failed: number;
  times: number;
}

/**
 * Counters of workers whose start was missed, until a record tells whose they are: of the four that Nix writes together the
 * counter of builds comes first, and only the last ones name the worker.
 */
export class MissedCounters {
  private readonly byId = new Map<Id, MissedCounter>();

  told(id: Id, done: number, running: number, failed: number): void {
    const times = (this.byId.get(id)?.times ?? 0) + 1;
    if (times === 1 && this.byId.size >= MOST_MISSED) this.byId.clear();
    this.byId.set(id, { done, running, failed, times });
  }

  /** What was told of it so far, which is then forgotten. */
  take(id: Id): MissedCounter | null {
    const counter = this.byId.get(id) ?? null;
    this.byId.delete(id);
    return counter;
  }
}
