import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { fit, graphemes, padEnd, textWidth, truncateEnd, truncateMiddle } from "../model/text/width.ts";
import { formatNoun } from "../model/units.ts";
import type { DashboardState, TextField } from "../store/dashboard-state.ts";
import { hiddenFigures } from "../store/list-window.ts";
import type { ScreenBox } from "../store/screen-box.ts";
import { type SettingsLine, settingsLines, valueColumn } from "../store/settings-lines.ts";
import { type SettingsView, shownSettings } from "../store/settings-state.ts";
import { selectedSetting, selectedSettingDetail, settingsLayout } from "../store/settings-view.ts";
import type { Figure } from "../store/summary.ts";
import { DetailPane } from "./detail-pane.tsx";
import { Pane } from "./pane.tsx";
import { useTheme } from "./theme.ts";

/** Every setting of a machine by its file, and of the selected one what it does and what a change takes. */
export function Settings({ state }: { state: DashboardState }): ReactNode {
  const { settings: view } = state;
  if (!view) return null;
  const { list, detail } = settingsLayout(state);
  return (
    <Box flexDirection={detail?.y === list.y ? "row" : "column"}>
      <List state={state} view={view} box={list} />
      {detail && <Detail state={state} view={view} box={detail} />}
    </Box>
  );
}

interface PartProps {
  state: DashboardState;
  view: SettingsView;
  box: ScreenBox;
}

function List({ state, view, box }: PartProps): ReactNode {
  const theme = useTheme();
  const { ellipsis } = theme.glyphs;
  const shown = shownSettings(view);
  const lines = settingsLines(view, state.field, box.innerWidth);
  const valueAt = valueColumn(shown, box.innerWidth);
  const settingsOf = (some: typeof lines) => some.filter(({ kind }) => kind === "setting").length;
  const below = settingsOf(lines.slice(view.top + box.innerHeight));
  const figures: Figure[] = hiddenFigures(settingsOf(lines.slice(0, view.top)), below);
  if (view.filter !== "") figures.push({ text: `filter: ${view.filter}`, tone: "attention" });
  else if (view.settings) figures.push({ text: formatNoun(shown.length, "setting"), tone: "idle" });
  return (
    <Pane
      title={[
        { text: "Settings", tone: "plain" },
        { text: view.machine, tone: "plain" },
      ]}
      figures={figures}
      focused
      width={box.width}
      height={box.height}
    >
      {view.settings === null && <Text {...theme.tones.idle}>They are being read{ellipsis}</Text>}
      {view.settings !== null && shown.length === 0 && (
        <Text {...theme.tones.idle}>
          {view.filter === "" ? "There are none." : "No setting holds this text; Esc shows all of them."}
        </Text>
      )}
      {lines.slice(view.top, view.top + box.innerHeight).map((line, index) => (
        <Line
          // biome-ignore lint/suspicious/noArrayIndexKey: the place on the screen is what the line is
          key={index}
          line={line}
          view={view}
          field={state.field}
          valueAt={valueAt}
          width={box.innerWidth}
        />
      ))}
    </Pane>
  );
}

interface LineProps {
  line: SettingsLine;
  view: SettingsView;
  field: TextField | null;
  valueAt: number;
  width: number;
}

function Line({ line, view, field, valueAt, width }: LineProps): ReactNode {
  const theme = useTheme();
  const { ellipsis } = theme.glyphs;
  if (line.kind === "blank") return <Text> </Text>;
  if (line.kind === "said")
    return (
      <Text {...theme.tones[line.tone]}>
        {" ".repeat(line.at)}
        {truncateEnd(line.text, width - line.at, ellipsis)}
      </Text>
    );
  if (line.kind === "heading") {
    const of = line.of === null ? "" : `  ${line.of}`;
    const locked = line.locked ? "  not changed by hand" : "";
    const path = truncateMiddle(line.path + of, Math.max(width - textWidth(locked), 8), ellipsis);
    return (
      <Text>
        <Text {...theme.title}>{path}</Text>
        <Text {...theme.tones.idle}>{locked}</Text>
      </Text>
    );
  }
  const { setting, index } = line;
  const selected = index === view.selectedIndex;
  const name = `  ${truncateMiddle(setting.id, valueAt - 4, ellipsis)}`;
  if (selected && setting.key === view.editing && field?.purpose === "setting")
    return (
      <Box height={1}>
        <Text {...theme.key}>{padEnd(name, valueAt)}</Text>
        <Typed field={field} width={width - valueAt} />
      </Box>
    );
  const { shown, suggestion, default: unset } = setting;
  const value = shown === null ? `default: ${unset}` : shown === "" ? "empty" : shown;
  if (selected)
    return <Text {...theme.selection}>{fit(`${padEnd(name, valueAt)}${value}`, width, ellipsis)}</Text>;
  const room = width - valueAt;
  // What is suggested where there is room for it, else that something is: the detail says what.
  const left = room - textWidth(value) - 3;
  const hint = suggestion !== null && textWidth(suggestion) > left ? "!" : suggestion;
  const quiet = shown === null || setting.locked !== null;
  return (
    <Text {...(quiet ? theme.tones.idle : {})}>
      {padEnd(name, valueAt)}
      {truncateEnd(value, hint === null ? room : room - 4, ellipsis)}
      {hint !== null && <Text {...theme.tones.attention}>{`   ${hint}`}</Text>}
    </Text>
  );
}

/** The end of a long text scrolls with the cursor. */
function Typed({ field, width }: { field: TextField; width: number }): ReactNode {
  const characters = graphemes(field.text);
  const at = Math.min(field.cursor, characters.length);
  const from = Math.max(0, at - Math.max(width - 2, 1));
  const before = characters.slice(from, at).join("");
  const after = truncateEnd(
    characters.slice(at + 1).join(""),
    Math.max(width - textWidth(before) - 1, 0),
    "",
  );
  return (
    <Text>
      <Text underline>{before}</Text>
      <Text inverse>{characters[at] ?? " "}</Text>
      <Text underline>{after}</Text>
    </Text>
  );
}

function Detail({ state, view, box }: PartProps): ReactNode {
  const setting = selectedSetting(state);
  return (
    <DetailPane
      title={[{ text: setting?.id ?? "Setting", tone: "plain" }]}
      figures={[]}
      lines={selectedSettingDetail(state)}
      top={view.detailTop}
      box={box}
    />
  );
}
