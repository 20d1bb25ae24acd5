import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { textWidth, truncateEnd } from "../model/text/width.ts";
import { formatDuration } from "../model/units.ts";
import type { DashboardState, World } from "../store/dashboard-state.ts";
import { machineProblemFigure, shownMachines } from "../store/machine-problems.ts";
import { type Figure, problemFigure } from "../store/summary.ts";
import type { DashboardOptions } from "./dashboard-options.ts";
import { useTheme } from "./theme.ts";

export interface HeaderProps {
  state: DashboardState;
  world: World;
  options: DashboardOptions;
}

/** This machine, what is watched, how it stands, the time: one row. */
export function Header({ state, world, options }: HeaderProps): ReactNode {
  const theme = useTheme();
  const { dot, ellipsis } = theme.glyphs;
  const machine = machineTexts(world, options).join(` ${dot} `);
  const right = rightFigures(state, world, options, ellipsis);
  const rightWidth = right.reduce((sum, { text, key }) => sum + textWidth(text + key) + 3, 0);
  const room = Math.max(state.columns - rightWidth - 13, 0);
  // Machines over ssh are named already.
  const named =
    options.title ===
    world.machines
      .list()
      .map(({ name }) => name)
      .join(", ");
  const title = named ? "" : truncateEnd(options.title, Math.max(room, 0), ellipsis);
  // What is watched goes before what the machine is: that one is known anyway.
  const machineRoom = room - textWidth(title) - 3;
  const shownMachine =
    machine !== title && machineRoom >= 12 ? truncateEnd(machine, machineRoom, ellipsis) : "";
  const left = [shownMachine, title].filter((part) => part !== "");
  return (
    <Box width={state.columns} height={1} justifyContent="space-between" overflow="hidden">
      <Box flexShrink={0}>
        <Text bold> buildtop</Text>
        <Text>{`  ${left.join(` ${dot} `)}`}</Text>
      </Box>
      <Box flexShrink={0}>
        {right.map(({ text, tone, key }) => (
          <Text key={text}>
            <Text {...theme.tones[tone]}>{`   ${text}`}</Text>
            <Text {...theme.key}>{key}</Text>
          </Text>
        ))}
        <Text> </Text>
      </Box>
    </Box>
  );
}

/** One machine with what it runs, several by their names. */
function machineTexts({ machines }: World, { machine }: DashboardOptions): string[] {
  const [first, ...others] = machines.list();
  if (!first) return [machine.host, machine.os, machine.nix].filter((part) => part !== null);
  if (others.length > 2) return [`${first.name} and ${others.length} more`];
  if (others.length > 0) return [[first, ...others].map(({ name }) => name).join(", ")];
  // Of this machine something is known before it is looked at.
  const known = first.transport === "local" ? machine : { os: null, nix: null };
  return [first.name, first.os ?? known.os, first.nix?.name ?? known.nix].filter((part) => part !== null);
}

interface HeaderFigure extends Figure {
  /** The key that tells more, behind the text; "" for none. */
  readonly key: string;
}

function rightFigures(
  state: DashboardState,
  world: World,
  options: DashboardOptions,
  ellipsis: string,
): HeaderFigure[] {
  const figures: HeaderFigure[] = [];
  const { builds } = world;
  const { frame } = state;
  const trouble = machineProblemFigure(shownMachines(state, world));
  // The first problem in words where there is room, else how many there are.
  const wide = state.columns >= 110 || trouble === null ? trouble?.text : trouble.text.replace(/:.*$/s, "");
  if (trouble && wide !== undefined)
    figures.push({
      ...trouble,
      text: truncateEnd(wide, Math.floor(state.columns / 2), ellipsis),
      key: state.doctor ? "" : "  d",
    });
  const problem = problemFigure(builds);
  if (problem) figures.push({ ...problem, key: "  m" });
  const verdict = verdictFigure({ frame }, { builds }, options);
  if (verdict) figures.push({ ...verdict, key: "" });
  figures.push({ text: frame.clock, tone: "plain", key: "" });
  return figures;
}

/** How long the one command runs, or how it ended; there is no such thing while the whole machine is watched. */
function verdictFigure(
  { frame }: Pick<DashboardState, "frame">,
  { builds }: Pick<World, "builds">,
  { mode, command }: DashboardOptions,
): Figure | null {
  const first = builds.sessions[0];
  if (mode === "watch" || !first) return null;
  const running = command ? command.running : builds.outcome === "unfinished";
  const end = builds.sessions.reduce((latest, { endedAt }) => Math.max(latest, endedAt ?? 0), 0);
  const time = formatDuration((running || end === 0 ? frame.now : end) - first.startedAt);
  if (running) return { text: time, tone: "plain" };
  if (builds.outcome === "succeeded") return { text: `succeeded in ${time}`, tone: "well" };
  if (builds.outcome === "failed") return { text: `failed after ${time}`, tone: "failed" };
  if (builds.outcome === "cancelled") return { text: `stopped after ${time}`, tone: "attention" };
  return { text: "ended, outcome unknown", tone: "attention" };
}
