import { Box, Text } from "ink";
import type { ReactNode } from "react";
import type { Builder } from "../model/builders/types.ts";
import { fit, padEnd, padStart, textWidth, truncateMiddle } from "../model/text/width.ts";
import { formatCount } from "../model/units.ts";
import type { DashboardState, World } from "../store/dashboard-state.ts";
import { layoutOf, type PaneBox } from "../store/layout.ts";
import { hiddenFigures } from "../store/list-window.ts";
import {
  type GaugeLabel,
  type MachineRowDescription,
  machinePlace,
  type ShortGauge,
} from "../store/machine-row-description.ts";
import { type MachineRow, machineRows } from "../store/machine-rows.ts";
import { visibleMachineRows } from "../store/machines-view.ts";
import type { Figure } from "../store/summary.ts";
import { type BuilderColumns, builderColumns, gaugeWidth } from "./builder-columns.ts";
import { Pane } from "./pane.tsx";
import { type Look, useTheme } from "./theme.ts";

export interface BuildersPaneProps {
  state: DashboardState;
  world: World;
  box: PaneBox;
}

/** A row for each machine and each of its builders. */
export function BuildersPane({ state, world, box }: BuildersPaneProps): ReactNode {
  const rows = machineRows(state, world);
  const several = rows.some(({ machineIndex }) => machineIndex > 0);
  const beside = layoutOf(state).panes.some(({ id }) => id === "gauges");
  const jobsWidth = widest(rows, ({ builder }) => (builder ? widestJobs(builder.jobs) : 0));
  const columns = builderColumns(box.innerWidth, !beside, {
    name:
      widest(rows, (row) => textWidth(nameOf(row)) + (several && row.builder ? indentWidth : 0)) + markWidth,
    place: widest(rows, (row) => textWidth(row.builder ? onlySystem(row.builder) : machinePlace(row.status))),
    jobs: jobsWidth,
  });
  const selected = rows[state.builders.selectedIndex]?.key;
  const below = rows.length - state.builders.top - box.innerHeight;
  return (
    <Pane
      title={[
        { text: "Builders", tone: "plain" },
        ...countFigures(rows.filter(({ builder }) => builder !== null).length),
      ]}
      figures={hiddenFigures(state.builders.top, below)}
      focused={state.focus === "builders"}
      width={box.width}
      height={box.height}
    >
      {visibleMachineRows(state, world).map((row) => (
        <BuilderRow
          key={row.key}
          row={row}
          columns={columns}
          jobsWidth={jobsWidth}
          several={several}
          selected={row.key === selected}
          focused={state.focus === "builders"}
        />
      ))}
    </Pane>
  );
}

function widest(rows: readonly MachineRow[], of: (row: MachineRow) => number): number {
  return rows.reduce((most, row) => Math.max(most, of(row)), 0);
}

/** What the jobs take when all are used, so that nothing moves when they are. */
function widestJobs({ used, max }: Builder["jobs"]): number {
  return max === null ? `${used} jobs`.length : `${max}/${max} jobs`.length;
}

/** How many there are is plain to see while they are few. */
function countFigures(builders: number): Figure[] {
  return builders > 4 ? [{ text: formatCount(builders), tone: "plain" }] : [];
}

interface BuilderRowProps {
  row: MachineRowDescription;
  columns: BuilderColumns;
  jobsWidth: number;
  /** Several machines: each is a heading for its builders. */
  several: boolean;
  selected: boolean;
  focused: boolean;
}

