/** Everything the screen depends on besides the builds themselves. Immutable: each change makes a new object. */
import type { MachineStatus } from "../model/machine/status.ts";
import type { Builds, SortOrder } from "../model/nix-log/types.ts";
import type { MachineProblem } from "./machine-problems.ts";
import type { FrozenRows } from "./row-list.ts";
import type { SettingsView } from "./settings-state.ts";
import type { StateSince } from "./state-since.ts";
import type { Figure } from "./summary.ts";

export type PaneId = "builders" | "gauges" | "builds" | "log";

/** The panes in the order of `tab` and of their numbers; the first two only where machines are watched. */
export const paneOrder: readonly PaneId[] = ["builders", "gauges", "builds", "log"];

interface BuildersView {
  /** Rows of the Builders pane; 0: no machine is watched, and neither it nor the gauges are drawn. */
  count: number;
  /** Key of the row whose gauges are shown. */
  selected: string | null;
  selectedIndex: number;
  /** Whether the person chose it. */
  chosen: boolean;
  top: number;
  /** First line drawn of the gauges. */
  gaugesTop: number;
  /** Whose gauges those are. */
  scrolledRow: string | null;
  /** By the row's key. */
  since: ReadonlyMap<string, StateSince>;
}

interface BuildsView {
  /** Key of the selected row; `null` only while there is none. */
  selected: string | null;
  /** Where that row stood last, so that its neighbour is taken when it goes. */
  selectedIndex: number;
  /** Whether the person chose it. If not, the selection follows what happens. */
  chosen: boolean;
  /** First row drawn below the pinned ones. */
  top: number;
  filter: string;
  sort: SortOrder;
  hideDone: boolean;
}

export interface LogView {
  /** Which text is shown (see `LogSource.key`): a change of it starts the view anew. */
  source: string | null;
  /** Nix's own messages instead of the selected row's log. */
  messages: boolean;
  /** Number of the first line drawn; `null` = following the end. */
  top: number | null;
  /** First cell drawn, for long lines. */
  column: number;
  search: LogSearch | null;
}

export interface LogSearch {
  needle: string;
  /** Where the view stood when the search began: each typed letter searches from there, and Esc returns to it. */
  origin: { top: number | null; line: number; step: 1 | -1 };
  /** Line of the present match. */
  line: number | null;
  state: "searching" | "found" | "none";
}

/** A line that is being typed. `cursor` counts graphemes. */
export interface TextField {
  purpose: "filter" | "search" | "palette" | "setting" | "setting-filter";
  text: string;
  cursor: number;
}

export interface Choice {
  key: string;
  label: string;
  run: () => void;
}

/** What lies above the panes; it takes the keys while it is there. */
export type Overlay =
  | { kind: "help"; top: number }
  | { kind: "sessions"; top: number }
  | { kind: "palette"; selected: number }
  /** What must stay until it is read: the text of a tool that failed. */
  | { kind: "text"; title: string; lines: readonly string[]; top: number }
  /** Made by `openQuestion`. */
  | {
      kind: "choice";
      title: string;
      lines: readonly (string | QuestionLine)[];
      /** The last one changes nothing. */
      choices: readonly Choice[];
      selected: number;
      /** First row drawn, where not all of it fits. */
      top: number;
      /** Its end was in sight. */
      read: boolean;
    };

/** The doctor: it lies in the place of the panes, and questions lie above it. */
export interface DoctorView {
  /** Key of the selected row; `null` only until it is settled. */
  readonly selected: string | null;
  readonly selectedIndex: number;
  /** First row drawn. */
  readonly top: number;
  /** Which of the fixes is meant, from 0. */
  readonly fix: number;
  /** First line drawn of what is said of the selected row. */
  readonly detailTop: number;
  /** Whose fixes and lines those are. */
  readonly shown: string | null;
}

/** A fix that was done from here: the next look tells what came of it. */
export interface TriedFix {
  readonly problem: MachineProblem;
  /** `restart linux-builder`. */
  readonly action: string;
  /** Seconds of the machines' clock, when it was done. */
  readonly doneAt: number;
  readonly outcome: "looking" | "still there" | "gone";
}

export type Tone = "plain" | "well" | "running" | "attention" | "failed" | "idle";

/** A line in one look. */
export interface ToneLine {
  readonly text: string;
  readonly tone: Tone;
}

/** `grave`: what is lost by it. That is read first where not all of a question fits the screen. */
export interface QuestionLine extends ToneLine {
  readonly grave?: boolean;
}

export interface Flash {
  text: string;
  tone: Tone;
}

interface Paused {
  /** `Frame.now` when it was pressed. */
  at: number;
  rows: FrozenRows;
  /** What the Builds border said. */
  figures: readonly Figure[];
  /** Number after the last line of each log that was growing, by `LogSource.key`. */
  logEnds: ReadonlyMap<string, number>;
  machines: { readonly list: readonly MachineStatus[]; readonly now: number };
}

/** What one frame shows of the moving world. */
interface Frame {
  /** `Builds.version`. */
  version: number;
  /** Milliseconds of the builds' clock. */
  now: number;
  /** `12:03`. Minutes only, so that an idle screen stays still. */
  clock: string;
  /** Seconds, the clock of the machines. */
  machinesNow: number;
  /** Changes with what is shown of the machines. */
  machines: string;
}

/** An action on a machine that is under way. */
interface RunningAction {
  title: string;
  /** What it said last. */
  line: string;
}

export interface DashboardState {
  columns: number;
  rows: number;
  focus: PaneId;
  zoomed: boolean;
  /** `null` while it is closed. */
  doctor: DoctorView | null;
  /** `null` while they are closed; they lie above the doctor. */
  settings: SettingsView | null;
  tried: readonly TriedFix[];
  overlay: Overlay | null;
  field: TextField | null;
  builders: BuildersView;
  builds: BuildsView;
  log: LogView;
  paused: Paused | null;
  flash: Flash | null;
  action: RunningAction | null;
  frame: Frame;
  /** `null` while the terminal has not said. */
  terminalFocused: boolean | null;
}

/** The machines that are watched; none: the panes for them are not drawn. */
export interface Machines {
  readonly list: () => readonly MachineStatus[];
  /** Seconds, the clock of `MachineStatus.at`. */
  readonly now: () => number;
}

/** What pure functions on the state may read of the world. */
export interface World {
  readonly builds: Builds;
  readonly machines: Machines;
}

export const noMachines: Machines = { list: () => [], now: () => 0 };

export function initialState(columns: number, rows: number): DashboardState {
  return {
    columns,
    rows,
    focus: "builds",
    zoomed: false,
    doctor: null,
    settings: null,
    tried: [],
    overlay: null,
    field: null,
    builders: {
      count: 0,
      selected: null,
      selectedIndex: 0,
      chosen: false,
      top: 0,
      gaugesTop: 0,
      scrolledRow: null,
      since: new Map(),
    },
    builds: {
      selected: null,
      selectedIndex: 0,
      chosen: false,
      top: 0,
      filter: "",
      sort: "state",
      hideDone: false,
    },
    log: { source: null, messages: false, top: null, column: 0, search: null },
    paused: null,
    flash: null,
    action: null,
    frame: { version: -1, now: 0, clock: "", machinesNow: 0, machines: "" },
    terminalFocused: null,
  };
}
