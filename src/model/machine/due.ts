/** Which questions are due: each after its own time, and of the rare ones only so many at once that no look costs much. */

export interface Ask {
  readonly request: string;
  /** 0 = at every look. */
  readonly everySeconds: number;
}

/** What is asked more seldom than this may wait for its turn. */
const rareSeconds = 10;
/** A look that comes a little early is the one that was meant. */
const earlySeconds = 0.5;

/**
 * The requests to make now, each once. `lastAsked`: seconds at which a request was last answered. `mostRare`: how many
 * of the repeated rare ones may come along; those never asked before come all, as nothing is known without them.
 */
export function dueRequests(
  asks: readonly Ask[],
  lastAsked: (request: string) => number | undefined,
  now: number,
  mostRare = 1,
): string[] {
  const due = new Set<string>();
  const rare: { request: string; lateness: number }[] = [];
  for (const { request, everySeconds } of asks) {
    const last = lastAsked(request);
    const waited = last === undefined ? Number.POSITIVE_INFINITY : now - last + earlySeconds;
    if (waited < everySeconds) continue;
    if (last === undefined || everySeconds < rareSeconds) due.add(request);
    else rare.push({ request, lateness: waited / everySeconds });
  }
  rare.sort((a, b) => b.lateness - a.lateness);
  let taken = 0;
  for (const { request } of rare) {
    if (taken === mostRare) break;
    if (due.has(request)) continue;
    due.add(request);
    taken++;
  }
  return [...due];
}