function BuilderRow({ row, columns, jobsWidth, several, selected, focused }: BuilderRowProps): ReactNode {
  const theme = useTheme();
  const { ellipsis, states } = theme.glyphs;
  const bar = selected && focused ? theme.selection : null;
  const quiet = row.tone === "idle" ? theme.tones.idle : {};
  const look = bar ?? (selected || (several && row.machine) ? { ...quiet, ...theme.title } : quiet);
  const indent = several && !row.machine ? " ".repeat(indentWidth) : "";
  const nameWidth = columns.name - indent.length;
  // Behind the name; where that has no room, before it.
  const behind = row.mark !== null && textWidth(row.name) + problemMark.length < nameWidth;
  const name = truncateMiddle(row.name, nameWidth - 1, ellipsis);
  const gap = " ".repeat(Math.max(nameWidth - textWidth(name) - (behind ? problemMark.length : 0), 0));
  const markLook = bar ?? (row.mark === null ? {} : { ...theme.tones[row.mark], ...theme.key });
  return (
    <Box height={1}>
      <Text {...(bar ?? {})}>{indent}</Text>
      <Text {...(bar ?? theme.tones[row.tone])}>{states[row.glyph] ?? row.glyph}</Text>
      <Text {...markLook}>{row.mark !== null && !behind ? problemMark.trim() : " "}</Text>
      <Text {...look}>{name}</Text>
      {behind && <Text {...markLook}>{problemMark}</Text>}
      <Text {...(bar ?? {})}>{gap}</Text>
      {columns.place > 0 && (
        <Text {...(bar ?? theme.tones.idle)}>
          {`${fit(placeOf(row, columns.place - 1), columns.place - 1, ellipsis)} `}
        </Text>
      )}
      <Status row={row} columns={columns} jobsWidth={jobsWidth} bar={bar} />
    </Box>
  );
}

/** Of several, as many are named as there is room for. */
function onlySystem({ systems }: Builder): string {
  return systems.length === 1 ? (systems[0] ?? "") : "";
}

function nameOf({ status, builder }: MachineRow): string {
  return builder ? builder.name : status.name;
}

function placeOf({ place }: MachineRowDescription, width: number): string {
  return place.find((text) => textWidth(text) <= width) ?? place.at(-1) ?? "";
}

interface StatusProps {
  row: MachineRowDescription;
  columns: BuilderColumns;
  jobsWidth: number;
  bar: Look | null;
}

/** Jobs, answer and gauges in columns of their own; words for what is not as usual take the room of all of them. */
function Status({ row, columns, jobsWidth, bar }: StatusProps): ReactNode {
  const theme = useTheme();
  const { ellipsis, dot } = theme.glyphs;
  const { status, gauges } = columns;
  const short = gauges > 0 ? row.gauges : [];
  if (row.words === "" || short.length > 0) {
    const jobs = row.words === "" ? padStart(row.jobs, Math.min(jobsWidth, status)) : row.words;
    const room = status - textWidth(jobs);
    const answer = room > textWidth(row.answer) ? padStart(row.answer, room) : " ".repeat(Math.max(room, 0));
    return (
      <>
        <Text {...(bar ?? (row.machine || row.tone === "idle" ? theme.tones.idle : {}))}>
          {fit(jobs, Math.min(textWidth(jobs), status), ellipsis)}
        </Text>
        <Text {...(bar ?? theme.tones[row.answerTone])}>{answer}</Text>
        {short.length > 0 ? (
          columns.labels.map((label) => (
            <Gauge key={label} label={label} gauge={short.find((each) => each.label === label)} bar={bar} />
          ))
        ) : (
          <Text {...(bar ?? theme.tones.idle)}>{fit(`  ${row.noGauges}`, gauges, ellipsis)}</Text>
        )}
      </>
    );
  }
  const width = status + gauges;
  const words = fit(row.words, Math.min(textWidth(row.words), width), ellipsis);
  const room = width - textWidth(words) - 3;
  const reason =
    row.reason !== "" && room >= shortestReason ? ` ${dot} ${fit(row.reason, room, ellipsis)}` : "";
  return (
    <>
      <Text {...(bar ?? theme.tones[row.tone === "well" ? "idle" : row.tone])}>{words}</Text>
      <Text {...(bar ?? theme.tones.idle)}>{padEnd(reason, width - textWidth(words))}</Text>
    </>
  );
}

/** Behind the name of what the doctor has something to say of. */
const problemMark = " !";
const markWidth = problemMark.length;
const shortestReason = 12;
const indentWidth = 2;

interface GaugeProps {
  label: GaugeLabel;
  /** Nothing: it is not known, and its place stays empty. */
  gauge: ShortGauge | undefined;
  bar: Look | null;
}

function Gauge({ label, gauge, bar }: GaugeProps): ReactNode {
  const theme = useTheme();
  const width = gaugeWidth(label);
  if (!gauge) return <Text {...(bar ?? {})}>{" ".repeat(width)}</Text>;
  const head = `  ${label}`;
  return (
    <>
      <Text {...(bar ?? theme.tones.idle)}>{head}</Text>
      <Text {...(bar ?? theme.tones[gauge.tone])}>{padStart(gauge.text, width - head.length)}</Text>
    </>
  );
}
