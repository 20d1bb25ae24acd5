/** Which parts of the header there is room for: what does not fit is left out whole, the least of it first. */
import { textWidth, truncateEnd } from "../model/text/width.ts";
import type { Tone } from "./dashboard-state.ts";

export interface HeaderPart {
  /** From the longest form to the shortest. */
  readonly forms: readonly string[];
  readonly tone: Tone;
  /** The key that tells more, behind the text; "" for none. */
  readonly key: string;
  /** The lower, the longer it stays. */
  readonly rank: number;
}

interface HeaderFigure {
  readonly text: string;
  readonly tone: Tone;
  readonly key: string;
}

export interface HeaderLine {
  /** Behind the program's name. */
  readonly left: readonly string[];
  /** In the order of the parts. */
  readonly right: readonly HeaderFigure[];
}

export interface HeaderTexts {
  /** What is watched; "" if the machine says it. */
  readonly title: string;
  /** What the machine is: its name and what goes on from it, or the names of several. From the longest to the shortest. */
  readonly machine: readonly string[];
  readonly parts: readonly HeaderPart[];
  readonly ellipsis: string;
}

/** ` buildtop`, and the space at the end of the line. */
const nameWidth = 9 + 1;
/** Before each figure on the right. */
export const figureGap = 3;
/** Before what stands on the left, and least between it and the right. */
const leftGap = 2 + 1;
/** ` · ` */
const separatorWidth = 3;
/** A title that is cut shorter than this says nothing. */
const shortestTitle = 12;

export function headerLine(columns: number, { title, machine, parts, ellipsis }: HeaderTexts): HeaderLine {
  let room = columns - nameWidth;
  const shown = new Map<HeaderPart, string>();
  for (const part of parts.toSorted((a, b) => a.rank - b.rank)) {
    const text = part.forms.find((form) => textWidth(form + part.key) + figureGap <= room);
    if (text === undefined) continue;
    shown.set(part, text);
    room -= textWidth(text + part.key) + figureGap;
  }
  const right = parts.flatMap((part): HeaderFigure[] => {
    const text = shown.get(part);
    return text === undefined ? [] : [{ text, tone: part.tone, key: part.key }];
  });
  room -= leftGap;
  const left: string[] = [];
  if (title !== "" && (textWidth(title) <= room || room >= shortestTitle)) {
    left.push(truncateEnd(title, room, ellipsis));
    room -= textWidth(left[0] ?? "") + separatorWidth;
  }
  // What is watched goes before what the machine is: that one is known anyway.
  const named = machine.find((form) => textWidth(form) <= room);
  if (named !== undefined && named !== title) left.unshift(named);
  return { left, right };
}
