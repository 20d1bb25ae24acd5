/** The doctor as a whole: where its list and what it says of the selected row stand, what settles and scrolls them. */
import type { DashboardState, DoctorView, World } from "./dashboard-state.ts";
import { type DoctorDetail, doctorDetail } from "./doctor-lines.ts";
import { type DoctorRow, doctorFigures, doctorRows } from "./doctor-rows.ts";
import { type ListShape, scrollTo } from "./list-window.ts";
import { lookedAt } from "./looked-at.ts";
import { shownMachines } from "./machine-problems.ts";
import { boxAt, type ScreenBox } from "./screen-box.ts";

export interface DoctorLayout {
  readonly list: ScreenBox;
  readonly detail: ScreenBox;
}

/** From here on the two stand beside each other: lines of text are long enough then. */
const besideColumns = 140;
/** Rows of the list before it takes more than a person reads at once. */
const mostListRows = 14;

/** All between header and footer. */
export function doctorLayout(
  { columns, rows }: Pick<DashboardState, "columns" | "rows">,
  count: number,
): DoctorLayout {
  const height = Math.max(rows - 2, 6);
  if (columns >= besideColumns) {
    const width = Math.floor(columns * 0.42);
    return { list: boxAt(0, 1, width, height), detail: boxAt(width, 1, columns - width, height) };
  }
  const most = Math.min(Math.max(Math.floor(height * 0.4) - 2, 1), mostListRows);
  const listHeight = Math.min(Math.max(count, Math.min(3, most)), most) + 2;
  return {
    list: boxAt(0, 1, columns, listHeight),
    detail: boxAt(0, 1 + listHeight, columns, height - listHeight),
  };
}

export function openDoctorView(selected: string | null): DoctorView {
  return { selected, selectedIndex: 0, top: 0, fix: 0, detailTop: 0, shown: null };
}

/** The selected row stays the one that is read, wherever it moves; when it goes, its neighbour is taken. */
export function settleDoctor(state: DashboardState, world: World): DashboardState {
  const { doctor } = state;
  if (!doctor) return state;
  const rows = doctorRows(state, world);
  const found = rows.findIndex(({ key }) => key === doctor.selected);
  const index = found >= 0 ? found : Math.max(0, Math.min(doctor.selectedIndex, rows.length - 1));
  const selected = rows[index]?.key ?? null;
  const top = scrollTo(listShapeOf(state, rows.length), doctor.top, index);
  const same = selected === doctor.shown;
  const next: DoctorView = {
    selected,
    selectedIndex: index,
    top,
    fix: same ? Math.min(doctor.fix, Math.max(fixesOf(rows[index]) - 1, 0)) : bestFix(rows[index]),
    detailTop: same ? doctor.detailTop : 0,
    shown: selected,
  };
  const equal = (Object.keys(next) as (keyof DoctorView)[]).every((key) => next[key] === doctor[key]);
  return equal ? state : { ...state, doctor: next };
}

export function listShapeOf(state: DashboardState, count: number): ListShape {
  return { length: count, height: doctorLayout(state, count).list.innerHeight, pinned: 0 };
}

export function selectedDoctorRow(state: DashboardState, world: World): DoctorRow | undefined {
  return doctorRows(state, world)[state.doctor?.selectedIndex ?? 0];
}

/** What is said of the selected row, as many lines as it needs. */
export function selectedDetail(
  state: DashboardState,
  world: World,
  fixReason: string | null,
): DoctorDetail | null {
  const rows = doctorRows(state, world);
  const row = rows[state.doctor?.selectedIndex ?? 0];
  if (!row) return null;
  const { innerWidth, innerHeight } = doctorLayout(state, rows.length).detail;
  const fix = state.doctor?.fix ?? 0;
  return doctorDetail(row, { width: innerWidth, height: innerHeight, fix, fixReason });
}

/** Scrolled by `lines`, no further than the last one. */
export function scrollDetail(state: DashboardState, world: World, lines: number): DashboardState {
  const { doctor } = state;
  const detail = selectedDetail(state, world, null);
  if (!doctor || !detail) return state;
  const { innerHeight } = doctorLayout(state, doctorRows(state, world).length).detail;
  const last = Math.max(detail.lines.length - innerHeight, 0);
  const detailTop = Math.max(0, Math.min(doctor.detailTop + lines, last));
  return { ...state, doctor: { ...doctor, detailTop } };
}

/** Another fix is meant, and comes into sight. */
export function chooseFix(state: DashboardState, world: World, fix: number): DashboardState {
  const { doctor } = state;
  if (!doctor) return state;
  const chosen: DashboardState = { ...state, doctor: { ...doctor, fix } };
  const at = selectedDetail(chosen, world, null)?.fixAt;
  if (!at) return state;
  const { innerHeight } = doctorLayout(state, doctorRows(state, world).length).detail;
  const most = Math.max(at.to - innerHeight, 0);
  const detailTop = Math.min(Math.max(doctor.detailTop, most), at.from);
  return { ...chosen, doctor: { ...doctor, fix, detailTop } };
}

/** What is seen of it, to tell whether a frame would show anything new. */
export function doctorPicture(state: DashboardState, world: World): unknown {
  const rows = doctorRows(state, world);
  const { height } = listShapeOf(state, rows.length);
  const top = state.doctor?.top ?? 0;
  return [
    doctorFigures(rows),
    rows.length,
    rows
      .slice(top, top + height)
      .map((row) =>
        row.kind === "problem" ? [row.problem.sentence, row.tried?.outcome, row.problem.severity] : row,
      ),
    selectedDetail(state, world, null)?.lines,
    rows[state.doctor?.selectedIndex ?? 0]?.kind === "well" && lookedAt(shownMachines(state, world)),
  ];
}

function fixesOf(row: DoctorRow | undefined): number {
  return row?.kind === "problem" ? row.problem.fixes.length : 0;
}

/** The first that can be done from here, else the first: they stand in the order of their merit. */
function bestFix(row: DoctorRow | undefined): number {
  if (row?.kind !== "problem") return 0;
  return Math.max(
    row.problem.fixes.findIndex(({ action }) => action !== undefined),
    0,
  );
}
