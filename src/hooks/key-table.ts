/**
 * Every key of the dashboard: the one table that dispatch, footer, help, palette and docs/keys.md are made from.
 *
 * Within a scope a key stands once; an inner scope (a pane) goes before an outer one (all panes). A key that holds but
 * cannot do anything now says why in `disabled`, and pressing it shows that reason.
 */

export type CommandId = keyof typeof commandHelp;

/**
 * - `anywhere`: always, also in dialogs
 * - `panes`: while no dialog is open; `builders`, `gauges`, `builds`, `log`: in that pane. What holds for the selected
 *   builder holds beside it in the gauges as well.
 * - `doctor`, `settings`: while they lie in the place of the panes
 * - `reader`: help and tables; `choice`: questions; `field`: a line that is being typed
 */
export type Scope =
  | "anywhere"
  | "panes"
  | "builders"
  | "gauges"
  | "builds"
  | "log"
  | "doctor"
  | "settings"
  | "reader"
  | "choice"
  | "field";

/** What decides whether a command can be used now. */
export interface KeyContext {
  readonly paused: boolean;
  readonly hasRow: boolean;
  /** The selected row is a derivation. */
  readonly hasDerivation: boolean;
  readonly logLines: number;
  readonly searching: boolean;
  /** Why `w` cannot be used; `null` if it can. */
  readonly watchReason: string | null;
  readonly sessions: number;
  readonly doctor: DoctorReasons;
  /** Why the keys of builders cannot be used now; `null` if they can. */
  readonly builder: BuilderReasons;
  readonly setting: SettingReasons;
  /** A question is asked, and all of it is in sight. */
  readonly wholeQuestion: boolean;
}

/** Why the keys of settings cannot be used now; `null` where they can. */
export interface SettingReasons {
  readonly open: string | null;
  readonly edit: string | null;
  readonly undo: string | null;
}

export interface BuilderReasons {
  readonly restart: string | null;
  /** Starting, or stopping what runs. */
  readonly switch: string | null;
  readonly test: string | null;
  readonly log: string | null;
  readonly copy: string | null;
  readonly daemon: string | null;
  readonly look: string | null;
}

/** Why the doctor's keys cannot be used now; `null` where they can. */
export interface DoctorReasons {
  readonly open: string | null;
  /** Doing the fix that is meant. */
  readonly fix: string | null;
  readonly copy: string | null;
  /** Fixes of the selected row. */
  readonly fixes: number;
}

export interface KeyBinding {
  readonly id: CommandId;
  readonly keys: readonly string[];
  readonly scope: Scope;
  /** In the footer where there is room: lower numbers first. */
  readonly footer?: { readonly order: number; readonly label: string };
  readonly disabled?: (context: KeyContext) => string | null;
}

/** What each command does, for help, palette and docs. */
export const commandHelp = {
  down: "one down",
  up: "one up",
  "page-down": "a page down",
  "page-up": "a page up",
  "half-page-down": "half a page down",
  "half-page-up": "half a page up",
  first: "to the first",
  last: "to the last; in the log: follow its end",
  left: "log to the left",
  right: "log to the right, for long lines",
  "next-pane": "next pane",
  "previous-pane": "previous pane",
  "numbered-pane": "pane by its number",
  open: "log of the selected row, as large as the screen",
  back: "back: close, clear the filter or search, end the zoom, let the selection follow again",
  zoom: "focused pane as large as the screen, and back",
  filter: "show only rows whose name or host holds a text",
  search: "search the log",
  "next-match": "next match",
  "previous-match": "previous match",
  pause: "hold the picture still; nothing is lost meanwhile",
  sort: "next order of the rows: state, name, time, host",
  "hide-done": "hide or show what is done",
  messages: "messages of Nix instead of a log, and back",
  gauges: "gauges of the selected builder or machine, as large as the screen",
  "restart-builder": "restart the selected builder",
  "switch-builder": "stop the selected builder, or start it",
  "test-builder": "test the selected builder end to end: something is built there",
  "builder-log": "the builder's own log in $PAGER",
  "copy-builder": "copy the builder's URI",
  "restart-daemon": "restart the Nix daemon of the selected machine",
  "look-again": "look at every machine again now, also where a login or a host key was refused",
  doctor: "the doctor: what is wrong, the proof, why, and what mends it",
  fix: "do the marked fix, after a question that shows exactly what is done",
  "next-fix": "mark the next fix",
  "previous-fix": "mark the fix before",
  "numbered-fix": "mark a fix by its number",
  "copy-fix": "copy the commands of the marked fix",
  settings: "the settings of the selected machine: values, bounds, what a change takes",
  "edit-setting": "type another value; Enter then shows what would be done, and asks",
  "filter-settings": "show only settings that hold a text",
  "undo-setting": "take the last change of this machine back, after a question that shows it",
  "detail-down": "a page down in what is said of the selected row",
  "detail-up": "a page up in what is said of the selected row",
  copy: "copy the derivation's path, or in the log the match or the lines in sight",
  pager: "the whole log in $PAGER",
  watch: "watch every Nix command of this machine, or stop that",
  sessions: "Nix commands that were seen",
  help: "this help",
  palette: "all commands by name",
  redraw: "draw the screen anew",
  quit: "quit",
  interrupt: "stop the running command; with none, quit",
  suspend: "back to the shell; fg returns",
  "next-answer": "next answer",
  "previous-answer": "previous answer",
  choose: "choose the marked answer",
  unanswered: "back, without an answer",
  close: "close",
  accept: "accept",
  cancel: "cancel: what was typed is dropped",
  edit: "move in the line and delete",
} as const;

