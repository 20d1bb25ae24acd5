/** The gauges themselves: processors as a graph over time, memory and disks as bars, and what is unusual in words. */
import type { DiskGauge, Gauges, MemoryGauge } from "../model/gauges/types.ts";
import { padEnd, padStart, textWidth, truncateMiddle } from "../model/text/width.ts";
import {
  formatByteProgress,
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
} from "../model/units.ts";
import { formatLoad, formatUse } from "./calm-figures.ts";
import type { Tone } from "./dashboard-state.ts";
import { chiefDisk, diskShare, diskTone, memoryTone, shareOf } from "./gauge-tone.ts";
import type { GaugeTrend } from "./machine-rows.ts";
import { formatSpan } from "./span.ts";

export type GaugePart =
  | { readonly kind: "text"; readonly text: string; readonly tone: Tone; readonly bold?: true }
  | { readonly kind: "bar"; readonly filled: number; readonly cells: number; readonly tone: Tone }
  /** One level from 0 to 7 for each cell; `null`: not known. */
  | { readonly kind: "graph"; readonly levels: readonly (number | null)[]; readonly tone: Tone };

export type GaugeLine = readonly GaugePart[];

const graphLevels = 8;
const labelWidth = 5;
const valueWidth = 14;
const usualExtra = 17;
/** What one look keeps: a wider graph would have nothing to show. */
const widestGraph = 48;

export function textLine(text: string, tone: Tone = "plain"): GaugeLine {
  return [{ kind: "text", text, tone }];
}

export function gaugeFigures(gauges: Gauges, trend: GaugeTrend, width: number): GaugeLine[] {
  const cells = Math.max(Math.min(width - labelWidth - valueWidth - usualExtra, widestGraph), 8);
  const chief = chiefDisk(gauges, trend);
  const { cpu, load, memory } = gauges;
  const lines: GaugeLine[] = [];
  const add = (label: string, graph: GaugePart, value: string, extra: readonly [string, Tone][]) =>
    lines.push(...gaugeRow({ label, graph, value, extra, width, cells }));

  if (cpu !== null || load)
    add(
      "cpu",
      { kind: "graph", levels: levelsOf(trend.cpu, cells), tone: "running" },
      cpu === null ? "" : formatUse(cpu),
      load ? [[`load ${formatLoad(load[0])}`, "idle"]] : [],
    );
  if (memory)
    add(
      "mem",
      barOf(shareOf(memory.usedBytes, memory.totalBytes), cells, memoryTone(memory)),
      formatByteProgress(memory.usedBytes, memory.totalBytes),
      memoryExtra(memory),
    );
  const others = gauges.disks.filter((disk) => disk !== chief);
  for (const disk of chief ? [chief, ...others.slice(0, 3)] : [])
    add(
      "disk",
      barOf(diskShare(disk), cells, diskTone(disk, forecastOf(disk, trend))),
      formatByteProgress(disk.usedBytes, disk.totalBytes),
      diskExtra(disk, trend, gauges.disks.length > 1),
    );
  return lines;
}

/** What is only said when it is unusual. */
export function gaugeNotes({ disks, clockSkewSeconds, outOfMemoryKills }: Gauges): GaugeLine[] {
  const lines: GaugeLine[] = [];
  for (const { mount, inodesUsed, inodesTotal } of disks.slice(0, 4)) {
    const share = shareOf(inodesUsed ?? 0, inodesTotal ?? 0);
    if (share < 0.8) continue;
    const text = `inodes ${formatPercent(share)} used on ${mount}: ${formatCount((inodesTotal ?? 0) - (inodesUsed ?? 0))} left`;
    lines.push(textLine(text, share >= 0.95 ? "failed" : "attention"));
  }
  const skew = clockSkewSeconds ?? 0;
  if (Math.abs(skew) > 5) {
    const text = `clock ${formatDuration(Math.abs(skew) * 1000)} ${skew > 0 ? "ahead of" : "behind"} ours`;
    lines.push(textLine(text, "attention"));
  }
  const kills = outOfMemoryKills ?? 0;
  if (kills > 0)
    lines.push(
      textLine(
        `out of memory: ${formatCount(kills)} ${kills === 1 ? "process" : "processes"} killed since boot`,
        "attention",
      ),
    );
  return lines;
}

interface GaugeRow {
  label: string;
  graph: GaugePart;
  value: string;
  extra: readonly [string, Tone][];
  width: number;
  cells: number;
}

/** What does not fit behind the value goes below it. */
function gaugeRow({ label, graph, value, extra, width, cells }: GaugeRow): GaugeLine[] {
  const line: GaugePart[] = [
    { kind: "text", text: padEnd(label, labelWidth), tone: "plain" },
    graph,
    { kind: "text", text: padStart(value, valueWidth), tone: "plain" },
  ];
  const lines: GaugeLine[] = [line];
  let room = width - labelWidth - cells - valueWidth;
  for (const [text, tone] of extra) {
    room -= textWidth(text) + 2;
    if (room >= 0) line.push({ kind: "text", text: `  ${text}`, tone });
    else lines.push(textLine(`${" ".repeat(labelWidth)}${text}`, tone));
  }
  return lines;
}

function barOf(share: number, cells: number, tone: Tone): GaugePart {
  const filled = Math.round(share * cells);
  // Something is not nothing, and nearly full is not full.
  return {
    kind: "bar",
    filled: Math.min(Math.max(filled, share > 0 ? 1 : 0), share < 1 ? cells - 1 : cells),
    cells,
    tone,
  };
}

function levelsOf(history: readonly (number | null)[], cells: number): (number | null)[] {
  // Before the first figure there is the ground line: a graph that grows into it stands still while nothing happens. What
  // was not known later on is a gap.
  const known = history
    .slice(
      Math.max(
        history.findIndex((share) => share !== null),
        0,
      ),
    )
    .slice(-cells);
  const missing = Array<number>(cells - known.length).fill(0);
  return [
    ...missing,
    ...known.map((share) =>
      share === null || Number.isNaN(share)
        ? null
        : Math.min(Math.floor(Math.max(share, 0) * graphLevels), graphLevels - 1),
    ),
  ];
}

function memoryExtra({ pressure, swapUsedBytes }: MemoryGauge): [string, Tone][] {
  const extra: [string, Tone][] = [];
  if (pressure === "warning") extra.push(["pressure", "attention"]);
  if (pressure === "critical") extra.push(["out of memory", "failed"]);
  if ((swapUsedBytes ?? 0) >= 64 * 1024 ** 2) extra.push([`swap ${formatBytes(swapUsedBytes ?? 0)}`, "idle"]);
  return extra;
}

function forecastOf({ mount }: DiskGauge, trend: GaugeTrend): number | null {
  return mount === trend.diskMount ? trend.diskFullInSeconds : null;
}

function diskExtra(disk: DiskGauge, trend: GaugeTrend, several: boolean): [string, Tone][] {
  const extra: [string, Tone][] = [];
  const full = forecastOf(disk, trend);
  if (full !== null) extra.push([`full in ~${formatSpan(full)}`, diskTone(disk, full)]);
  if (several) extra.push([truncateMiddle(disk.mount, 15), "idle"]);
  return extra;
}
