/** Brings the state into accord with the builds after either changed: selection, scroll position, shown log. */
import type { DashboardState, World } from "./dashboard-state.ts";
import { settleDoctor } from "./doctor-view.ts";
import { paneSize } from "./layout.ts";
import { type ListShape, pinnedRows, scrollTo, visibleRows } from "./list-window.ts";
import { logSource } from "./log-source.ts";
import { machinesTick, settleMachines } from "./machines-view.ts";
import { settleQuestion } from "./question.ts";
import { listRows, type RowList } from "./row-list.ts";
import { settleSettings } from "./settings-view.ts";
import { settleTried } from "./tried-fixes.ts";

export function settle(before: DashboardState, world: World): DashboardState {
  const settled = settleSettings(settleDoctor(settleTried(settleMachines(before, world), world), world));
  const state = settleQuestion(settled);
  const list = listRows(state, world);
  const index = selectedIndex(state, world, list);
  const selected = list.describe(index)?.key ?? null;
  const shape = listShape(state, list);
  // While the person has not chosen, what is urgent stands at the top and stays in sight there.
  const lingers = !state.builds.chosen && !isRunning(list, index) && index >= list.failedAtTop;
  const top = lingers ? 0 : scrollTo(shape, state.builds.chosen ? state.builds.top : 0, index);
  let next = state;
  if (selected !== state.builds.selected || index !== state.builds.selectedIndex || top !== state.builds.top)
    next = { ...next, builds: { ...next.builds, selected, selectedIndex: index, top } };
  const source = logSource(next, world, list);
  if (source.key !== next.log.source)
    next = { ...next, log: { ...next.log, source: source.key, top: null, column: 0, search: null } };
  return next;
}

export function listShape(state: DashboardState, list: RowList): ListShape {
  const { height } = paneSize(state, "builds");
  return { length: list.length, height, pinned: pinnedRows(list.failedAtTop, height) };
}

/** Whether any time on the screen grows by itself, so that the clock must drive the next frame. */
export function ticks(state: DashboardState, world: World, list: RowList): boolean {
  if (state.paused || state.doctor || state.settings) return false;
  if (machinesTick(state, world)) return true;
  return visibleRows(listShape(state, list), state.builds.top).some((index) => list.describe(index)?.ticking);
}

function selectedIndex(state: DashboardState, world: World, list: RowList): number {
  const { selected, selectedIndex: last, chosen } = state.builds;
  const index = selected === null ? -1 : list.indexOf(selected);
  const bounded = Math.max(0, Math.min(last, list.length - 1));
  if (chosen) return index >= 0 ? index : bounded;
  // Stays with a running build until it ends, then goes on to the next one; when all is over, to the first failure.
  if (index >= 0 && (isRunning(list, index) || endedJustNow(list, index, state.frame.now))) return index;
  for (let i = 0; i < list.length; i++) {
    const row = list.row(i);
    if (row?.kind !== "derivation") continue;
    if (row.derivation.state === "running") return i;
    if (row.derivation.state !== "failed") break;
  }
  if (list.failedAtTop > 0) return 0;
  const { running, planned } = world.builds.counts;
  return index >= 0 && running + planned > 0 ? index : 0;
}

/** A build that ended stays in view for a moment: many short ones would otherwise flicker past. */
const lingering = 1_500;

function endedJustNow(list: RowList, index: number, now: number): boolean {
  const row = list.row(index);
  if (row?.kind !== "derivation" || row.derivation.endedAt === null) return false;
  return now - row.derivation.endedAt < lingering;
}

function isRunning(list: RowList, index: number): boolean {
  const row = list.row(index);
  return row?.kind === "derivation" && row.derivation.state === "running";
}
