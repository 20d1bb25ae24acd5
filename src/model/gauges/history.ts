/** How a figure went on: the last looks, what it grows by, and when a disk will be full. */

export interface HistoryPoint {
  /** Seconds of our monotonic clock. */
  readonly atSeconds: number;
  /** `null`: it was not known at that look. */
  readonly value: number | null;
}

const usualLength = 120;

/** The history with one look more, at most `length` of them. A look that is not later than the last one is left out. */
export function withPoint(
  history: readonly HistoryPoint[],
  point: HistoryPoint,
  length = usualLength,
): readonly HistoryPoint[] {
  const last = history.at(-1);
  if (!Number.isFinite(point.atSeconds) || (last && point.atSeconds <= last.atSeconds)) return history;
  const value = point.value !== null && Number.isFinite(point.value) ? point.value : null;
  return [...history, { atSeconds: point.atSeconds, value }].slice(-Math.max(1, length));
}

/** A pause longer than this between two looks was sleep or a lost connection: what happened meanwhile is not known. */
const longestPause = 90;

/**
 * Growth per second of a counter over the last `windowSeconds`. Time between two looks that lie far apart does not count,
 * nor does a step down (the counter began anew). `null`: fewer than two looks that count.
 */
export function rate(history: readonly HistoryPoint[], windowSeconds: number): number | null {
  const newest = history.at(-1)?.atSeconds ?? 0;
  let grown = 0;
  let seconds = 0;
  for (const [from, to] of steps(
    knownPoints(history.filter(({ atSeconds }) => newest - atSeconds <= windowSeconds)),
  )) {
    const duration = to.atSeconds - from.atSeconds;
    const step = to.value - from.value;
    if (!(duration > 0) || duration > longestPause || step < 0) continue;
    grown += step;
    seconds += duration;
  }
  const perSecond = grown / seconds;
  return seconds > 0 && Number.isFinite(perSecond) ? perSecond : null;
}

const fewestPoints = 5;
const shortestSpan = 60;
const fewestRises = 3;
const longestForecast = 24 * 3600;

/**
 * Seconds until `freeBytes` more are used, from what was used at the last looks. `null` unless the trend holds: five looks
 * over a minute without a pause, three steps up or more of which none is more than half of it all, hardly one down, the
 * newer half growing at least half as fast as the whole, and full within a day. The slope is the median over all pairs (Theil–Sen), which one jump does not move.
 */
export function forecastFull(history: readonly HistoryPoint[], freeBytes: number): number | null {
  const points = sinceLastPause(knownPoints(history));
  const span = (points.at(-1)?.atSeconds ?? 0) - (points[0]?.atSeconds ?? 0);
  if (points.length < fewestPoints || span < shortestSpan || !(freeBytes >= 0)) return null;
  const changes = steps(points).map(([from, to]) => to.value - from.value);
  const rises = changes.filter((change) => change > 0);
  const falls = changes.length - rises.length - changes.filter((change) => change === 0).length;
  if (rises.length < fewestRises || falls > changes.length / 5) return null;
  // One large file is no trend. Equal figures in between are: a disk is asked for less often than we look.
  const total = rises.reduce((sum, change) => sum + change, 0);
  if (Math.max(...rises) > total / 2) return null;
  const slope = medianSlope(points);
  const recent = medianSlope(points.slice(Math.floor((points.length - 1) / 2)));
  if (slope === null || recent === null || !(slope > 0) || recent < slope / 2) return null;
  const seconds = freeBytes / slope;
  return seconds < longestForecast ? seconds : null;
}

interface KnownPoint {
  readonly atSeconds: number;
  readonly value: number;
}

function knownPoints(history: readonly HistoryPoint[]): KnownPoint[] {
  return history.flatMap(({ atSeconds, value }) =>
    value !== null && Number.isFinite(value) && Number.isFinite(atSeconds) ? [{ atSeconds, value }] : [],
  );
}

function steps(points: readonly KnownPoint[]): [KnownPoint, KnownPoint][] {
  return points.slice(1).map((to, index) => [points[index] ?? to, to]);
}

function sinceLastPause(points: readonly KnownPoint[]): readonly KnownPoint[] {
  const pause = steps(points).findLastIndex(([from, to]) => !(to.atSeconds - from.atSeconds <= longestPause));
  return points.slice(pause + 1);
}

function medianSlope(points: readonly KnownPoint[]): number | null {
  const slopes: number[] = [];
  for (const [index, from] of points.entries())
    for (const to of points.slice(index + 1)) {
      const slope = (to.value - from.value) / (to.atSeconds - from.atSeconds);
      if (Number.isFinite(slope)) slopes.push(slope);
    }
  slopes.sort((a, b) => a - b);
  const middle = slopes.length >> 1;
  const upper = slopes[middle];
  if (upper === undefined) return null;
  return slopes.length % 2 === 1 ? upper : ((slopes[middle - 1] ?? upper) + upper) / 2;
}
