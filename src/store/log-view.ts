/** Which lines of a log are drawn: following its end, or staying where the person scrolled to. */
import type { DashboardState, LogView } from "./dashboard-state.ts";
import { paneSize } from "./layout.ts";
import { type LogSource, lostLines } from "./log-source.ts";

export interface LogWindow {
  /** Lines that are no longer kept, where the row that says so is in sight, before `from`; else 0. */
  readonly earlier: number;
  /** Lines `from` up to, not including, `to`. */
  readonly from: number;
  readonly to: number;
  /** Number after the last line that may be shown; while paused, new ones wait beyond it. */
  readonly end: number;
  readonly following: boolean;
  /** Lines that came since the pause. */
  readonly waiting: number;
}

/** Lines of the log that are drawn; the head takes one. */
function logHeight(state: DashboardState, source: LogSource): number {
  const { height } = paneSize(state, "log");
  return hasHead(state, source) ? height - 1 : height;
}

/** What its failure is diagnosed as stands above the log and stays there, unless there is hardly any room. */
export function hasHead(state: DashboardState, { cause }: Pick<LogSource, "cause">): boolean {
  return cause !== null && paneSize(state, "log").height >= 3;
}

export function logWindow(state: DashboardState, source: LogSource): LogWindow {
  const height = logHeight(state, source);
  const pausedEnd = state.paused?.logEnds.get(source.key) ?? source.endLine;
  const end = Math.min(source.endLine, Math.max(pausedEnd, source.firstLine));
  const first = firstRow(source);
  const newest = Math.max(end - height, first);
  const top = state.log.top === null ? newest : Math.max(first, Math.min(state.log.top, newest));
  return {
    earlier: top < source.firstLine ? lostLines(source) : 0,
    from: Math.max(top, source.firstLine),
    to: Math.min(top + height, end),
    end,
    following: state.log.top === null && !state.paused,
    waiting: source.endLine - end,
  };
}

/**
 * The row at which the log can be drawn from: that of its first line, or the one before it, which says what is no longer
 * kept. Rows count as the lines do.
 */
export function firstRow(source: LogSource): number {
  const said = lostLines(source) > 0 && source.endLine > source.firstLine;
  return said ? source.firstLine - 1 : source.firstLine;
}

function topRow({ from, earlier }: LogWindow): number {
  return earlier > 0 ? from - 1 : from;
}

/** `lines` down (negative: up). At the end it follows again. */
export function scrollLog(state: DashboardState, source: LogSource, lines: number): LogView {
  const window = logWindow(state, source);
  const height = logHeight(state, source);
  const begin = topRow(window);
  const top = Math.max(begin + lines, firstRow(source));
  return {
    ...state.log,
    top: top + height >= window.end && lines > 0 ? null : Math.min(top, begin + Math.max(lines, 0)),
  };
}

/** Puts a line into the middle of the pane, unless it is in sight already. */
export function showLine(state: DashboardState, source: LogSource, line: number): LogView {
  const window = logWindow(state, source);
  if (line >= window.from && line < window.to) return { ...state.log, top: topRow(window) };
  const height = logHeight(state, source);
  return { ...state.log, top: Math.max(line - Math.floor(height / 2), firstRow(source)) };
}
