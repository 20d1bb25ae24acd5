/** What the doctor says of the selected row: the proof with its source, the cause, the fixes with their exact commands. */
import type { Fix } from "../model/diagnoses/types.ts";
import { padEnd, textWidth, wrapCells } from "../model/text/width.ts";
import type { Tone, TriedFix } from "./dashboard-state.ts";
import type { DoctorRow } from "./doctor-rows.ts";
import type { GaugeLine, GaugePart } from "./gauge-figures.ts";
import { wrapWords } from "./wrap-words.ts";

const labelWidth = 8;

export interface DoctorRoom {
  readonly width: number;
  /** With more lines than this the fixes stand close together. */
  readonly height: number;
  /** The fix that is meant, from 0. */
  readonly fix: number;
  /** Why `f` cannot do it; `null` if it can. */
  readonly fixReason: string | null;
}

export interface DoctorDetail {
  readonly lines: readonly GaugeLine[];
  /** Where the fix that is meant begins and ends among the lines; `null` without fixes. */
  readonly fixAt: { readonly from: number; readonly to: number } | null;
}

export function doctorDetail(row: DoctorRow, room: DoctorRoom): DoctorDetail {
  if (row.kind === "problem") return problemDetail(row, room);
  return { lines: otherLines(row, room.width), fixAt: null };
}

function otherLines(row: Exclude<DoctorRow, { kind: "problem" }>, width: number): GaugeLine[] {
  if (row.kind === "gone") {
    const { problem, action } = row.tried;
    return [
      ...labelled("mended", `It is not seen any more after: ${action}.`, width, "well"),
      ...labelled("was", problem.cause, width, "idle"),
    ];
  }
  if (row.kind === "unseen")
    return [
      ...labelled("what", row.unseen.what, width),
      ...labelled("why not", row.unseen.why, width),
      blank,
      ...labelled("", "What was not looked at is neither well nor ill: nothing is guessed.", width, "idle"),
    ];
  if (row.kind === "looking")
    return labelled("", `${row.machine} is being looked at for the first time.`, width, "idle");
  return [];
}

function problemDetail(row: Extract<DoctorRow, { kind: "problem" }>, room: DoctorRoom): DoctorDetail {
  const airy = problemLines(row, room, true);
  return airy.lines.length <= room.height ? airy : problemLines(row, room, false);
}

function problemLines(
  { problem, tried }: Extract<DoctorRow, { kind: "problem" }>,
  room: DoctorRoom,
  airy: boolean,
): DoctorDetail {
  const { width } = room;
  const { evidence, cause, fixes } = problem;
  const lines: GaugeLine[] = [];
  if (tried) lines.push(...labelled("tried", triedWords(tried), width, "attention"), blank);
  for (const [index, { source, text }] of evidence.entries())
    lines.push(...quoted(index === 0 ? "proof" : "", source, text, width));
  if (evidence.length > 0 && cause !== "") lines.push(blank);
  if (cause !== "") lines.push(...labelled("cause", cause, width));
  if (fixes.length > 0) lines.push(blank);
  let fixAt: DoctorDetail["fixAt"] = null;
  for (const [index, fix] of fixes.entries()) {
    if (airy && index > 0) lines.push(blank);
    const from = lines.length;
    const meant = index === room.fix;
    lines.push(...fixLines(fix, { label: fixLabel(index, fixes.length, meant), meant }, room));
    if (meant) fixAt = { from, to: lines.length };
  }
  return { lines, fixAt };
}

/** What is said of a fix that was done. */
function triedWords({ action, outcome }: TriedFix): string {
  return outcome === "still there"
    ? `it is still there after: ${action}`
    : `${action} is done: looking again…`;
}

function fixLabel(index: number, count: number, meant: boolean): string {
  if (count === 1) return "fix";
  return `${meant ? ">" : " "} fix ${index + 1}`;
}

function fixLines(
  { title, commands, action }: Fix,
  { label, meant }: { label: string; meant: boolean },
  { width, fixReason }: DoctorRoom,
): GaugeLine[] {
  const lines = labelled(label, title, width);
  const [first, ...more] = lines;
  const titled: GaugeLine[] =
    meant && first ? [first.map(bold), ...more.map((line) => line.map(bold))] : lines;
  // In the terminal's own colour: what is to be typed must be readable on every background.
  for (const command of commands)
    for (const text of command.split("\n").flatMap((each) => wrapCells(each, width - labelWidth - 2)))
      titled.push([indent, { kind: "text", text: `  ${text}`, tone: "plain" }]);
  if (meant && action) {
    const can: GaugeLine = [
      indent,
      { kind: "text", text: "f", tone: "plain", bold: true },
      { kind: "text", text: " does it here, after a question", tone: "idle" },
    ];
    titled.push(...(fixReason === null ? [can] : labelled("", fixReason, width, "idle")));
  }
  return titled;
}

const indent: GaugePart = { kind: "text", text: " ".repeat(labelWidth), tone: "plain" };
/** A line without a cell would take no row. */
const blank: GaugeLine = [{ kind: "text", text: " ", tone: "plain" }];

function bold(part: GaugePart): GaugePart {
  return part.kind === "text" ? { ...part, bold: true } : part;
}

function labelled(label: string, text: string, width: number, tone: Tone = "plain"): GaugeLine[] {
  return wrapWords(text, Math.max(width - labelWidth, 8)).map((line, index) => [
    { kind: "text", text: padEnd(index === 0 ? label : "", labelWidth), tone: "idle" },
    { kind: "text", text: line, tone },
  ]);
}

/** Source and words on one line where they fit, else the words below it. */
function quoted(label: string, source: string, text: string, width: number): GaugeLine[] {
  const words = `"${text}"`;
  const from = `${source}:`;
  const head: GaugePart = { kind: "text", text: padEnd(label, labelWidth), tone: "idle" };
  if (labelWidth + textWidth(from) + 1 + textWidth(words) <= width)
    return [
      [head, { kind: "text", text: `${from} `, tone: "idle" }, { kind: "text", text: words, tone: "plain" }],
    ];
  const room = Math.max(width - labelWidth - 2, 8);
  // Words that stand in columns keep their spaces.
  const lines = words.includes("  ") ? wrapCells(words, room) : wrapWords(words, room);
  return [
    ...labelled(label, from, width, "idle"),
    ...lines.map((line): GaugeLine => [indent, { kind: "text", text: `  ${line}`, tone: "plain" }]),
  ];
}
