import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { sliceCells, truncateEnd } from "../model/text/width.ts";
import { formatCount } from "../model/units.ts";
import type { DashboardState } from "../store/dashboard-state.ts";
import type { PaneBox } from "../store/layout.ts";
import { type FailureCause, type LogSource, lostLinesText } from "../store/log-source.ts";
import { hasHead, type LogWindow, logWindow } from "../store/log-view.ts";
import type { Figure } from "../store/summary.ts";
import { Pane } from "./pane.tsx";
import { type Theme, useTheme } from "./theme.ts";

export interface LogPaneProps {
  state: DashboardState;
  source: LogSource;
  box: PaneBox;
}

export function LogPane({ state, source, box }: LogPaneProps): ReactNode {
  const theme = useTheme();
  const window = logWindow(state, source);
  const lines: ReactNode[] = [];
  for (let n = window.from; n < window.to; n++)
    lines.push(
      // Lines that have the number of their place on the screen as key keep their node while the log scrolls.
      <Text key={n - window.from} wrap="truncate-end">
        {drawnLine(state, source, n, box.innerWidth, theme)}
      </Text>,
    );
  return (
    <Pane
      title={titleFigures(state, source)}
      figures={positionFigures(state, source, window)}
      focused={state.focus === "log"}
      width={box.width}
      height={box.height}
    >
      {source.cause && hasHead(state, source) && <CauseLine cause={source.cause} width={box.innerWidth} />}
      {window.earlier > 0 && (
        <Text dimColor wrap="truncate-end">
          {`${theme.glyphs.ellipsis} ${lostLinesText(window.earlier)}`}
        </Text>
      )}
      {lines.length > 0 || window.earlier > 0 ? lines : <Text dimColor>{source.whenEmpty}</Text>}
    </Pane>
  );
}

/** What its failure is diagnosed as, and the key that tells what to do about it. */
function CauseLine({ cause: { id, title, more }, width }: { cause: FailureCause; width: number }): ReactNode {
  const theme = useTheme();
  const { dot, ellipsis } = theme.glyphs;
  const key = more ? ` ${dot} d` : "";
  const room = width - id.length - key.length - 7;
  const words = title !== null && room > shortestTitle ? ` ${dot} ${title}` : "";
  return (
    <Box height={1}>
      <Text {...theme.tones.attention}>{`cause: ${id}`}</Text>
      <Text>{truncateEnd(words, Math.max(room, 0), ellipsis)}</Text>
      <Text dimColor>{key.slice(0, -1)}</Text>
      <Text {...theme.key}>{key.slice(-1)}</Text>
    </Box>
  );
}

const shortestTitle = 20;

function titleFigures(state: DashboardState, source: LogSource): Figure[] {
  const figures: Figure[] = [
    { text: "Log", tone: "plain" },
    { text: source.title, tone: "plain" },
  ];
  const { derivation } = source;
  if (derivation?.phase) figures.push({ text: derivation.phase, tone: "plain" });
  const lines = derivation?.logLines ?? source.endLine;
  if (lines > 0)
    figures.push({ text: `${formatCount(lines)} ${lines === 1 ? "line" : "lines"}`, tone: "plain" });
  if (state.log.column > 0) figures.push({ text: `from column ${state.log.column + 1}`, tone: "idle" });
  return figures;
}

function positionFigures(state: DashboardState, source: LogSource, window: LogWindow): Figure[] {
  const figures: Figure[] = [];
  const { search } = state.log;
  if (search) figures.push(searchFigure(search));
  if (state.paused)
    figures.push({
      text: window.waiting > 0 ? `paused, ${formatCount(window.waiting)} new` : "paused",
      tone: "attention",
    });
  else if (state.log.top !== null && window.end > 0)
    figures.push({ text: `line ${formatCount(window.to)} of ${formatCount(window.end)}`, tone: "plain" });
  else if (source.derivation?.state === "running") figures.push({ text: "following", tone: "idle" });
  return figures;
}

function searchFigure({ needle, line, state }: NonNullable<DashboardState["log"]["search"]>): Figure {
  if (state === "searching") return { text: `searching "${needle}"`, tone: "attention" };
  if (line === null) return { text: `no "${needle}"`, tone: "attention" };
  return { text: `"${needle}" in line ${formatCount(line + 1)}`, tone: "attention" };
}

/** One line, cut to the pane, with matches of the search marked. */
function drawnLine(
  state: DashboardState,
  source: LogSource,
  n: number,
  width: number,
  theme: Theme,
): ReactNode {
  const { search, column } = state.log;
  const plain = source.plainLine(n);
  if (search && search.needle !== "") {
    const at = plain.toLowerCase().indexOf(search.needle.toLowerCase());
    if (at >= 0) return markedLine(plain, at, search.needle.length, column, width, theme);
  }
  const line = sliceCells(theme.logColors ? source.line(n) : plain, column, width);
  // A line without a cell would take no row.
  return line === "" ? " " : line;
}

function markedLine(
  plain: string,
  at: number,
  length: number,
  column: number,
  width: number,
  theme: Theme,
): ReactNode {
  const before = sliceCells(plain.slice(0, at), column, width);
  const start = Math.max(column - at, 0);
  const match = sliceCells(plain.slice(at, at + length), start, Math.max(width - before.length, 0));
  const after = sliceCells(plain.slice(at + length), Math.max(column - at - length, 0), width);
  return (
    <>
      {before}
      <Text {...theme.match}>{match}</Text>
      {after}
    </>
  );
}
