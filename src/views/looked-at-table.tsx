import { Text } from "ink";
import type { ReactNode } from "react";
import { fit, textWidth } from "../model/text/width.ts";
import type { LookedAt } from "../store/looked-at.ts";
import { StaticTable, tableRows } from "./static-table.tsx";
import { useTheme } from "./theme.ts";

/** The lines of a cell: one border, a space on either side. */
const cellRim = 3;
const mostMachine = 20;
const mostSystem = 16;
const mostNix = 26;
/** Less of the builders' names says nothing. */
const leastBuilders = 16;

/** What was looked at, in a line for each machine, as many as fit. */
export function LookedAtTable(props: {
  rows: readonly LookedAt[];
  width: number;
  height: number;
}): ReactNode {
  const { rows, width, height } = props;
  const theme = useTheme();
  const { ellipsis } = theme.glyphs;
  const most = tableRows(height);
  const shown = rows.slice(0, rows.length > most ? Math.max(most - 1, 1) : most);
  const left = rows.length - shown.length;
  const widest = (of: (row: LookedAt) => string, limit: number) =>
    Math.min(Math.max(...rows.map((row) => textWidth(of(row))), 6), limit);
  const machine = widest((row) => row.machine, mostMachine);
  const system = widest((row) => row.system, mostSystem);
  const nix = widest((row) => row.nix, mostNix);
  let room = width - 1 - machine - 2 * cellRim;
  const takes = (cells: number) => {
    if (room - cells - cellRim < leastBuilders) return false;
    room -= cells + cellRim;
    return true;
  };
  const withNix = takes(nix);
  const withSystem = takes(system);
  const builders = widest((row) => row.builders, Math.max(room, 6));
  const table = shown.map((row) => ({
    machine: fit(row.machine, machine, ellipsis),
    ...(withSystem ? { system: fit(row.system, system, ellipsis) } : {}),
    ...(withNix ? { nix: fit(row.nix, nix, ellipsis) } : {}),
    builders: fit(row.builders, builders, ellipsis),
  }));
  return (
    <>
      <StaticTable rows={table} />
      {left > 0 && <Text dimColor>{`and ${left} more`}</Text>}
    </>
  );
}
