/**
 * How fast a builder answers, as one figure that stands still while nothing has changed: single looks take twice or five
 * times as long for reasons of their own.
 */

export interface SteadyAnswer {
  /** The figure that is shown, in ms. */
  readonly ms: number;
  /** What the last looks took that were all too far from it, on the same side. */
  readonly away: readonly number[];
}

/** Nobody tells these apart. */
const leastMs = 4;
/** Nearer than this to the figure is the same. */
const nearFactor = 2.5;
/** A shorter time is what the way takes, a longer one may be what else had to be done. */
const looksDown = 2;
const looksUp = 6;

/** After a look that took `ms`. The same object if nothing is new. */
export function steadyAnswer(before: SteadyAnswer | null, ms: number): SteadyAnswer {
  if (!before) return { ms, away: [] };
  const [shown, taken] = [Math.max(before.ms, leastMs), Math.max(ms, leastMs)];
  if (taken <= shown * nearFactor && taken >= shown / nearFactor)
    return before.away.length === 0 ? before : { ms: before.ms, away: [] };
  const longer = taken > shown;
  const away = [...before.away.filter((each) => each > before.ms === longer), ms];
  if (away.length < (longer ? looksUp : looksDown)) return { ms: before.ms, away };
  // The nearest of them: a single one of several times that must not become the figure.
  return { ms: longer ? Math.min(...away) : Math.max(...away), away: [] };
}
