/** When a machine that was lost is asked again. */

const stepsMs = [1000, 2000, 4000, 8000, 15_000, 30_000];
/** Taken off or added at random, so that many who lost the same machine do not come back at once. */
const spread = 0.2;
const healthyAfterMs = 60_000;

/** How long to wait after so many failures in a row (1 or more). `random` is from 0 to 1. */
export function retryDelayMs(failures: number, random: number): number {
  const step = Math.min(Math.max(Math.trunc(failures) || 1, 1), stepsMs.length);
  return Math.round((stepsMs[step - 1] ?? 0) * (1 + spread * (2 * random - 1)));
}

/** Failures in a row after one more, where the machine had been healthy for so long before it: a minute forgives all. */
export function failuresAfter(failures: number, healthyMs: number): number {
  return healthyMs >= healthyAfterMs ? 1 : failures + 1;
}
