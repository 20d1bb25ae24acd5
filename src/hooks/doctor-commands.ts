/** What the doctor's keys do, and why they cannot do it. */
import { formatNoun } from "../model/units.ts";
import type { DashboardState, World } from "../store/dashboard-state.ts";
import type { DashboardStore } from "../store/dashboard-store.ts";
import { doctorRows } from "../store/doctor-rows.ts";
import {
  chooseFix,
  doctorLayout,
  listShapeOf,
  openDoctorView,
  scrollDetail,
  selectedDoctorRow,
} from "../store/doctor-view.ts";
import { visibleRows } from "../store/list-window.ts";
import { failureOf } from "../store/log-source.ts";
import { type MachineProblem, machineProblems, shownMachines } from "../store/machine-problems.ts";
import { selectedMachineRow } from "../store/machine-rows.ts";
import type { DashboardActions } from "../views/dashboard-options.ts";
import type { CommandContext } from "./commands.ts";
import { fixReason, markedFix } from "./do-fix.ts";
import type { DoctorReasons } from "./key-binding.ts";
import type { MouseAction } from "./mouse.ts";

/** Why each key cannot be used now; `null` where it can. */
export function doctorReasons(state: DashboardState, world: World, actions: DashboardActions): DoctorReasons {
  const row = state.doctor ? selectedDoctorRow(state, world) : undefined;
  const fix = markedFix(state, row);
  return {
    open: world.machines.list().length > 0 ? null : "No machine is watched: there is nothing to look at.",
    fix: fixReason(row, fix, state, world, actions),
    copy: !fix
      ? "There is no command to copy."
      : fix.commands.length > 0
        ? null
        : "This fix has no command: it says what to do.",
    fixes: row?.kind === "problem" ? row.problem.fixes.length : 0,
  };
}

/** With what the person looks at selected: the failed build's cause, the builder's worst. */
export function openDoctor({ store }: CommandContext): void {
  const state = store.state.get();
  const problems = machineProblems(shownMachines(state, store));
  const cause = causeOfSelected(store);
  const about = problems.find((problem) =>
    cause === null ? isOfSelected(problem, store) : problem.id === cause,
  );
  store.change((before) => ({
    ...before,
    // What was mended the last time has been read.
    tried: before.tried.filter(({ outcome }) => outcome !== "gone"),
    doctor: openDoctorView(about?.key ?? null),
  }));
  if (cause !== null && !about) store.flash(`The machines show nothing of ${cause} now.`, "attention");
}

/** Id of the diagnosis that the selected build's failure names, where builds are looked at. */
function causeOfSelected(store: DashboardStore): string | null {
  const { focus } = store.state.get();
  const { derivation } = store.log();
  if (derivation === null || (focus !== "builds" && focus !== "log")) return null;
  return failureOf(derivation, store.builds)?.diagnosis ?? null;
}

function isOfSelected({ machineIndex, builderKey }: MachineProblem, store: DashboardStore): boolean {
  const state = store.state.get();
  if (state.focus !== "builders" && state.focus !== "gauges") return false;
  const row = selectedMachineRow(state, store);
  return row?.machineIndex === machineIndex && row.builder !== null && row.builder.key === builderKey;
}

export function closeDoctor({ store }: CommandContext): void {
  store.change((state) => ({ ...state, doctor: null }));
}

/** Moves the selection by `rows`; infinite: to an end. */
export function moveInDoctor(store: DashboardStore, rows: number): void {
  const { doctor } = store.state.get();
  if (doctor) selectDoctorRow(store, doctor.selectedIndex + rows);
}

function selectDoctorRow(store: DashboardStore, index: number): void {
  const rows = doctorRows(store.state.get(), store);
  const row = rows[Math.max(0, Math.min(index, rows.length - 1))];
  if (!row) return;
  store.change((state) =>
    state.doctor ? { ...state, doctor: { ...state.doctor, selected: row.key } } : state,
  );
}

export function pageDetail({ store }: CommandContext, pages: number): void {
  const state = store.state.get();
  const { innerHeight } = doctorLayout(state, doctorRows(state, store).length).detail;
  store.change((before) => scrollDetail(before, store, pages * Math.max(innerHeight - 1, 1)));
}

export function markFix({ store }: CommandContext, index: number): void {
  const row = selectedDoctorRow(store.state.get(), store);
  const count = row?.kind === "problem" ? row.problem.fixes.length : 0;
  if (index < count) store.change((state) => chooseFix(state, store, index));
  else
    store.flash(
      count === 0
        ? "There is no fix here."
        : `There ${count === 1 ? "is" : "are"} ${formatNoun(count, "fix", "fixes")}.`,
      "attention",
    );
}

export function stepFix(context: CommandContext, step: 1 | -1): void {
  const state = context.store.state.get();
  const row = selectedDoctorRow(state, context.store);
  const count = row?.kind === "problem" ? row.problem.fixes.length : 0;
  if (count > 0) markFix(context, ((state.doctor?.fix ?? 0) + step + count) % count);
}

export function copyFix({ store, effects }: CommandContext): void {
  const fix = markedFix(store.state.get(), selectedDoctorRow(store.state.get(), store));
  if (fix && fix.commands.length > 0)
    store.flash(effects.copy(fix.commands.join("\n"), formatNoun(fix.commands.length, "command")));
}

/** The wheel moves the list or scrolls what is said; a click selects. */
export function mouseInDoctor(store: DashboardStore, action: MouseAction): void {
  const state = store.state.get();
  const { length } = doctorRows(state, store);
  const { list } = doctorLayout(state, length);
  const inList = action.x < list.x + list.width && action.y < list.y + list.height;
  if (action.kind === "wheel") {
    if (inList) moveInDoctor(store, action.lines);
    else store.change((before) => scrollDetail(before, store, action.lines));
    return;
  }
  const index = visibleRows(listShapeOf(state, length), state.doctor?.top ?? 0)[action.y - list.y - 1];
  if (inList && index !== undefined) selectDoctorRow(store, index);
}
