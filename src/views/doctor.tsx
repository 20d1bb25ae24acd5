import { Box, Text } from "ink";
import type { ReactNode } from "react";
import type { DashboardState, World } from "../store/dashboard-state.ts";
import { type DoctorRow, doctorFigures, doctorRows } from "../store/doctor-rows.ts";
import { doctorLayout, listShapeOf, selectedDetail } from "../store/doctor-view.ts";
import { hiddenFigures, visibleRows } from "../store/list-window.ts";
import { lookedAt } from "../store/looked-at.ts";
import { severityTones, shownMachines } from "../store/machine-problems.ts";
import type { ScreenBox } from "../store/screen-box.ts";
import type { Figure } from "../store/summary.ts";
import { DetailPane } from "./detail-pane.tsx";
import { DoctorRowLine, doctorColumns } from "./doctor-row.tsx";
import { LookedAtTable } from "./looked-at-table.tsx";
import { Pane } from "./pane.tsx";

export interface DoctorProps {
  state: DashboardState;
  world: World;
  /** Why the marked fix cannot be done from here. */
  fixReason: string | null;
}

/** Everything that is wrong, and of the selected trouble the proof, the cause and the fixes. */
export function Doctor({ state, world, fixReason }: DoctorProps): ReactNode {
  const rows = doctorRows(state, world);
  const { list, detail } = doctorLayout(state, rows.length);
  const row = rows[state.doctor?.selectedIndex ?? 0];
  const beside = list.y === detail.y;
  // Nothing but that all is well: one calm page.
  if (row?.kind === "well" && rows.length === 1)
    return (
      <Well
        state={state}
        world={world}
        row={row}
        box={{ ...list, height: state.rows - 2, width: state.columns }}
        alone
      />
    );
  return (
    <Box flexDirection={beside ? "row" : "column"}>
      <List state={state} world={world} rows={rows} box={list} />
      {row?.kind === "well" ? (
        <Well state={state} world={world} row={row} box={detail} alone={false} />
      ) : (
        <Detail state={state} world={world} row={row} box={detail} fixReason={fixReason} />
      )}
    </Box>
  );
}

interface ListProps {
  state: DashboardState;
  world: World;
  rows: readonly DoctorRow[];
  box: ScreenBox;
}

function List({ state, world, rows, box }: ListProps): ReactNode {
  const top = state.doctor?.top ?? 0;
  const shown = visibleRows(listShapeOf(state, rows.length), top);
  const columns = doctorColumns(rows, box.innerWidth, shownMachines(state, world).length > 1);
  const below = rows.length - top - shown.length;
  const unseen = rows.filter(({ kind }) => kind === "unseen").length;
  const figures: Figure[] = hiddenFigures(top, below);
  if (unseen > 0) figures.push({ text: `${unseen} not looked at`, tone: "idle" });
  return (
    <Pane
      title={[{ text: "Doctor", tone: "plain" }, ...doctorFigures(rows)]}
      figures={figures}
      focused
      width={box.width}
      height={box.height}
    >
      {shown.map((index) => {
        const row = rows[index];
        return (
          row && (
            <DoctorRowLine
              key={row.key}
              row={row}
              columns={columns}
              selected={index === state.doctor?.selectedIndex}
            />
          )
        );
      })}
    </Pane>
  );
}

interface DetailProps extends DoctorProps {
  row: DoctorRow | undefined;
  box: ScreenBox;
}

function Detail({ state, world, fixReason, row, box }: DetailProps): ReactNode {
  const lines = selectedDetail(state, world, fixReason)?.lines ?? [];
  return <DetailPane {...headOf(row)} lines={lines} top={state.doctor?.detailTop ?? 0} box={box} />;
}

function headOf(row: DoctorRow | undefined): { title: Figure[]; figures: Figure[] } {
  if (row?.kind === "problem") {
    const { sentence, severity, id } = row.problem;
    return {
      title: [{ text: sentence, tone: severityTones[severity] }],
      figures: id === null ? [] : [{ text: id, tone: "idle" }],
    };
  }
  if (row?.kind === "gone")
    return { title: [{ text: `mended: ${row.tried.problem.sentence}`, tone: "well" }], figures: [] };
  if (row?.kind === "unseen") return { title: [{ text: "not looked at", tone: "plain" }], figures: [] };
  return { title: [{ text: "looking", tone: "plain" }], figures: [] };
}

interface WellProps {
  state: DashboardState;
  world: World;
  row: Extract<DoctorRow, { kind: "well" }>;
  box: ScreenBox;
  /** Nothing else is to be said. */
  alone: boolean;
}

/** That all is well, and what was looked at; the list says the first where there is one. */
function Well({ state, world, row, box, alone }: WellProps): ReactNode {
  const width = box.width - 4;
  const columns = { title: width - 2, subject: 0, machine: 0, note: 0, rest: 0 };
  return (
    <Pane
      title={[{ text: alone ? "Doctor" : "looked at", tone: "plain" }]}
      figures={[]}
      focused={alone}
      width={box.width}
      height={box.height}
    >
      {alone && <DoctorRowLine row={row} columns={columns} selected={false} />}
      {alone && <Text> </Text>}
      <LookedAtTable
        rows={lookedAt(shownMachines(state, world))}
        width={width}
        height={box.height - (alone ? 4 : 2)}
      />
    </Pane>
  );
}