const needsRow = ({ hasRow }: KeyContext) => (hasRow ? null : "Nothing is selected.");
const needsDerivation = ({ hasDerivation }: KeyContext) =>
  hasDerivation ? null : "Only derivations have a log: select one in the Builds pane.";
const needsLines = ({ logLines }: KeyContext) => (logLines > 0 ? null : "There is no line yet.");
const needsSearch = ({ searching }: KeyContext) => (searching ? null : "Search first: / and a text.");
const severalFixes = ({ fixes }: DoctorReasons) => (fixes > 1 ? null : "There is no other fix.");
const wholeQuestion = (context: KeyContext) =>
  context.wholeQuestion ? "All of the question is in sight." : null;
const notPaused = ({ paused }: KeyContext) => (paused ? "The picture is paused: space lets it go on." : null);

export const keyTable: readonly KeyBinding[] = [
  { id: "down", keys: ["j", "down"], scope: "panes" },
  { id: "up", keys: ["k", "up"], scope: "panes" },
  { id: "page-down", keys: ["pagedown", "ctrl-f"], scope: "panes" },
  { id: "page-up", keys: ["pageup", "ctrl-b"], scope: "panes" },
  { id: "half-page-down", keys: ["ctrl-d"], scope: "panes" },
  { id: "half-page-up", keys: ["ctrl-u"], scope: "panes" },
  { id: "first", keys: ["g", "home"], scope: "panes" },
  { id: "last", keys: ["G", "end"], scope: "panes" },
  { id: "left", keys: ["left"], scope: "log" },
  { id: "right", keys: ["right"], scope: "log" },

  { id: "next-pane", keys: ["tab"], scope: "panes", footer: { order: 1, label: "pane" } },
  { id: "previous-pane", keys: ["shift-tab"], scope: "panes" },
  { id: "numbered-pane", keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], scope: "panes" },
  { id: "open", keys: ["enter"], scope: "builds", footer: { order: 2, label: "open" }, disabled: needsRow },
  {
    id: "gauges",
    keys: ["enter"],
    scope: "builders",
    footer: { order: 2, label: "closer" },
  },
  { id: "back", keys: ["esc"], scope: "panes" },
  { id: "zoom", keys: ["z"], scope: "panes", footer: { order: 7, label: "zoom" } },

  { id: "filter", keys: ["/"], scope: "builds", footer: { order: 3, label: "filter" } },
  { id: "search", keys: ["/"], scope: "log", footer: { order: 3, label: "search" }, disabled: needsLines },
  {
    id: "next-match",
    keys: ["n"],
    scope: "log",
    footer: { order: 4, label: "next" },
    disabled: needsSearch,
  },
  { id: "previous-match", keys: ["N"], scope: "log", disabled: needsSearch },
  { id: "sort", keys: ["s"], scope: "builds", footer: { order: 5, label: "sort" }, disabled: notPaused },
  {
    id: "hide-done",
    keys: [".", "h"],
    scope: "builds",
    footer: { order: 8, label: "hide done" },
    disabled: notPaused,
  },
  { id: "messages", keys: ["m"], scope: "panes", footer: { order: 11, label: "messages" } },
  { id: "pause", keys: ["space"], scope: "panes", footer: { order: 6, label: "pause" } },
  {
    id: "restart-builder",
    keys: ["r"],
    scope: "builders",
    footer: { order: 3, label: "restart" },
    disabled: ({ builder }) => builder.restart,
  },
  {
    id: "switch-builder",
    keys: ["S"],
    scope: "builders",
    footer: { order: 4, label: "start/stop" },
    disabled: ({ builder }) => builder.switch,
  },
  {
    id: "test-builder",
    keys: ["t"],
    scope: "builders",
    footer: { order: 5, label: "test" },
    disabled: ({ builder }) => builder.test,
  },
  {
    id: "builder-log",
    keys: ["l", "o"],
    scope: "builders",
    footer: { order: 6, label: "its log" },
    disabled: ({ builder }) => builder.log,
  },
  { id: "copy-builder", keys: ["y"], scope: "builders", disabled: ({ builder }) => builder.copy },
  {
    id: "restart-daemon",
    keys: ["R"],
    scope: "panes",
    footer: { order: 12, label: "restart daemon" },
    disabled: ({ builder }) => builder.daemon,
  },
  { id: "look-again", keys: ["ctrl-r"], scope: "panes", disabled: ({ builder }) => builder.look },
  { id: "copy", keys: ["y"], scope: "builds", disabled: needsRow },
  { id: "copy", keys: ["y"], scope: "log", footer: { order: 9, label: "copy" }, disabled: needsLines },
  {
    id: "pager",
    keys: ["o"],
    scope: "panes",
    footer: { order: 10, label: "pager" },
    disabled: needsDerivation,
  },
  {
    id: "sessions",
    keys: ["S"],
    scope: "panes",
    disabled: ({ sessions }) => (sessions > 0 ? null : "No Nix command was seen yet."),
  },
  {
    id: "watch",
    keys: ["w"],
    scope: "panes",
    footer: { order: 5, label: "watch" },
    disabled: ({ watchReason }) => watchReason,
  },

  {
    id: "doctor",
    keys: ["d"],
    scope: "panes",
    footer: { order: 4, label: "doctor" },
    disabled: ({ doctor }) => doctor.open,
  },

  {
    id: "settings",
    keys: ["e"],
    scope: "panes",
    footer: { order: 4, label: "settings" },
    disabled: ({ setting }) => setting.open,
  },

  { id: "help", keys: ["?"], scope: "panes", footer: { order: 0, label: "help" } },
  { id: "palette", keys: [":"], scope: "panes" },
  { id: "quit", keys: ["q"], scope: "panes", footer: { order: 0, label: "quit" } },
  { id: "interrupt", keys: ["ctrl-c"], scope: "anywhere" },
  { id: "suspend", keys: ["ctrl-z"], scope: "anywhere" },
  { id: "redraw", keys: ["ctrl-l"], scope: "anywhere" },

  { id: "down", keys: ["j", "down"], scope: "doctor" },
  { id: "up", keys: ["k", "up"], scope: "doctor" },
  { id: "first", keys: ["g", "home"], scope: "doctor" },
  { id: "last", keys: ["G", "end"], scope: "doctor" },
  { id: "detail-down", keys: ["space", "pagedown", "ctrl-d", "ctrl-f"], scope: "doctor" },
  { id: "detail-up", keys: ["pageup", "ctrl-u", "ctrl-b"], scope: "doctor" },
  {
    id: "next-fix",
    keys: ["tab", "right"],
    scope: "doctor",
    footer: { order: 4, label: "next fix" },
    disabled: ({ doctor }) => severalFixes(doctor),
  },
  {
    id: "previous-fix",
    keys: ["shift-tab", "left"],
    scope: "doctor",
    disabled: ({ doctor }) => severalFixes(doctor),
  },
  { id: "numbered-fix", keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], scope: "doctor" },
  {
    id: "fix",
    keys: ["f", "enter"],
    scope: "doctor",
    footer: { order: 2, label: "fix it" },
    disabled: ({ doctor }) => doctor.fix,
  },
  {
    id: "copy-fix",
    keys: ["y"],
    scope: "doctor",
    footer: { order: 3, label: "copy commands" },
    disabled: ({ doctor }) => doctor.copy,
  },
  { id: "close", keys: ["esc", "q", "d"], scope: "doctor", footer: { order: 5, label: "close" } },
  { id: "look-again", keys: ["ctrl-r"], scope: "doctor", disabled: ({ builder }) => builder.look },
  { id: "help", keys: ["?"], scope: "doctor", footer: { order: 0, label: "help" } },

  { id: "down", keys: ["j", "down"], scope: "settings" },
  { id: "up", keys: ["k", "up"], scope: "settings" },
  { id: "first", keys: ["g", "home"], scope: "settings" },
  { id: "last", keys: ["G", "end"], scope: "settings" },
  { id: "detail-down", keys: ["space", "pagedown", "ctrl-d", "ctrl-f"], scope: "settings" },
  { id: "detail-up", keys: ["pageup", "ctrl-u", "ctrl-b"], scope: "settings" },
  {
    id: "edit-setting",
    keys: ["enter", "i"],
    scope: "settings",
    footer: { order: 1, label: "change" },
    disabled: ({ setting }) => setting.edit,
  },
  {
    id: "filter-settings",
    keys: ["/"],
    scope: "settings",
    footer: { order: 2, label: "filter" },
  },
  {
    id: "undo-setting",
    keys: ["u"],
    scope: "settings",
    footer: { order: 3, label: "take back" },
    disabled: ({ setting }) => setting.undo,
  },
  { id: "close", keys: ["esc", "q", "e"], scope: "settings", footer: { order: 4, label: "close" } },
  { id: "help", keys: ["?"], scope: "settings", footer: { order: 0, label: "help" } },

  { id: "down", keys: ["j", "down"], scope: "reader" },
  { id: "up", keys: ["k", "up"], scope: "reader" },
  { id: "page-down", keys: ["pagedown", "space", "ctrl-f", "ctrl-d"], scope: "reader" },
  { id: "page-up", keys: ["pageup", "ctrl-b", "ctrl-u"], scope: "reader" },
  { id: "first", keys: ["g", "home"], scope: "reader" },
  { id: "last", keys: ["G", "end"], scope: "reader" },
  {
    id: "close",
    keys: ["esc", "q", "?", "enter", "S"],
    scope: "reader",
    footer: { order: 1, label: "close" },
  },

  { id: "next-answer", keys: ["tab", "right"], scope: "choice" },
  { id: "previous-answer", keys: ["shift-tab", "left"], scope: "choice" },
  // Where all of it is in sight these go through the answers as well.
  { id: "down", keys: ["j", "down"], scope: "choice" },
  { id: "up", keys: ["k", "up"], scope: "choice" },
  {
    id: "page-down",
    keys: ["space", "pagedown", "ctrl-f", "ctrl-d"],
    scope: "choice",
    footer: { order: 1, label: "read on" },
    disabled: wholeQuestion,
  },
  { id: "page-up", keys: ["pageup", "ctrl-b", "ctrl-u"], scope: "choice", disabled: wholeQuestion },
  { id: "first", keys: ["g", "home"], scope: "choice", disabled: wholeQuestion },
  { id: "last", keys: ["G", "end"], scope: "choice", disabled: wholeQuestion },
  { id: "choose", keys: ["enter"], scope: "choice", footer: { order: 1, label: "choose" } },
  { id: "unanswered", keys: ["esc", "q"], scope: "choice", footer: { order: 2, label: "back" } },

  { id: "down", keys: ["down", "ctrl-n"], scope: "field" },
  { id: "up", keys: ["up", "ctrl-p"], scope: "field" },
  {
    id: "edit",
    keys: [
      "left",
      "right",
      "home",
      "end",
      "backspace",
      "delete",
      "ctrl-a",
      "ctrl-e",
      "ctrl-b",
      "ctrl-f",
      "ctrl-h",
      "ctrl-d",
      "ctrl-k",
      "ctrl-u",
      "ctrl-w",
    ],
    scope: "field",
  },
  { id: "accept", keys: ["enter"], scope: "field", footer: { order: 1, label: "accept" } },
  { id: "cancel", keys: ["esc"], scope: "field", footer: { order: 2, label: "cancel" } },
];

/** The binding that a key has in the innermost scope that knows it. */
export function findBinding(scopes: readonly Scope[], key: string): KeyBinding | undefined {
  for (const scope of scopes) {
    const binding = keyTable.find((row) => row.scope === scope && row.keys.includes(key));
    if (binding) return binding;
  }
  return undefined;
}

const keyLabels: Record<string, string> = {
  enter: "↵",
  down: "↓",
  up: "↑",
  left: "←",
  right: "→",
  backspace: "Backspace",
  delete: "Delete",
  pagedown: "PgDn",
  pageup: "PgUp",
  home: "Home",
  end: "End",
  esc: "Esc",
  tab: "Tab",
  "shift-tab": "Shift-Tab",
  space: "Space",
};

const asciiLabels: Record<string, string> = {
  enter: "Enter",
  down: "Down",
  up: "Up",
  left: "Left",
  right: "Right",
};

/** `↵`, `Ctrl-D`, `PgDn`: a key as people read it. */
export function keyLabel(key: string, ascii = false): string {
  const named = (ascii ? asciiLabels[key] : undefined) ?? keyLabels[key];
  if (named !== undefined) return named;
  return key.startsWith("ctrl-") ? `Ctrl-${key.slice(5).toUpperCase()}` : key;
}
