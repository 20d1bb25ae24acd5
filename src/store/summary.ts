/** The figures that sum the panes up, for their borders, the header and the terminal's title. */
import type { Builds } from "../model/nix-log/types.ts";
import {
  formatByteProgress,
  formatCount,
  formatDuration,
  formatNoun,
  formatPercent,
  formatRate,
} from "../model/units.ts";
import type { Tone } from "./dashboard-state.ts";

export interface Figure {
  readonly text: string;
  readonly tone: Tone;
}

/** "3 running", "12 done", "1 failed", "44 to go"; zeros are left out. */
export function countFigures({ counts, outcome }: Builds): Figure[] {
  const figures: Figure[] = [];
  const add = (count: number, word: string, tone: Tone) => {
    if (count > 0) figures.push({ text: `${formatCount(count)} ${word}`, tone });
  };
  add(counts.running, "running", "running");
  add(counts.done, "done", "plain");
  add(counts.failed, "failed", "failed");
  add(counts.cancelled, "stopped", "attention");
  add(counts.planned, outcome === "unfinished" ? "to go" : "not built", "plain");
  return figures;
}

/** Share of the derivations that have ended, 0…1; `null` while there is no plan to measure it by. */
export function finishedShare({ counts }: Builds): number | null {
  const ended = counts.done + counts.failed + counts.cancelled;
  const all = ended + counts.running + counts.planned;
  return all > 1 ? ended / all : null;
}

/** Right side of the Builds border: silence of the stream, downloads under way, share of the builds that is over. */
export function progressFigures(builds: Builds, now: number): Figure[] {
  const figures: Figure[] = [];
  const silent = silence(builds, now);
  if (silent !== null)
    figures.push({
      text: `no record for ${formatDuration(silent)}`,
      tone: silent < 300_000 ? "idle" : "attention",
    });
  const { bytesDone, sentBytes, bytesExpected, bytesPerSecond } = builds.transfers;
  if (builds.outcome === "unfinished" && bytesExpected > bytesDone) {
    const rate = bytesPerSecond !== null && bytesPerSecond > 0 ? ` at ${formatRate(bytesPerSecond)}` : "";
    const how = sentBytes === 0 ? "fetched" : sentBytes === bytesDone ? "sent" : "copied";
    figures.push({ text: `${how} ${formatByteProgress(bytesDone, bytesExpected)}${rate}`, tone: "plain" });
  }
  const share = finishedShare(builds);
  if (share !== null && builds.outcome === "unfinished")
    figures.push({ text: `${formatPercent(share)} of builds`, tone: "plain" });
  return figures;
}

/**
 * Milliseconds since the last record of any open session, from half a minute on; `null` otherwise. Nix sends nothing
 * while a quiet builder works, but a broken connection looks the same: so it is said, not judged.
 */
export function silence(builds: Builds, now: number): number | null {
  let last = Number.NEGATIVE_INFINITY;
  for (const session of builds.sessions)
    if (session.endedAt === null) last = Math.max(last, session.lastRecordAt);
  const silent = now - last;
  return Number.isFinite(silent) && silent >= 30_000 && builds.counts.running > 0 ? silent : null;
}

/** Warnings and errors of Nix for the header; `null` if there are none. */
export function problemFigure(builds: Builds): Figure | null {
  let errors = 0;
  let warnings = 0;
  for (const { severity } of builds.notices) {
    if (severity === "error") errors += 1;
    if (severity === "warning") warnings += 1;
  }
  if (errors > 0) return { text: formatNoun(errors, "error"), tone: "failed" };
  return warnings > 0 ? { text: formatNoun(warnings, "warning"), tone: "attention" } : null;
}

/** For the terminal's title: "3 running · 12 done", or how it ended. */
export function titleText(builds: Builds): string {
  const figures = countFigures(builds).map(({ text }) => text);
  if (builds.counts.running === 0 && builds.outcome !== "unfinished") figures.unshift(builds.outcome);
  return figures.join(" · ");
}
