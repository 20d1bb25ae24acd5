/** What one subject of a recording would answer at a given moment. */
import type { HostTrouble } from "../hosts/types.ts";
import type { RecordedAnswer, RecordedLine } from "./format.ts";

export type Moment =
  | { readonly trouble: HostTrouble }
  | { readonly answers: ReadonlyMap<string, { readonly text: string; readonly code: number }> };

export class Timeline {
  /** All lines in their order, and the answers by request. */
  readonly #lines: RecordedLine[] = [];
  readonly #answers = new Map<string, RecordedAnswer[]>();
  /** When something was said, each time once. */
  readonly #times: number[] = [];

  /** In the order of their times. */
  add(line: RecordedLine): void {
    this.#lines.push(line);
    if (line.at !== this.#times.at(-1)) this.#times.push(line.at);
    if (!("request" in line)) return;
    const same = this.#answers.get(line.request);
    if (same) same.push(line);
    else this.#answers.set(line.request, [line]);
  }

  /** When it was asked for the nth time (from 0) and said something new; of the last time for all that follow. */
  time(nth: number): number {
    return this.#times[Math.min(nth, this.#times.length - 1)] ?? 0;
  }

  /** When the newest answer to a request until `seconds` was given; `null`: never. */
  askedAt(request: string, seconds: number): number | null {
    return newest(this.#answers.get(request) ?? [], seconds)?.at ?? null;
  }

  /**
   * The newest of what was said until `seconds`, and before that the first of all: whoever asks earlier than it was asked
   * then gets an answer, too. What was never asked is left out.
   */
  at(seconds: number, requests: readonly string[]): Moment {
    const now = newest(this.#lines, seconds);
    if (now && "trouble" in now) return { trouble: now.trouble };
    const answers = new Map<string, { text: string; code: number }>();
    for (const request of requests) {
      const answer = newest(this.#answers.get(request) ?? [], seconds);
      if (answer) answers.set(request, { text: answer.text, code: answer.code });
    }
    return { answers };
  }
}

function newest<Line extends { readonly at: number }>(
  lines: readonly Line[],
  seconds: number,
): Line | undefined {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle]!.at <= seconds) low = middle + 1;
    else high = middle;
  }
  return lines[Math.max(low - 1, 0)];
}
