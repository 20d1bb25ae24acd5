/** What the keys of the Settings do, and why they cannot do it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { MachineStatus } from "../model/machine/status.ts";
import type { EditableSetting } from "../model/settings/editable-setting.ts";
import type { DashboardState, TextField, World } from "../store/dashboard-state.ts";
import type { DashboardStore } from "../store/dashboard-store.ts";
import { selectedMachineRow } from "../store/machine-rows.ts";
import { settingsLines } from "../store/settings-lines.ts";
import { openSettingsView, type SettingsView, shownSettings } from "../store/settings-state.ts";
import { scrollSettingDetail, selectedSetting, settingsLayout } from "../store/settings-view.ts";
import type { DashboardActions } from "../views/dashboard-options.ts";
import { askChoice } from "./ask-choice.ts";
import type { CommandContext } from "./commands.ts";
import type { SettingReasons } from "./key-binding.ts";
import type { MouseAction } from "./mouse.ts";
import { messageOf, tellTrouble } from "./run-action.ts";
import { changeSetting, isBusy, readable, takeBack } from "./save-setting.ts";

/** A few files of one machine, perhaps far away. */
const readDeadline = 20_000;
/** Of reading again what was changed. */
const mostTries = 10;
const betweenTriesMs = 1_000;

/** Why each key cannot be used now; `null` where it can. */
export function settingReasons(
  state: DashboardState,
  world: World,
  actions: DashboardActions,
): SettingReasons {
  const row = selectedMachineRow(state, world);
  const open = !row
    ? "No machine is watched."
    : !actions.listSettings
      ? "Settings are not to be had here."
      : notConnected(row.status);
  const read = state.settings !== null && state.settings.settings === null ? "They are being read." : null;
  return {
    open,
    edit: read ?? (selectedSetting(state) ? null : "No setting is selected."),
    undo: read ?? (actions.prepareUndo ? null : "This is not to be had here."),
  };
}

function notConnected({ name, connection }: MachineStatus): string | null {
  if (connection.state === "connected") return null;
  return connection.state === "lost" ? `${name} does not answer.` : `${name} has not answered yet.`;
}

/** `e`: those of the selected machine; of a builder that is selected, its own first. */
export function openSettings(context: CommandContext): void {
  const { store } = context;
  const row = selectedMachineRow(store.state.get(), store);
  if (!row) return;
  const { focus, builders } = store.state.get();
  const meant = focus === "builders" || focus === "gauges" || builders.chosen;
  const builder = meant ? row.builder : null;
  const { machineIndex, status } = row;
  const view = openSettingsView(machineIndex, status.name, addressOf(builder?.uri ?? null));
  store.change((state) => ({ ...state, settings: view }));
  void read(context, machineIndex);
}

export function closeSettings({ store }: CommandContext): void {
  store.change((state) =>
    state.settings && state.settings.filter !== ""
      ? { ...state, settings: { ...state.settings, filter: "" } }
      : { ...state, settings: null },
  );
}

/** Moves the selection by `rows`; infinite: to an end. */
export function moveInSettings(store: DashboardStore, rows: number): void {
  const { settings: view } = store.state.get();
  if (!view) return;
  const shown = shownSettings(view);
  select(store, shown[Math.max(0, Math.min(view.selectedIndex + rows, shown.length - 1))]?.key);
}

export function pageSettingDetail({ store }: CommandContext, pages: number): void {
  const { detail } = settingsLayout(store.state.get());
  if (detail)
    store.change((state) => scrollSettingDetail(state, pages * Math.max(detail.innerHeight - 1, 1)));
}

export function filterSettings({ store }: CommandContext): void {
  store.change((state) =>
    state.settings
      ? {
          ...state,
          field: { purpose: "setting-filter", text: state.settings.filter, cursor: Number.MAX_SAFE_INTEGER },
        }
      : state,
  );
}

/** `enter`: the value becomes a line to type in; where the file is not changed by hand, it is said what to do instead. */
export function editSetting(context: CommandContext): void {
  const { store } = context;
  const setting = selectedSetting(store.state.get());
  if (!setting) return;
  if (isBusy(store)) return;
  if (setting.locked) {
    void tellInstead(context, setting, setting.locked);
    return;
  }
  if (setting.typed === null) {
    const command = `buildtop config set ${setting.id} VALUE`;
    tellTrouble(store, setting.id, `It does not fit on a line. Change it with: ${command}`, "attention");
    return;
  }
  store.change((state) => ({ ...state, flash: null }));
  beginTyping(store, setting.key, setting.typed);
}

/** What to change instead; where that is a file of this machine, the editor is one key away. */
async function tellInstead(
  context: CommandContext,
  { id, place }: EditableSetting,
  locked: readonly string[],
): Promise<void> {
  const { store, effects } = context;
  const { settings: view } = store.state.get();
  const lines = readable(locked);
  const title = `${id} is not changed here`;
  const status = view ? store.machines.list()[view.machineIndex] : undefined;
  if (!view || !place || status?.transport !== "local") {
    const where =
      place && status ? [`It is set on ${status.name} in ${place.path}, line ${place.line}.`] : [];
    store.change((state) => ({
      ...state,
      flash: null,
      overlay: { kind: "text", title, lines: [...lines, ...where], top: 0 },
    }));
    return;
  }
  const choices = [
    { key: "o", label: `open ${place.path} at line ${place.line} in your editor` },
    { key: "n", label: "back" },
  ];
  if ((await askChoice(store, { title, lines, choices }, effects.closing)) !== "o") return;
  const problem = await effects.edit(place.path, place.line);
  if (problem !== null) store.flash(problem, "attention");
  await readAgain(context, view.machineIndex);
}

