/** The rows of the Builds pane: live from the model, or as they were when the person pressed pause. */
import type { Row } from "../model/nix-log/types.ts";
import type { DashboardState, World } from "./dashboard-state.ts";
import { holdMachines } from "./machine-rows.ts";
import { describeRow, type RowDescription } from "./row-description.ts";
import { countFigures } from "./summary.ts";

export interface RowList {
  readonly length: number;
  /** Undefined beyond the ends. */
  row(index: number): Row | undefined;
  describe(index: number): RowDescription | undefined;
  /** -1 if there is none. */
  indexOf(key: string): number;
  /** Failed rows that stand at the very top. */
  readonly failedAtTop: number;
}

interface FrozenRow {
  readonly row: Row;
  readonly description: RowDescription;
}

export type FrozenRows = readonly FrozenRow[];

export function listRows(state: DashboardState, world: World): RowList {
  return state.paused ? frozenList(state.paused.rows, state.builds.filter) : liveList(state, world);
}

/** What all rows say now, and how far each log goes: for `DashboardState.paused`. */
export function freeze(state: DashboardState, world: World): NonNullable<DashboardState["paused"]> {
  const { sort, hideDone } = state.builds;
  const { now } = state.frame;
  const logEnds = new Map<string, number>();
  const rows = world.builds.rows({ sort, hideDone, filter: "" }).map((row) => {
    if (row.kind === "derivation" && row.derivation.state === "running")
      logEnds.set(row.derivation.drv, row.derivation.log.endLine);
    return { row, description: describeRow(row, now) };
  });
  return {
    at: now,
    rows,
    figures: countFigures(world.builds),
    logEnds,
    machines: holdMachines(state, world),
  };
}

function liveList(state: DashboardState, world: World): RowList {
  const { sort, filter, hideDone } = state.builds;
  const rows = world.builds.rows({ sort, filter, hideDone });
  return {
    length: rows.length,
    row: (index) => rows[index],
    describe: (index) => {
      const row = rows[index];
      return row && describeRow(row, state.frame.now);
    },
    indexOf: (key) => rows.findIndex((row) => row.key === key),
    failedAtTop: sort === "state" ? countLeading(rows, isFailed) : 0,
  };
}

function frozenList(frozen: FrozenRows, filter: string): RowList {
  const needle = filter.toLowerCase();
  const rows =
    needle === ""
      ? frozen
      : frozen.filter(({ description: { name, host } }) => `${name}\n${host}`.toLowerCase().includes(needle));
  return {
    length: rows.length,
    row: (index) => rows[index]?.row,
    describe: (index) => rows[index]?.description,
    indexOf: (key) => rows.findIndex((row) => row.description.key === key),
    failedAtTop: countLeading(rows, (row) => row.description.tone === "failed"),
  };
}

function isFailed(row: Row): boolean {
  return row.kind === "derivation" && row.derivation.state === "failed";
}

function countLeading<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  let count = 0;
  for (const item of items) {
    if (!holds(item)) break;
    count += 1;
  }
  return count;
}
