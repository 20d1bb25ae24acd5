/** The Builders and Gauges panes as a whole: what settles them, what is seen of them, whether a time in them grows. */
import type { DashboardState, World } from "./dashboard-state.ts";
import { doctorPicture } from "./doctor-view.ts";
import { type GaugeView, gaugeView } from "./gauge-lines.ts";
import { layoutOf, paneSize, panesOf } from "./layout.ts";
import { type ListShape, scrollTo, visibleRows } from "./list-window.ts";
import { machineProblemFigure, shownMachines } from "./machine-problems.ts";
import { describeMachineRow, type MachineRowDescription } from "./machine-row-description.ts";
import { type MachineRow, machineRows, machinesNow, selectedMachineRow } from "./machine-rows.ts";
import { trackStates } from "./state-since.ts";

/** Selection, scroll positions and number of rows in accord with the machines. */
export function settleMachines(before: DashboardState, world: World): DashboardState {
  const rows = machineRows(before, world);
  const since = trackStates(before.builders.since, rows, machinesNow(before));
  const index = selectedIndex({ ...before.builders, since }, rows);
  const selected = rows[index]?.key ?? null;
  let state = before;
  const set = (builders: DashboardState["builders"]) => {
    const same = (Object.keys(builders) as (keyof typeof builders)[]).every(
      (key) => builders[key] === state.builders[key],
    );
    if (!same) state = { ...state, builders };
  };
  const scrolled = selected === state.builders.scrolledRow ? state.builders.gaugesTop : 0;
  set({
    ...state.builders,
    count: rows.length,
    since,
    selected,
    selectedIndex: index,
    gaugesTop: scrolled,
    scrolledRow: selected,
  });
  if (!panesOf(state).includes(state.focus)) state = { ...state, focus: "builds" };
  set({ ...state.builders, top: scrollTo(machinesShape(state), state.builders.top, index) });
  return state;
}

export function machinesShape(state: DashboardState): ListShape {
  return { length: state.builders.count, height: paneSize(state, "builders").height, pinned: 0 };
}

/** Rows of the Builders pane that are in sight. */
export function visibleMachineRows(state: DashboardState, world: World): MachineRowDescription[] {
  const rows = machineRows(state, world);
  return visibleRows(machinesShape(state), state.builders.top).flatMap((index) => {
    const row = rows[index];
    return row ? [describeMachineRow(row, state)] : [];
  });
}

/** The gauges of the selected row, as many lines as they need. */
export function selectedGauges(
  state: DashboardState,
  world: World,
  help: readonly string[],
): GaugeView | null {
  const row = selectedMachineRow(state, world);
  if (!row) return null;
  const { panes } = layoutOf(state);
  const { width, height } = paneSize(state, "gauges");
  return gaugeView(row, state, { width, height, closer: panes.length === 1, help });
}

/** Scrolled by `rows`, no further than the last line. */
export function scrollGauges(state: DashboardState, world: World, rows: number): DashboardState {
  const length = selectedGauges(state, world, [])?.lines.length ?? 0;
  const last = Math.max(length - paneSize(state, "gauges").height, 0);
  const gaugesTop = Math.max(0, Math.min(state.builders.gaugesTop + rows, last));
  return { ...state, builders: { ...state.builders, gaugesTop } };
}

/** All that is seen of the machines, to tell whether a frame would show anything new. */
export function machinesPicture(state: DashboardState, world: World): string {
  if (state.builders.count === 0 && world.machines.list().length === 0) return "";
  const named = world.machines.list().map(({ name, os, nix }) => [name, os, nix?.name]);
  const problems = machineProblemFigure(shownMachines(state, world));
  if (state.settings) return JSON.stringify([named, problems]);
  if (state.doctor) return JSON.stringify([named, problems, doctorPicture(state, world)]);
  const drawn = layoutOf(state).panes.map(({ id }) => id);
  return JSON.stringify([
    named,
    problems,
    drawn.includes("builders") && visibleMachineRows(state, world),
    drawn.includes("gauges") && selectedGauges(state, world, []),
  ]);
}

/** Whether a time in sight grows each second. */
export function machinesTick(state: DashboardState, world: World): boolean {
  return (
    state.paused === null &&
    state.builders.count > 0 &&
    layoutOf(state).panes.some(({ id }) => id === "builders") &&
    visibleMachineRows(state, world).some(({ ticking }) => ticking)
  );
}

/**
 * Where the person has not chosen: the first builder that can be looked into, and it stays selected when trouble comes
 * over it.
 */
function selectedIndex(builders: DashboardState["builders"], rows: readonly MachineRow[]): number {
  const { selected, selectedIndex: last, chosen } = builders;
  const index = rows.findIndex(({ key }) => key === selected);
  if (chosen) return index >= 0 ? index : Math.max(0, Math.min(last, rows.length - 1));
  const present = rows[index]?.builder;
  if (present && (present.gauges !== null || builders.since.get(rows[index]?.key ?? "")?.since != null))
    return index;
  const inside = rows.findIndex(({ builder }) => builder !== null && builder.gauges !== null);
  if (inside >= 0) return inside;
  return Math.max(
    rows.findIndex(({ builder }) => builder !== null),
    0,
  );
}
