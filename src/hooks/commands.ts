/** What each command of the key table does. One entry per command: the compiler sees to that none is missing. */

import type { DashboardState, PaneId } from "../store/dashboard-state.ts";
import type { DashboardStore } from "../store/dashboard-store.ts";
import { paneSize, panesInReach, panesOf } from "../store/layout.ts";
import type { LogSearcher } from "../store/log-search.ts";
import { firstRow, logWindow, scrollLog } from "../store/log-view.ts";
import { scrollGauges } from "../store/machines-view.ts";
import { freeze } from "../store/row-list.ts";
import type { CloseReason, DashboardOptions } from "../views/dashboard-options.ts";
import {
  askAboutBuilder,
  askToRestartDaemon,
  builderUri,
  selectMachineRow,
  switchVerb,
} from "./builder-commands.ts";
import type { CommandId } from "./command-help.ts";
import { doFix } from "./do-fix.ts";
import {
  closeDoctor,
  copyFix,
  markFix,
  moveInDoctor,
  openDoctor,
  pageDetail,
  stepFix,
} from "./doctor-commands.ts";
import { findNext, stopSearch } from "./log-search-commands.ts";
import { askToQuit, askToWatch } from "./questions.ts";
import {
  closeSettings,
  editSetting,
  filterSettings,
  moveInSettings,
  openSettings,
  pageSettingDetail,
  undoSetting,
} from "./settings-commands.ts";

/** What commands need of the world outside the store. */
export interface Effects {
  /** Hands text to the terminal's clipboard; returns what to tell the person. */
  copy: (text: string, what: string) => string;
  /** Shows the selected log in the pager; resolves to a line for the person, or `null`. */
  page: () => Promise<string | null>;
  /** The same for the log of the selected builder. */
  pageBuilder: () => Promise<string | null>;
  /** Opens a file of this machine at a line in the editor; resolves to a line for the person, or `null`. */
  edit: (path: string, line: number) => Promise<string | null>;
  /** Runs something synchronous that needs the terminal, with ours out of the way and SIGINT kept from us. */
  withTerminal: (run: () => void) => Promise<void>;
  /** Says stop to what still runs when the dashboard is closed. */
  closing: AbortSignal;
  suspend: () => void;
  redraw: () => void;
  close: (reason: CloseReason) => void;
}

export interface CommandContext {
  readonly store: DashboardStore;
  readonly options: DashboardOptions;
  readonly effects: Effects;
  readonly searcher: LogSearcher;
}

