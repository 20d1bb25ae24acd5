/** The lines of a text that stays until it is read, as they are wrapped on this screen. */
import { textWidth, wrapCells } from "../model/text/width.ts";
import type { DashboardState } from "./dashboard-state.ts";
import { wrapWords } from "./wrap-words.ts";

type Size = Pick<DashboardState, "columns" | "rows">;

/** With the border. */
export function textOverlayWidth({ columns }: Size, lines: readonly string[]): number {
  return Math.min(columns - 2, Math.max(...lines.map(textWidth), 40) + 4);
}

export function textOverlayLines(size: Size, lines: readonly string[]): string[] {
  const width = textOverlayWidth(size, lines) - 4;
  return lines.flatMap((line) => (/^\s/.test(line) ? wrapCells(line, width) : wrapText(line, width)));
}

/** Between words, but what is indented, or an empty line, stays as it is. */
function wrapText(line: string, width: number): string[] {
  return textWidth(line) <= width ? [line] : wrapWords(line, width);
}

/** How many lines there are, and how many fit. */
export function textOverlayRoom(size: Size, lines: readonly string[]): [length: number, height: number] {
  const { length } = textOverlayLines(size, lines);
  return [length, Math.min(length, Math.max(size.rows - 6, 1))];
}
