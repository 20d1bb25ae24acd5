/** What the dashboard shows at one moment, as text. */
import type { Builds, Derivation, DerivationState, Row } from "../nix-log/types.ts";
import { formatByteProgress, formatDuration, formatNoun, formatRate } from "../units.ts";
import { type Line, line, type Tone } from "./line.ts";

const mostRows = 40;

const marks: Readonly<Record<DerivationState, [string, Tone]>> = {
  failed: ["✖", "failed"],
  running: ["▶", "running"],
  planned: ["○", "dim"],
  done: ["✔", "good"],
  cancelled: ["⊘", "attention"],
};

/** Title, rows, numbers. `title` is cleaned text. */
export function snapshot(builds: Builds, title: string, now: number): Line[] {
  const rows = builds.rows({ sort: "state", filter: "", hideDone: false });
  const shown = rows.slice(0, mostRows).map((row) => rowLine(row, now));
  const more = rows.length - shown.length;
  if (more > 0) shown.push(line(`  and ${more} more`, "dim"));
  if (rows.length === 0) shown.push(line("  nothing is being built", "dim"));
  return [line(title), ...shown, line(numbers(builds))];
}

function rowLine(row: Row, now: number): Line {
  if (row.kind === "derivation") return derivationLine(row.derivation, now);
  if (row.kind === "activity") {
    return line(`  ◐ ${row.activity.text}  ${formatDuration(now - row.activity.startedAt)}`, "dim");
  }
  const { name, peer, progress, bytesPerSecond, endedAt } = row.transfer;
  const rate = bytesPerSecond === null || endedAt !== null ? "" : `  ${formatRate(bytesPerSecond)}`;
  const bytes = formatByteProgress(progress.done, progress.expected);
  return line(`  ⇣ ${name}  ${peer}  ${bytes}${rate}`, endedAt === null ? "running" : "dim");
}

function derivationLine(derivation: Derivation, now: number): Line {
  const { name, hostName, phase, stage, reason, state, startedAt, endedAt, waiting } = derivation;
  const [mark, tone] = marks[state];
  const took = startedAt === null ? null : formatDuration((endedAt ?? now) - startedAt);
  const doing =
    state === "running"
      ? stage !== null && stage !== "building"
        ? stage
        : phase
      : state === "planned"
        ? waiting
        : reason;
  return line(
    `  ${mark} ${[name, hostName, doing, took].filter((part) => part !== null && part !== "").join("  ")}`,
    tone,
  );
}

function numbers(builds: Builds): string {
  const { running, done, failed, cancelled, planned } = builds.counts;
  const parts = [`${running} running`, `${done} done`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (cancelled > 0) parts.push(`${cancelled} stopped`);
  if (planned > 0) parts.push(`${planned} to go`);
  const { paths, sentPaths } = builds.transfers;
  if (paths > sentPaths) parts.push(`${formatNoun(paths - sentPaths, "path")} fetched`);
  if (sentPaths > 0) parts.push(`${formatNoun(sentPaths, "path")} sent`);
  return parts.join(" · ");
}
