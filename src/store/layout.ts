/** Where everything stands on a terminal of a given size. Cells, counted from 0 at the top left. */
import { type DashboardState, type PaneId, paneOrder } from "./dashboard-state.ts";
import { boxAt, type ScreenBox } from "./screen-box.ts";

export interface PaneBox extends ScreenBox {
  readonly id: PaneId;
}

export interface Layout {
  readonly columns: number;
  readonly rows: number;
  /** Not even one pane fits. */
  readonly tooSmall: boolean;
  /** Panes that are drawn, from top to bottom and from left to right. */
  readonly panes: readonly PaneBox[];
}

type LayoutInput = Pick<DashboardState, "columns" | "rows" | "zoomed" | "focus"> & {
  readonly builders: { readonly count: number };
};

export const smallest = { columns: 40, rows: 10 } as const;

/** From this size on several panes are drawn; below it the focused one alone. */
const severalPanes = { columns: 60, rows: 16 } as const;
/** From here on the gauges stand beside the builders; or below them, if it is high enough for that. */
const beside = { columns: 100, rows: 20 } as const;
const belowRows = 40;

export function layoutOf(state: LayoutInput): Layout {
  const { columns, rows } = state;
  if (columns < smallest.columns || rows < smallest.rows) return { columns, rows, tooSmall: true, panes: [] };
  const shown = shownPanes(state);
  const panes: PaneBox[] = [];
  // One row each for header and footer.
  let y = 1;
  let left = rows - 2;
  const add = (id: PaneId, height: number) => {
    panes.push(paneBox(id, 0, y, columns, height));
    y += height;
    left -= height;
  };
  const [only] = shown;
  if (only !== undefined && shown.length === 1) {
    add(only, left);
    return { columns, rows, tooSmall: false, panes };
  }
  const { builders, gauges } = topHeights(state);
  if (shown.includes("gauges") && isWide(state)) {
    const width = Math.floor(columns * 0.46);
    panes.push(paneBox("builders", 0, y, width, gauges));
    panes.push(paneBox("gauges", width, y, columns - width, gauges));
    y += gauges;
    left -= gauges;
  } else {
    if (shown.includes("builders")) add("builders", builders);
    if (shown.includes("gauges")) add("gauges", gauges);
  }
  add("builds", Math.round(left * 0.45));
  add("log", left);
  return { columns, rows, tooSmall: false, panes };
}

/** The panes that can be drawn at all. */
export function panesOf({ builders }: Pick<LayoutInput, "builders">): readonly PaneId[] {
  return builders.count > 0 ? paneOrder : paneOrder.filter((id) => id === "builds" || id === "log");
}

/** The panes that `tab` goes through: those in sight, or, where only one is, all. */
export function panesInReach(state: LayoutInput): readonly PaneId[] {
  const { panes } = layoutOf(state);
  return panes.length > 1 ? panes.map(({ id }) => id) : panesOf(state);
}

function shownPanes(state: LayoutInput): readonly PaneId[] {
  const { columns, rows, zoomed, focus } = state;
  const all = panesOf(state);
  if (zoomed || columns < severalPanes.columns || rows < severalPanes.rows) return [focus];
  if (isWide(state) || rows >= belowRows) return all;
  // The rows of the Builders pane have the gauges in them: by themselves they are for a closer look.
  return focus === "gauges" ? [focus] : all.filter((id) => id !== "gauges");
}

function isWide({ columns, rows }: LayoutInput): boolean {
  return columns >= beside.columns && rows >= beside.rows;
}

/**
 * Heights with the border. They depend on the terminal and the number of builders alone, so that nothing jumps when a
 * build begins: many builders get a fixed share of the rows, few leave the rest of it to the builds.
 */
function topHeights(state: LayoutInput): { builders: number; gauges: number } {
  const { rows } = state;
  const { count } = state.builders;
  const usual = rows < 30 ? 3 : rows < 50 ? 5 : 8;
  // Three eighths of what lies between header and footer; where it is low, builds and log need what there is.
  const share = rows < 20 ? 2 : Math.floor(((rows - 2) * 3) / 8) - 2;
  if (isWide(state)) {
    const height = Math.min(Math.max(count, usual), rows < 24 ? share : Math.max(share, 8)) + 2;
    return { builders: height, gauges: height };
  }
  return { builders: Math.min(count, share) + 2, gauges: usual + 2 };
}

function paneBox(id: PaneId, x: number, y: number, width: number, height: number): PaneBox {
  return { ...boxAt(x, y, width, height), id, innerHeight: Math.max(height - 2, 0) };
}

/** The box of a pane; the one it would have, if it is not drawn. */
function paneBoxOf(state: LayoutInput, id: PaneId): PaneBox | undefined {
  return (
    layoutOf(state).panes.find((pane) => pane.id === id) ??
    layoutOf({ ...state, focus: id, zoomed: true }).panes[0]
  );
}

/** Rows and cells inside a pane; those it would have, if it is not drawn. */
export function paneSize(state: LayoutInput, id: PaneId): { width: number; height: number } {
  const box = paneBoxOf(state, id);
  return { width: box?.innerWidth ?? 0, height: box?.innerHeight ?? 0 };
}

/** Lines that the help and the tables show: all between header and footer, without their border. */
export function overlayHeight({ rows }: Pick<DashboardState, "rows">): number {
  return Math.max(rows - 4, 1);
}

/** The pane at a cell, and the row inside it (negative or beyond its height on the border). */
export function paneAt(layout: Layout, x: number, y: number): { pane: PaneBox; row: number } | null {
  const pane = layout.panes.find(
    (box) => y >= box.y && y < box.y + box.height && x >= box.x && x < box.x + box.width,
  );
  return pane ? { pane, row: y - pane.y - 1 } : null;
}
