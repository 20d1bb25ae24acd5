/** More memory for a builder that was seen to use up what it has. */
import { formatSize, typedSize } from "./format-size.ts";
import type { Verdict } from "./setting.ts";

export interface MemorySeen {
  /** Shares of `totalBytes` that were in use, as far back as is known. */
  readonly used: readonly (number | null)[];
  readonly totalBytes: number;
  /** Programs that were ended for want of memory; `null` = not known. */
  readonly outOfMemoryKills: number | null;
}

export interface Suggestion {
  /** `peak 7.9 of 8 GiB: 16 GiB?`. */
  readonly text: string;
  /** As it is typed: `16G`. */
  readonly typed: string;
}

/** From here on the next build may not fit. */
const tight = 0.9;
const gibibyte = 1024 ** 3;

/** Twice as much, or half as much again, whichever the machine has room for; `null`: no need, or no room. */
export function suggestMemory(
  { used, totalBytes, outOfMemoryKills }: MemorySeen,
  judge: (typed: string) => Verdict,
): Suggestion | null {
  const peak = Math.max(0, ...used.map((share) => share ?? 0));
  const killed = (outOfMemoryKills ?? 0) > 0;
  if (totalBytes <= 0 || (peak < tight && !killed)) return null;
  // What a guest counts is a little less than what its machine was given.
  const given = Math.max(Math.round(totalBytes / gibibyte), 1);
  for (const more of [given * 2, Math.floor(given * 1.5)]) {
    if (more <= given) continue;
    const typed = typedSize(more * gibibyte);
    if (judge(typed).level !== "ok") continue;
    const seen = killed
      ? "programs were ended for want of memory"
      : `peak ${((peak * totalBytes) / gibibyte).toFixed(1)} of ${formatSize(given * gibibyte)}`;
    return { text: `${seen}: ${formatSize(more * gibibyte)}?`, typed };
  }
  return null;
}