export const commands: Record<CommandId, (context: CommandContext, key: string) => void> = {
  down: (context) => move(context, 1),
  up: (context) => move(context, -1),
  "page-down": (context) => move(context, page(context)),
  "page-up": (context) => move(context, -page(context)),
  "half-page-down": (context) => move(context, Math.ceil(page(context) / 2)),
  "half-page-up": (context) => move(context, -Math.ceil(page(context) / 2)),
  first: (context) => move(context, Number.NEGATIVE_INFINITY),
  last: (context) => move(context, Number.POSITIVE_INFINITY),
  left: ({ store }) => shiftLog(store, -16),
  right: ({ store }) => shiftLog(store, 16),

  "next-pane": ({ store }) => focusBy(store, 1),
  "previous-pane": ({ store }) => focusBy(store, -1),
  "numbered-pane": ({ store }, key) => {
    const panes = panesOf(store.state.get());
    const pane = panes[Number(key) - 1];
    if (pane) focus(store, pane);
    else store.flash(`There are ${panes.length} panes.`, "attention");
  },
  open: ({ store }) =>
    store.change((state) =>
      pinned({ ...state, focus: "log", zoomed: true, log: { ...state.log, messages: false } }),
    ),
  gauges: ({ store }) =>
    store.change((state) => ({
      ...state,
      focus: "gauges",
      zoomed: true,
      builders: { ...state.builders, chosen: true },
    })),
  back: goBack,
  zoom: ({ store }) => store.change((state) => ({ ...state, zoomed: !state.zoomed })),
  messages: ({ store }) =>
    store.change((state) => ({ ...state, log: { ...state.log, messages: !state.log.messages } })),

  filter: ({ store }) =>
    store.change((state) => ({
      ...state,
      field: { purpose: "filter", text: state.builds.filter, cursor: Number.MAX_SAFE_INTEGER },
    })),
  search: ({ store }) =>
    store.change((state) => ({ ...state, field: { purpose: "search", text: "", cursor: 0 } })),
  "next-match": (context) => findNext(context, 1),
  "previous-match": (context) => findNext(context, -1),
  sort: ({ store }) => {
    const orders = ["state", "name", "time", "host"] as const;
    const present = orders.indexOf(store.state.get().builds.sort);
    const sort = orders[(present + 1) % orders.length] ?? "state";
    store.change((state) => ({ ...state, builds: { ...state.builds, sort } }));
    store.flash(`Sorted by ${sort}.`);
  },
  "hide-done": ({ store }) => {
    store.change((state) => ({ ...state, builds: { ...state.builds, hideDone: !state.builds.hideDone } }));
    store.flash(store.state.get().builds.hideDone ? "What is done is hidden." : "What is done is shown.");
  },
  pause: ({ store }) =>
    store.change((state) => ({ ...state, paused: state.paused ? null : freeze(state, store) })),

  copy: ({ store, effects }) => copy(store, effects),
  pager: ({ store, effects }) => {
    void effects.page().then((text) => text !== null && store.flash(text, "attention"));
  },
  "restart-builder": (context) => askAboutBuilder(context, "restart"),
  "switch-builder": (context) => askAboutBuilder(context, switchVerb(context.store)),
  "test-builder": (context) => askAboutBuilder(context, "test"),
  "restart-daemon": askToRestartDaemon,
  "look-again": ({ store, options }) => {
    options.actions.lookAgain?.();
    store.flash("Looking again…");
  },
  "builder-log": ({ store, effects }) => {
    void effects.pageBuilder().then((text) => text !== null && store.flash(text, "attention"));
  },
  "copy-builder": ({ store, effects }) => {
    const uri = builderUri(store);
    if (uri !== null) store.flash(effects.copy(uri, uri));
  },
  doctor: openDoctor,
  fix: doFix,
  "next-fix": (context) => stepFix(context, 1),
  "previous-fix": (context) => stepFix(context, -1),
  "numbered-fix": (context, key) => markFix(context, Number(key) - 1),
  "copy-fix": copyFix,
  "detail-down": (context) => pageShown(context, 1),
  "detail-up": (context) => pageShown(context, -1),
  settings: openSettings,
  "edit-setting": editSetting,
  "filter-settings": filterSettings,
  "undo-setting": undoSetting,
  watch: askToWatch,
  sessions: ({ store }) => store.change((state) => ({ ...state, overlay: { kind: "sessions", top: 0 } })),
  help: ({ store }) => store.change((state) => ({ ...state, overlay: { kind: "help", top: 0 } })),
  palette: ({ store }) =>
    store.change((state) => ({
      ...state,
      overlay: { kind: "palette", selected: 0 },
      field: { purpose: "palette", text: "", cursor: 0 },
    })),
  redraw: ({ effects }) => effects.redraw(),
  quit: askToQuit,
  interrupt: ({ options, effects, store }) => {
    if (!options.command?.running) return effects.close("interrupted");
    options.command.interrupt();
    // So that what follows is seen: the note of the command, not a question that was open.
    store.change((state) => ({ ...state, overlay: null, field: null }));
  },
  suspend: ({ effects }) => effects.suspend(),
  close: (context) => (context.store.state.get().settings ? closeSettings(context) : closeDoctor(context)),
  // What these mean depends on the question or field that is open: see `dispatch.ts`.
  "next-answer": () => {},
  "previous-answer": () => {},
  choose: () => {},
  unanswered: () => {},
  accept: () => {},
  cancel: () => {},
  edit: () => {},
};

/** Selects a row by its index: what a click does, and the keys. */
export function selectRow(store: DashboardStore, index: number): void {
  const list = store.list();
  const bounded = Math.max(0, Math.min(index, list.length - 1));
  const key = list.describe(bounded)?.key;
  if (key === undefined) return;
  store.change((state) => ({
    ...state,
    log: { ...state.log, messages: false },
    builds: { ...state.builds, selected: key, selectedIndex: bounded, chosen: true },
  }));
}

