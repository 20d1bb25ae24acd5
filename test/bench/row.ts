/** What one benchmark says: a figure beside its yardstick from the same run, and what was to be reached. */
export interface Figure {
  what: string;
  figure: string;
  yardstick: string;
  /** Figure over yardstick, or the figure itself in the bar's unit where there is no yardstick. */
  ratio: number;
  bar: number;
  /** Unit of `ratio` and `bar` where they are no plain ratio, such as "ms". */
  unit?: string;
}

/** Something that could not be measured here, and why. */
export interface Skipped {
  what: string;
  skipped: string;
}

export interface Bench {
  /** For `npm run bench -- NAME`. */
  name: string;
  run(): Promise<(Figure | Skipped)[]>;
}

/** The middle one of some measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The value below which that share of the measurements lies: `percentile(times, 0.95)`. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
