/** Which part of a long list is drawn. */
import type { Figure } from "./summary.ts";

export interface ListShape {
  length: number;
  /** Rows that can be drawn. */
  height: number;
  /** Rows at the start of the list that are always drawn. */
  pinned: number;
}

/** How many leading rows (failures) may stay in sight while the rest scrolls: never more than a third of the pane. */
export function pinnedRows(failedAtTop: number, height: number): number {
  return Math.min(failedAtTop, Math.floor(height / 3));
}

/** The first row to draw below the pinned ones, moved as little as possible so that `selected` is in sight. */
export function scrollTo(shape: ListShape, top: number, selected: number): number {
  const room = Math.max(shape.height - shape.pinned, 1);
  const rest = Math.max(shape.length - shape.pinned, 0);
  const index = selected - shape.pinned;
  let next = top;
  if (index >= 0 && index < next) next = index;
  if (index >= next + room) next = index - room + 1;
  return Math.max(0, Math.min(next, rest - room));
}

/** Indexes of the rows to draw, in order; at most `height`. */
export function visibleRows(shape: ListShape, top: number): number[] {
  const indexes: number[] = [];
  for (let i = 0; i < Math.min(shape.pinned, shape.length); i++) indexes.push(i);
  for (let i = shape.pinned + top; i < shape.length && indexes.length < shape.height; i++) indexes.push(i);
  return indexes;
}

/** What is not in sight, for the border: `3 more below`, `2 more above`, `2 above, 1 below`; nothing if all is. */
export function hiddenFigures(above: number, below: number): Figure[] {
  if (above <= 0 && below <= 0) return [];
  const text =
    above <= 0
      ? `${below} more below`
      : below <= 0
        ? `${above} more above`
        : `${above} above, ${below} below`;
  return [{ text, tone: "idle" }];
}
