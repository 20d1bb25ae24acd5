/** The rows of the Builders pane: each machine that is watched, and below it its builders. */
import type { Builder } from "../model/builders/types.ts";
import type { Gauges } from "../model/gauges/types.ts";
import type { BuildProcess } from "../model/machine/build-processes.ts";
import type { MachineStatus } from "../model/machine/status.ts";
import type { DashboardState, World } from "./dashboard-state.ts";

export interface MachineRow {
  readonly key: string;
  /** Place of its machine in `Machines.list()`. */
  readonly machineIndex: number;
  readonly status: MachineStatus;
  /** `null`: the machine itself. */
  readonly builder: Builder | null;
}

const noRows: readonly MachineRow[] = [];
let made: { list: readonly MachineStatus[]; rows: readonly MachineRow[] } = { list: [], rows: noRows };

/** As they are now, or as they were when the person pressed pause. */
export function machineRows(state: DashboardState, world: World): readonly MachineRow[] {
  const list = state.paused?.machines.list ?? world.machines.list();
  if (list.length === 0) return noRows;
  // Asked several times for each frame; a status is a new object whenever it says something else.
  const same = list.length === made.list.length && list.every((status, index) => status === made.list[index]);
  if (!same) made = { list: [...list], rows: list.flatMap(rowsOf) };
  return made.rows;
}

function rowsOf(status: MachineStatus, machineIndex: number): MachineRow[] {
  const own: MachineRow = { key: `${machineIndex}`, machineIndex, status, builder: null };
  return [
    own,
    ...status.builders.map((builder) => ({
      ...own,
      key: `${machineIndex} ${builder.key}`,
      builder,
    })),
  ];
}

/** Seconds, the clock of `MachineStatus.at`, at the frame that is drawn. */
export function machinesNow(state: DashboardState): number {
  return state.paused?.machines.now ?? state.frame.machinesNow;
}

/** The row whose gauges are shown; `undefined` only while there is none. */
export function selectedMachineRow(state: DashboardState, world: World): MachineRow | undefined {
  return machineRows(state, world)[state.builders.selectedIndex];
}

export function gaugesOf({ status, builder }: MachineRow): Gauges | null {
  return builder ? builder.gauges : status.gauges;
}

export function processesOf({ status, builder }: MachineRow): readonly BuildProcess[] {
  return builder ? (status.builderProcesses.get(builder.key) ?? []) : status.buildProcesses;
}

export interface GaugeTrend {
  /** Fractions, the newest last. */
  readonly cpu: readonly (number | null)[];
  readonly diskMount: string | null;
  readonly diskFullInSeconds: number | null;
}

const noTrend: GaugeTrend = { cpu: [], diskMount: null, diskFullInSeconds: null };
const trends = new WeakMap<MachineStatus, Map<string, GaugeTrend>>();

/**
 * How the gauges of a row went on. A history is worked out when it is read, which takes a moment, and goes on while the
 * picture is paused: so it is read once for each status.
 */
export function trendOf({ key, status, builder }: MachineRow): GaugeTrend {
  const known = trends.get(status) ?? new Map<string, GaugeTrend>();
  trends.set(status, known);
  let trend = known.get(key);
  if (!trend) {
    const history = builder ? status.builderHistory.get(builder.key) : status.history;
    trend = history
      ? { cpu: history.cpu, diskMount: history.diskMount, diskFullInSeconds: history.diskFullInSeconds }
      : noTrend;
    known.set(key, trend);
  }
  return trend;
}

/** For `DashboardState.paused`: what there is now, with how it went on until now. */
export function holdMachines(
  state: DashboardState,
  world: World,
): { list: readonly MachineStatus[]; now: number } {
  for (const row of machineRows(state, world)) trendOf(row);
  return { list: [...world.machines.list()], now: machinesNow(state) };
}
