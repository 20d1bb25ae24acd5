/** Which questions are due: those of every look, and of the rest only so many at a time that no look costs much. */

export interface Ask {
  readonly request: string;
  /** 0 = at every look. */
  readonly everySeconds: number;
}

/**
 * The requests to make now, each once. `lastAsked`: seconds at which a request was last answered. `mostRare`: how many
 * of the repeated rare ones may come along; those never asked before come all, as nothing is known without them.
 */
export function dueRequests(
  asks: readonly Ask[],
  lastAsked: (request: string) => number | undefined,
  now: number,
  mostRare = 2,
): string[] {
  const due = new Set<string>();
  const late: { request: string; by: number }[] = [];
  for (const { request, everySeconds } of asks) {
    const last = lastAsked(request);
    if (last === undefined || everySeconds === 0) due.add(request);
    else if (now - last >= everySeconds) late.push({ request, by: (now - last) / everySeconds });
  }
  late.sort((a, b) => b.by - a.by);
  let rare = 0;
  for (const { request } of late) {
    if (due.has(request)) continue;
    if (rare === mostRare) break;
    due.add(request);
    rare++;
  }
  return [...due];
}
