import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { fit, padEnd, padStart, textWidth, truncateMiddle } from "../model/text/width.ts";
import type { DashboardState, World } from "../store/dashboard-state.ts";
import type { PaneBox } from "../store/layout.ts";
import { visibleRows } from "../store/list-window.ts";
import type { RowDescription } from "../store/row-description.ts";
import type { RowList } from "../store/row-list.ts";
import { listShape } from "../store/settle.ts";
import { countFigures, type Figure, progressFigures } from "../store/summary.ts";
import { unseenBuilds } from "../store/unseen-builds.ts";
import { Pane } from "./pane.tsx";
import { type RowColumns, rowColumns } from "./row-columns.ts";
import { type Look, useTheme } from "./theme.ts";

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
      {rows.length > 0 ? rows : <Text dimColor>{emptyText(state, world)}</Text>}
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

function emptyText({ builds, paused }: DashboardState, { machines }: World): string {
  if (builds.filter !== "") return "No row holds this text: Esc shows all.";
  const unseen = unseenBuilds(paused?.machines.list ?? machines.list());
  if (unseen !== null) return unseen;
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
  const quiet = row.tone === "idle" ? theme.tones.idle : {};
  const loud = row.tone === "failed" || row.tone === "attention";
  return (
    <Box height={1}>
      <Text {...tone}>{`${marks[row.mark]} `}</Text>
      <Text {...(bar ?? (selected ? theme.title : quiet))}>{name}</Text>
      <Status row={row} width={statusWidth} look={loud ? tone : (bar ?? quiet)} barLook={tone} />
      <Text {...(bar ?? quiet)}>{padStart(row.time, time)}</Text>
    </Box>
  );
}

interface StatusProps {
  row: RowDescription;
  width: number;
  look: Look;
  barLook: Look;
}

const stepWidth = 24;
const barWidth = 12;

/** Step, bar and detail in columns of their own where there is room, one after the other where there is not. */
function Status({ row: { step, detail, fraction }, width, look, barLook }: StatusProps): ReactNode {
  const { barFull, barEmpty, ellipsis } = useTheme().glyphs;
  if (width <= 0) return null;
  if (width < stepWidth + barWidth) {
    const text = [step, detail].filter((part) => part !== "").join("  ");
    return <Text {...look}>{fit(text, width, ellipsis)}</Text>;
  }
  const shown = padEnd(step, stepWidth);
  if (fraction === null) return <Text {...look}>{fit(shown + detail, width, ellipsis)}</Text>;
  const full = Math.round(fraction * barWidth);
  const bar = barFull.repeat(full) + barEmpty.repeat(barWidth - full);
  return (
    <>
      <Text {...look}>{shown}</Text>
      <Text {...barLook}>{bar}</Text>
      <Text {...look}>{fit(`  ${detail}`, Math.max(width - textWidth(shown) - barWidth, 0), ellipsis)}</Text>
    </>
  );
}
