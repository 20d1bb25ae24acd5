/** What a row of the Builders pane says, in words and roles. */
import { stateLook } from "../model/builders/state-look.ts";
import type { Builder, BuilderKind } from "../model/builders/types.ts";
import type { MachineStatus } from "../model/machine/status.ts";
import { formatPercent } from "../model/units.ts";
import { formatUse } from "./calm-figures.ts";
import type { DashboardState, Tone } from "./dashboard-state.ts";
import { chiefDisk, diskShare, diskTone, memoryTone, shareOf } from "./gauge-tone.ts";
import { worstProblem } from "./machine-problems.ts";
import { gaugesOf, type MachineRow, machinesNow, trendOf } from "./machine-rows.ts";
import { formatAnswer, formatSpan, spanTicks } from "./span.ts";

/** In the order in which they stand; the last tells most of trouble to come. */
export const gaugeLabels = ["cpu", "mem", "disk"] as const;
export type GaugeLabel = (typeof gaugeLabels)[number];

export interface ShortGauge {
  readonly label: GaugeLabel;
  /** `86 %`. */
  readonly text: string;
  readonly tone: Tone;
}

export interface MachineRowDescription {
  readonly key: string;
  /** Of `stateLook`: the theme has its ASCII form. */
  readonly glyph: string;
  readonly tone: Tone;
  readonly name: string;
  /** Something is wrong with it that the doctor knows more of. */
  readonly mark: "failed" | "attention" | null;
  /** Systems of a builder, what a machine is: from the longest form to the shortest. */
  readonly place: readonly string[];
  /** `2/4 jobs`; "" where `words` say how it is. */
  readonly jobs: string;
  /** `12 ms`, or when its disk will be full. */
  readonly answer: string;
  readonly answerTone: Tone;
  /** `unreachable 3m`; "" while all is as it should be. */
  readonly words: string;
  /** Why, short; goes behind the words where there is room. */
  readonly reason: string;
  /** Those that are known. */
  readonly gauges: readonly ShortGauge[];
  /** Why there is none though it works; else "". */
  readonly noGauges: string;
  readonly machine: boolean;
  /** Whether a time in it grows each second. */
  readonly ticking: boolean;
}

export function describeMachineRow(row: MachineRow, state: DashboardState): MachineRowDescription {
  return row.builder ? describeBuilder(row, row.builder, state) : describeMachine(row, state);
}

const tones = {
  good: "well",
  running: "running",
  attention: "attention",
  failed: "failed",
  dim: "idle",
} as const;

/** A state's glyph, word and role, as the panes know roles. */
export function builderLook({ state }: Pick<Builder, "state">): { glyph: string; word: string; tone: Tone } {
  const { glyph, word, tone } = stateLook(state);
  return { glyph, word, tone: tones[tone] };
}

function describeBuilder(row: MachineRow, builder: Builder, state: DashboardState): MachineRowDescription {
  if (row.status.connection.state === "lost") return describeLost(row, builder);
  const { glyph, word, tone } = builderLook(builder);
  const works = isAtWork(builder);
  const since = sinceOf(row, state);
  const shown = since !== null && !["idle", "disabled", "unknown"].includes(builder.state) ? since : null;
  const { answer, answerTone } = lastColumn(row, builder);
  const gauges = works ? shortGauges(row, false) : [];
  return {
    key: row.key,
    glyph,
    tone,
    name: builder.name,
    mark: markOf(row),
    place: systemForms(builder.systems),
    jobs: works ? formatJobs(builder.jobs) : "",
    answer: works ? answer : "",
    answerTone,
    words: works ? "" : shown === null ? idleWord(builder, word) : `${word} ${formatSpan(shown)}`,
    reason: works || builder.state === "idle" ? "" : builder.why,
    gauges,
    noGauges: works && gauges.length === 0 ? noGauges(builder) : "",
    machine: false,
    ticking: !works && shown !== null && spanTicks(shown),
  };
}

/** Of a machine that is lost: what it was says nothing of what it is. Its last figures stay, as its machine's do. */
function describeLost(row: MachineRow, builder: Builder): MachineRowDescription {
  return {
    key: row.key,
    glyph: "?",
    tone: "idle",
    name: builder.name,
    mark: null,
    place: systemForms(builder.systems),
    jobs: "",
    answer: "",
    answerTone: "idle",
    words: "not known",
    reason: `last seen: ${idleWord(builder, builderLook(builder).word)}`,
    gauges: isAtWork(builder) ? shortGauges(row, true) : [],
    noGauges: "",
    machine: false,
    ticking: false,
  };
}

function isAtWork({ state }: Builder): boolean {
  return state === "healthy" || state === "building";
}

function describeMachine(row: MachineRow, state: DashboardState): MachineRowDescription {
  const { status } = row;
  const { connection } = status;
  const lost = connection.state === "lost";
  const since = lost ? machinesNow(state) - connection.since : null;
  const silent = silentSeconds(status, machinesNow(state));
  const trouble = machineTrouble(status);
  const [glyph, tone]: [string, Tone] = lost
    ? ["○", "failed"]
    : connection.state === "connecting"
      ? ["◐", "idle"]
      : trouble !== null
        ? ["✖", "failed"]
        : silent !== null
          ? ["●", "attention"]
          : ["●", "well"];
  return {
    key: row.key,
    glyph,
    tone,
    name: status.name,
    mark: markOf(row),
    place: placeForms(machinePlace(status)),
    jobs: "",
    answer: "",
    answerTone: "plain",
    words:
      since !== null ? `${lostWord(status)} ${formatSpan(since)}` : (trouble ?? quietWords(status, silent)),
    reason: lost ? connection.trouble.message : "",
    gauges: trouble === null ? shortGauges(row, lost || silent !== null) : [],
    noGauges: "",
    machine: true,
    ticking: spanTicks(since ?? silent ?? Number.POSITIVE_INFINITY),
  };
}

