/** Where everything stands on a terminal of a given size. Cells, counted from 0 at the top left. */
import { type DashboardState, type PaneId, paneOrder } from "./dashboard-state.ts";

export interface PaneBox {
  readonly id: PaneId;
  readonly y: number;
  /** With its border. */
  readonly width: number;
  readonly height: number;
  /** Without border and padding. */
  readonly innerWidth: number;
  readonly innerHeight: number;
}

export interface Layout {
  readonly columns: number;
  readonly rows: number;
  /** Not even one pane fits. */
  readonly tooSmall: boolean;
  /** Panes that are drawn, from top to bottom. */
  readonly panes: readonly PaneBox[];
}

export const smallest = { columns: 40, rows: 10 } as const;

/** From this size on both panes are drawn; below it the focused one alone. */
const bothPanes = { columns: 60, rows: 16 } as const;

/** Shares of the height; a pane that is not there leaves its share to the others. */
const shares: Record<PaneId, number> = { builds: 9, log: 11 };

export function layoutOf(state: Pick<DashboardState, "columns" | "rows" | "zoomed" | "focus">): Layout {
  const { columns, rows, zoomed, focus } = state;
  if (columns < smallest.columns || rows < smallest.rows) return { columns, rows, tooSmall: true, panes: [] };
  const alone = zoomed || columns < bothPanes.columns || rows < bothPanes.rows;
  const shown = alone ? [focus] : paneOrder;
  // One row each for header and footer.
  let left = rows - 2;
  let y = 1;
  let weight = shown.reduce((sum, id) => sum + shares[id], 0);
  const panes = shown.map((id) => {
    const height = Math.round((left * shares[id]) / weight);
    const box = {
      id,
      y,
      width: columns,
      height,
      innerWidth: columns - 4,
      innerHeight: Math.max(height - 2, 0),
    };
    left -= height;
    weight -= shares[id];
    y += height;
    return box;
  });
  return { columns, rows, tooSmall: false, panes };
}

/** Rows and cells inside a pane; those it would have, if it is not drawn. */
export function paneSize(state: DashboardState, id: PaneId): { width: number; height: number } {
  const box =
    layoutOf(state).panes.find((pane) => pane.id === id) ??
    layoutOf({ ...state, focus: id, zoomed: true }).panes[0];
  return { width: box?.innerWidth ?? 0, height: box?.innerHeight ?? 0 };
}

/** Lines that the help and the tables show: all between header and footer, without their border. */
export function overlayHeight({ rows }: Pick<DashboardState, "rows">): number {
  return Math.max(rows - 4, 1);
}

/** The pane at a cell, and the row inside it (negative or beyond its height on the border). */
export function paneAt(layout: Layout, y: number): { pane: PaneBox; row: number } | null {
  const pane = layout.panes.find((box) => y >= box.y && y < box.y + box.height);
  return pane ? { pane, row: y - pane.y - 1 } : null;
}