/** Moves the selection or scrolls the log by `rows`; infinite: to the end. */
export function moveIn(store: DashboardStore, pane: PaneId, rows: number): void {
  if (pane === "builds") {
    selectRow(store, store.state.get().builds.selectedIndex + rows);
    return;
  }
  if (pane === "builders") {
    selectMachineRow(store, store.state.get().builders.selectedIndex + rows);
    return;
  }
  if (pane === "gauges") {
    store.change((state) => scrollGauges(state, store, rows));
    return;
  }
  const source = store.log();
  store.change((state) => ({
    ...state,
    log: Number.isFinite(rows)
      ? scrollLog(state, source, rows)
      : { ...state.log, top: rows > 0 ? null : firstRow(source) },
  }));
}

/** Whoever reads a log wants to keep it: the selection no longer follows what happens. */
function pinned(state: DashboardState): DashboardState {
  const reads = state.focus === "log" && state.builds.selected !== null;
  return reads && !state.builds.chosen ? { ...state, builds: { ...state.builds, chosen: true } } : state;
}

export function focus(store: DashboardStore, pane: PaneId): void {
  store.change((state) => (state.focus === pane ? state : pinned({ ...state, focus: pane })));
}

function move({ store }: CommandContext, rows: number): void {
  const { doctor, settings, focus } = store.state.get();
  if (settings) moveInSettings(store, rows);
  else if (doctor) moveInDoctor(store, rows);
  else moveIn(store, focus, rows);
}

/** Of what is said of the selected row. */
function pageShown(context: CommandContext, pages: number): void {
  if (context.store.state.get().settings) pageSettingDetail(context, pages);
  else pageDetail(context, pages);
}

function page({ store }: CommandContext): number {
  const state = store.state.get();
  return Math.max(paneSize(state, state.focus).height - 1, 1);
}

function focusBy(store: DashboardStore, step: number): void {
  const state = store.state.get();
  const panes = panesInReach(state);
  const index = panes.indexOf(state.focus);
  focus(store, panes[(index + step + panes.length) % panes.length] ?? "builds");
}

function shiftLog(store: DashboardStore, cells: number): void {
  store.change((state) => ({
    ...state,
    log: { ...state.log, column: Math.max(0, Math.min(state.log.column + cells, 4_096)) },
  }));
}

/** The pane whose selected row another one shows more of. */
function outer(pane: PaneId): PaneId {
  if (pane === "log") return "builds";
  return pane === "gauges" ? "builders" : pane;
}

/** One step back at a time, the most recent and most visible first. */
function goBack({ store, searcher }: CommandContext): void {
  const step = (state: DashboardState): DashboardState => {
    if (state.focus === "log" && state.log.search) return stopSearch(state, searcher);
    if (state.focus === "log" && state.log.column > 0) return { ...state, log: { ...state.log, column: 0 } };
    if (state.zoomed) return { ...state, zoomed: false, focus: outer(state.focus) };
    if (state.focus === "builds" && state.builds.filter !== "")
      return { ...state, builds: { ...state.builds, filter: "" } };
    if (state.log.messages) return { ...state, log: { ...state.log, messages: false } };
    if (state.paused) return { ...state, paused: null };
    if (outer(state.focus) !== state.focus) return { ...state, focus: outer(state.focus) };
    if (state.focus === "builders" && state.builders.chosen)
      return { ...state, builders: { ...state.builders, chosen: false } };
    if (state.builds.chosen) return { ...state, builds: { ...state.builds, chosen: false } };
    return state;
  };
  store.change(step);
}

function copy(store: DashboardStore, effects: Effects): void {
  const state = store.state.get();
  if (state.focus === "log") {
    const source = store.log();
    const { search } = state.log;
    const window = logWindow(state, source);
    const [from, to] = search?.line != null ? [search.line, search.line + 1] : [window.from, window.to];
    const lines: string[] = [];
    for (let n = from; n < to; n++) lines.push(source.plainLine(n));
    store.flash(effects.copy(lines.join("\n"), lines.length === 1 ? "the line" : `${lines.length} lines`));
    return;
  }
  const row = store.list().row(state.builds.selectedIndex);
  if (!row) return;
  if (row.kind === "derivation") store.flash(effects.copy(row.derivation.drv, row.derivation.drv));
  else if (row.kind === "transfer") store.flash(effects.copy(row.transfer.path, row.transfer.path));
  else store.flash(effects.copy(row.activity.text, "the text"));
}