/** How long a machine has been owing us an answer; `null` where it does not. */
export function silentSeconds({ connection }: MachineStatus, now: number): number | null {
  const since = connection.state === "connected" ? connection.silentSince : undefined;
  return since === undefined ? null : Math.max(now - since, 0);
}

/** By the worst diagnosis that has it as its subject. */
function markOf({ status, machineIndex, builder }: MachineRow): MachineRowDescription["mark"] {
  const worst = worstProblem(status, machineIndex, builder?.key ?? null);
  return worst ? (worst.severity === "error" ? "failed" : "attention") : null;
}

/** Lost can only be what was there. */
export function lostWord({ at }: MachineStatus): string {
  return at === null ? "unreachable" : "lost";
}

/** What a machine that answers has to complain about, in few words; `null`: nothing. */
export function machineTrouble({ connection, nix, machineProblems }: MachineStatus): string | null {
  if (connection.state !== "connected") return null;
  if (nix?.daemon === "stopped") return "Nix daemon stopped";
  return machineProblems.length > 0 ? "bad line in builders" : null;
}

function quietWords({ connection, transport, builders }: MachineStatus, silent: number | null): string {
  if (silent !== null) return `no answer ${formatSpan(silent)}`;
  if (connection.state === "connecting") return "connecting";
  if (builders.length === 0) return "no builder set up";
  return transport === "local" ? "" : "connected";
}

/** `this Mac`, or what system a machine far away has. */
export function machinePlace({ transport, platform, os }: MachineStatus): string {
  if (transport !== "local") return os ?? "";
  return platform === "darwin" ? "this Mac" : "this machine";
}

/** `macOS 15.6.1`, `macOS 15.6`, `macOS 15`, `macOS`: a version is cut between its numbers. */
function placeForms(place: string): readonly string[] {
  const forms = [place];
  for (let form = place; /[ .][\d.]+$/.test(form); ) {
    form = form.replace(/(?:\.\d+| \d+)$/, "");
    if (form === forms.at(-1)) break;
    forms.push(form);
  }
  return forms;
}

/** Seconds since we saw it come into its state; `null`: it was so before. */
export function sinceOf({ key }: MachineRow, state: DashboardState): number | null {
  const since = state.builders.since.get(key)?.since ?? null;
  return since === null ? null : Math.max(machinesNow(state) - since, 0);
}

/** A VM that is made for each build is not there meanwhile, which is as it should be. */
const perBuild: readonly BuilderKind[] = ["determinate-native", "external-builder"];

function idleWord({ kind, state }: Builder, word: string): string {
  return state === "idle" && perBuild.includes(kind) ? "idle, no VM" : word;
}

function formatJobs({ used, max }: Builder["jobs"]): string {
  return `${max === null ? used : `${used}/${max}`} ${max === null && used === 1 ? "job " : "jobs"}`;
}

function lastColumn(row: MachineRow, { answerMs }: Builder): { answer: string; answerTone: Tone } {
  const full = trendOf(row).diskFullInSeconds;
  if (full !== null)
    return { answer: `full ~${formatSpan(full)}`, answerTone: full < 600 ? "failed" : "attention" };
  return { answer: answerMs === null ? "" : formatAnswer(answerMs), answerTone: "idle" };
}

/** Nearly every builder is for Linux: where it is narrow, that goes without saying. */
function systemForms(systems: readonly string[]): readonly string[] {
  const short = systems.map((system) => system.replace(/-linux$/, ""));
  const [first = "", ...others] = short;
  const counted = others.length === 0 ? first : `${first} +${others.length}`;
  return [...(systems.length === 1 ? systems : []), short.join(","), counted];
}

/** The first words of what limits it: `host data only`, `no login`. */
function noGauges({ limitedBy }: Builder): string {
  return limitedBy === null ? "no figures yet" : (limitedBy.split(/[:;]/, 1)[0] ?? "");
}

/** Share of processors, memory and the disk that matters; what is not known is left out. */
function shortGauges(row: MachineRow, lost: boolean): ShortGauge[] {
  const gauges = gaugesOf(row);
  if (!gauges) return [];
  const trend = trendOf(row);
  const disk = chiefDisk(gauges, trend);
  const { cpu, memory } = gauges;
  const short: ShortGauge[] = [];
  const add = (label: GaugeLabel, text: string, tone: Tone) =>
    short.push({ label, text, tone: lost ? "idle" : tone === "well" ? "plain" : tone });
  if (cpu !== null) add("cpu", formatUse(cpu), "plain");
  if (memory) add("mem", formatPercent(shareOf(memory.usedBytes, memory.totalBytes)), memoryTone(memory));
  const full = disk?.mount === trend.diskMount ? trend.diskFullInSeconds : null;
  if (disk) add("disk", formatPercent(diskShare(disk)), diskTone(disk, full));
  return short;
}
