import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { fit, padEnd, padStart, truncateMiddle } from "../model/text/width.ts";
import type { DashboardState, World } from "../store/dashboard-state.ts";
import type { PaneBox } from "../store/layout.ts";
import { visibleRows } from "../store/list-window.ts";
import type { RowDescription } from "../store/row-description.ts";
import type { RowList } from "../store/row-list.ts";
import { listShape } from "../store/settle.ts";
import { countFigures, type Figure, progressFigures } from "../store/summary.ts";
import { Pane } from "./pane.tsx";
import { type RowColumns, rowColumns } from "./row-columns.ts";
import { type Theme, useTheme } from "./theme.ts";

export interface BuildsPaneProps {
  state: DashboardState;
  world: World;
  list: RowList;
  box: PaneBox;
}

export function BuildsPane({ state, world, list, box }: BuildsPaneProps): ReactNode {
  const { builds } = world;
  const columns = rowColumns(box.innerWidth);
  const rows: ReactNode[] = [];
  for (const index of visibleRows(listShape(state, list), state.builds.top)) {
    const row = list.describe(index);
    if (!row) continue;
    const selected = index === state.builds.selectedIndex;
    rows.push(
      <BuildRow
        key={row.key}
        row={row}
        columns={columns}
        selected={selected}
        focused={state.focus === "builds"}
      />,
    );
  }
  return (
    <Pane
      title={[{ text: "Builds", tone: "plain" }, ...(state.paused?.figures ?? countFigures(builds))]}
      figures={[...viewFigures(state), ...(state.paused ? [] : progressFigures(builds, state.frame.now))]}
      focused={state.focus === "builds"}
      width={box.width}
      height={box.height}
    >
      {rows.length > 0 ? rows : <Text dimColor>{emptyText(state)}</Text>}
    </Pane>
  );
}

/** What hides, orders or holds rows is said, so that nobody misses them without knowing. */
function viewFigures({ builds, paused }: DashboardState): Figure[] {
  const figures: Figure[] = [];
  if (paused) figures.push({ text: "paused", tone: "attention" });
  if (builds.filter !== "") figures.push({ text: `filter: ${builds.filter}`, tone: "attention" });
  if (builds.hideDone) figures.push({ text: "done hidden", tone: "idle" });
  if (builds.sort !== "state") figures.push({ text: `by ${builds.sort}`, tone: "idle" });
  return figures;
}

function emptyText({ builds }: DashboardState): string {
  if (builds.filter !== "") return "No row holds this text: Esc shows all.";
  return builds.hideDone ? "Nothing is running or waiting." : "Nothing is being built.";
}

interface BuildRowProps {
  row: RowDescription;
  columns: RowColumns;
  selected: boolean;
  focused: boolean;
}

function BuildRow({ row, columns, selected, focused }: BuildRowProps): ReactNode {
  const theme = useTheme();
  const { ellipsis, marks } = theme.glyphs;
  const { name: nameWidth, host, status, time } = columns;
  // What is neither built nor fetched is a sentence: it takes the columns that it leaves empty.
  const sentence = row.host === "" && row.step === "";
  const statusWidth = sentence && row.detail === "" ? 0 : status;
  const name = sentence
    ? fit(row.name, nameWidth + host + status - statusWidth, ellipsis)
    : padEnd(truncateMiddle(row.name, nameWidth - 2, ellipsis), nameWidth) +
      (host > 0 ? padEnd(truncateMiddle(row.host, host - 2, ellipsis), host) : "");
  // A selected row is drawn in one look: inverse colours side by side would be a patchwork.
  const bar = selected && focused ? theme.selection : null;
  const tone = bar ?? theme.tones[row.tone];
  const plain = bar ?? (row.tone === "idle" ? theme.tones.idle : selected ? theme.title : {});
  return (
    <Box height={1}>
      <Text {...tone}>{`${marks[row.mark]} `}</Text>
      <Text {...plain}>{name}</Text>
      <Text
        {...(row.tone === "failed" || row.tone === "attention"
          ? tone
          : (bar ?? theme.tones[row.tone === "idle" ? "idle" : "plain"]))}
      >
        {statusText(row, statusWidth, theme)}
      </Text>
      <Text {...plain}>{padStart(row.time, time)}</Text>
    </Box>
  );
}

const stepWidth = 20;
const barWidth = 12;

/** Step, bar and detail in columns of their own where there is room, one after the other where there is not. */
function statusText({ step, detail, fraction }: RowDescription, width: number, { glyphs }: Theme): string {
  if (width <= 0) return "";
  const roomy = width >= 40;
  const parts = [step];
  if (roomy && fraction !== null) {
    const full = Math.round(fraction * barWidth);
    parts.push(glyphs.barFull.repeat(full) + glyphs.barEmpty.repeat(barWidth - full));
  }
  if (detail !== "") parts.push(detail);
  if (roomy && parts.length > 1) parts[0] = padEnd(step, stepWidth - 2);
  return fit(parts.filter((part) => part !== "").join("  "), width, glyphs.ellipsis);
}
