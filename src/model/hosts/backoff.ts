/** When a machine that was lost is asked again: soon at first, never in a hurry, and not all machines at once. */

const stepsMs = [1000, 2000, 4000, 8000];
/** Taken off or added at random, so that many who lost the same machine do not come back at once. */
const spread = 0.2;
const healthyAfterMs = 60_000;

/**
 * How long to wait after so many failures in a row (1 or more). `random` is from 0 to 1. Never so long that a machine
 * that is back is not seen within 15 s.
 */
export function retryDelayMs(failures: number, random: number): number {
  const step = Math.min(Math.max(Math.trunc(failures) || 1, 1), stepsMs.length);
  return Math.round((stepsMs[step - 1] ?? 0) * (1 + spread * (2 * random - 1)));
}

/** Counts the failures of a machine in a row. An answer alone forgives none: one that comes and goes fails as well. */
export class Failures {
  #count = 0;
  /** When it began to answer; `null`: it does not. */
  #answersSince: number | null = null;

  get count(): number {
    return this.#count;
  }

  /** `atMs` is of a clock that only goes forward. */
  answered(atMs: number): void {
    this.#answersSince ??= atMs;
  }

  failed(atMs: number): void {
    const healthyMs = this.#answersSince === null ? 0 : atMs - this.#answersSince;
    this.#answersSince = null;
    this.#count = healthyMs >= healthyAfterMs ? 1 : this.#count + 1;
  }
}
