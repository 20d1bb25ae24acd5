/** The Settings as a whole: where list and detail stand, what settles and scrolls them. */
import type { EditableSetting } from "../model/settings/editable-setting.ts";
import type { DashboardState } from "./dashboard-state.ts";
import type { GaugeLine } from "./gauge-figures.ts";
import { boxAt, type ScreenBox } from "./screen-box.ts";
import { settingDetail, settingsLines } from "./settings-lines.ts";
import { type SettingsView, shownSettings } from "./settings-state.ts";

export interface SettingsLayout {
  readonly list: ScreenBox;
  /** `null` where there is no room for it. */
  readonly detail: ScreenBox | null;
}

/** From here on the two stand beside each other. */
const besideColumns = 110;
/** With fewer rows than this only the list is there. */
const leastRows = 16;

/** All between header and footer. */
export function settingsLayout({ columns, rows }: Pick<DashboardState, "columns" | "rows">): SettingsLayout {
  const height = Math.max(rows - 2, 3);
  if (columns >= besideColumns) {
    const width = Math.floor(columns * 0.56);
    return { list: boxAt(0, 1, width, height), detail: boxAt(width, 1, columns - width, height) };
  }
  if (rows < leastRows) return { list: boxAt(0, 1, columns, height), detail: null };
  const detail = Math.min(Math.max(Math.floor(height * 0.42), 8), 13);
  return {
    list: boxAt(0, 1, columns, height - detail),
    detail: boxAt(0, 1 + height - detail, columns, detail),
  };
}

/** The selected one stays selected wherever it moves, and in sight with all that is said below it. */
export function settleSettings(state: DashboardState): DashboardState {
  const { settings: view } = state;
  if (!view) return state;
  const shown = shownSettings(view);
  const found = shown.findIndex(({ key }) => key === view.selected);
  const index = found >= 0 ? found : Math.max(0, Math.min(view.selectedIndex, shown.length - 1));
  const selected = shown[index]?.key ?? null;
  const typing = state.field?.purpose === "setting";
  const editing = typing && view.editing === selected ? view.editing : null;
  // What is typed must never come to be the value of another one.
  if (typing && editing === null) return settleSettings({ ...state, field: null });
  const detailTop = selected === view.selected ? view.detailTop : 0;
  const next = { ...view, selected, selectedIndex: index, editing, detailTop };
  const settled: SettingsView = { ...next, top: topOf(next, state) };
  const equal = (Object.keys(settled) as (keyof SettingsView)[]).every((key) => settled[key] === view[key]);
  return equal ? state : { ...state, settings: settled };
}

/** Moved as little as possible. */
function topOf(view: SettingsView, state: DashboardState): number {
  const { innerHeight, innerWidth } = settingsLayout(state).list;
  const lines = settingsLines(view, state.field, innerWidth);
  const at = lines.findIndex((line) => line.kind === "setting" && line.index === view.selectedIndex);
  let from = at;
  // The first of a file with its heading, the very first from the start.
  if (lines[at - 1]?.kind === "heading") from = at - 1;
  let to = at + 1;
  while (lines[to]?.kind === "said") to += 1;
  const top = Math.min(Math.max(view.top, to - innerHeight), Math.max(from, 0));
  return Math.max(0, Math.min(top, lines.length - innerHeight));
}

export function selectedSetting({ settings: view }: DashboardState): EditableSetting | undefined {
  return view ? shownSettings(view)[view.selectedIndex] : undefined;
}

/** What is said of the selected one, as many lines as it needs. */
export function selectedSettingDetail(state: DashboardState): readonly GaugeLine[] {
  const setting = selectedSetting(state);
  const { detail } = settingsLayout(state);
  return setting && detail ? settingDetail(setting, detail.innerWidth) : [];
}

/** Scrolled by `lines`, no further than the last one. */
export function scrollSettingDetail(state: DashboardState, lines: number): DashboardState {
  const { settings: view } = state;
  const { detail } = settingsLayout(state);
  if (!view || !detail) return state;
  const last = Math.max(selectedSettingDetail(state).length - detail.innerHeight, 0);
  const detailTop = Math.max(0, Math.min(view.detailTop + lines, last));
  return detailTop === view.detailTop ? state : { ...state, settings: { ...view, detailTop } };
}