export function undoSetting(context: CommandContext): void {
  const { settings: view } = context.store.state.get();
  if (view) void takeBack(context, view.machineIndex).then(() => readAgain(context, view.machineIndex));
}

/** Enter and Esc in the lines that are typed here. */
export function endSettingField(context: CommandContext, field: TextField, accepted: boolean): void {
  const { store } = context;
  if (field.purpose === "setting-filter") {
    store.change((state) => ({
      ...state,
      field: null,
      settings: state.settings && !accepted ? { ...state.settings, filter: "" } : state.settings,
    }));
    return;
  }
  const { settings: view } = store.state.get();
  const setting = selectedSetting(store.state.get());
  if (!view || !setting || !accepted || field.text.trim() === setting.typed) {
    store.change((state) => ({ ...state, field: null }));
    return;
  }
  const verdict = setting.judge(field.text);
  // Why stands below the line already: it stays until it is right, or given up.
  if (verdict.level === "refused") {
    store.flash("Not saved: see below the line. Esc leaves the value as it is.", "attention");
    return;
  }
  store.change((state) => ({ ...state, field: null }));
  void changeSetting(context, view.machineIndex, setting, field.text).then((ended) => {
    if (ended === "left") return again(store, setting.key, field.text);
    return readAgain(context, view.machineIndex);
  });
}

/** The wheel moves the selection or scrolls what is said; a click selects. */
export function mouseInSettings(store: DashboardStore, action: MouseAction): void {
  const state = store.state.get();
  const { settings: view, field } = state;
  if (!view || field) return;
  const { list } = settingsLayout(state);
  const inList = action.x < list.x + list.width && action.y < list.y + list.height;
  if (action.kind === "wheel") {
    if (inList) moveInSettings(store, action.lines);
    else store.change((before) => scrollSettingDetail(before, action.lines));
    return;
  }
  const line = settingsLines(view, null, list.innerWidth)[view.top + action.y - list.y - 1];
  if (inList && action.y > list.y && line?.kind === "setting") select(store, line.setting.key);
}

function select(store: DashboardStore, key: string | undefined): void {
  if (key === undefined) return;
  store.change((state) =>
    state.settings ? { ...state, settings: { ...state.settings, selected: key, detailTop: 0 } } : state,
  );
}

function beginTyping(store: DashboardStore, key: string, text: string): void {
  store.change((state) =>
    state.settings
      ? {
          ...state,
          settings: { ...state.settings, selected: key, editing: key },
          field: { purpose: "setting", text, cursor: Number.MAX_SAFE_INTEGER },
        }
      : state,
  );
}

/** "No" leads back to the line as it was typed, unless the person has gone elsewhere meanwhile. */
function again(store: DashboardStore, key: string, text: string): void {
  const { settings: view, overlay, field } = store.state.get();
  if (view?.selected === key && !overlay && !field) beginTyping(store, key, text);
}

/**
 * After a change: what holds now. A machine may be away for a moment then (its daemon was restarted, or sudo held our
 * clock at its question for long): it is asked again, so that neither its old values stay nor the outcome goes unread.
 */
async function readAgain(context: CommandContext, machineIndex: number): Promise<void> {
  const { store, effects } = context;
  for (let left = mostTries; store.state.get().settings?.machineIndex === machineIndex; left--) {
    const wrong = await readInto(context, machineIndex);
    if (wrong === null || effects.closing.aborted) return;
    if (left <= 1) {
      tellTrouble(store, "The settings cannot be read", wrong, "attention");
      return;
    }
    await sleep(betweenTriesMs, undefined, { signal: effects.closing }).catch(() => {});
  }
}

async function read(context: CommandContext, machineIndex: number): Promise<void> {
  const { store, effects } = context;
  const wrong = await readInto(context, machineIndex);
  if (wrong === null || effects.closing.aborted) return;
  const first = store.state.get().settings?.settings === null;
  if (first) store.change((state) => ({ ...state, settings: null }));
  tellTrouble(store, "The settings cannot be read", wrong, "attention");
}

/** Why they cannot be read; `null`: they are there, or the person has closed them, and what comes is dropped. */
async function readInto(
  { store, options, effects }: CommandContext,
  machineIndex: number,
): Promise<string | null> {
  const { listSettings } = options.actions;
  if (!listSettings) return null;
  const open = () => store.state.get().settings?.machineIndex === machineIndex;
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(readDeadline), effects.closing]);
    const { settings, notes } = await listSettings(machineIndex, signal);
    if (!open()) return null;
    const put = (view: SettingsView): SettingsView => ({ ...view, settings, notes });
    store.change((state) => (state.settings ? { ...state, settings: put(state.settings) } : state));
    if (notes.length > 0) tellTrouble(store, "An interrupted save", notes.join("\n"), "attention");
    return null;
  } catch (error) {
    return open() ? messageOf(error) : null;
  }
}

/** As rows of /etc/nix/machines have it, without the protocol. */
function addressOf(uri: string | null): string | null {
  return uri === null ? null : uri.replace(/^[a-z-]+:\/\//, "").replace(/\?.*$/, "");
}
