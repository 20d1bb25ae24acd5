import { Box, Text } from "ink";
import type { ReactNode } from "react";
import type { MachineStatus } from "../model/machine/status.ts";
import { truncateEnd } from "../model/text/width.ts";
import { formatDuration } from "../model/units.ts";
import type { DashboardState, World } from "../store/dashboard-state.ts";
import { figureGap, type HeaderPart, headerLine } from "../store/header-line.ts";
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
  const machines = world.machines.list();
  // Machines over ssh are named already.
  const named = options.title === machines.map(({ name }) => name).join(", ");
  const { left, right } = headerLine(state.columns, {
    title: named ? "" : options.title,
    machine: machineForms(machines, options, dot),
    parts: rightParts(state, world, options, ellipsis),
    ellipsis,
  });
  return (
    <Box width={state.columns} height={1} justifyContent="space-between" overflow="hidden">
      <Box flexShrink={0}>
        <Text bold> buildtop</Text>
        {left.length > 0 && <Text>{`  ${left.join(` ${dot} `)}`}</Text>}
      </Box>
      <Box flexShrink={0}>
        {right.map(({ text, tone, key }) => (
          <Text key={text}>
            <Text {...theme.tones[tone]}>{" ".repeat(figureGap) + text}</Text>
            <Text {...theme.key}>{key}</Text>
          </Text>
        ))}
        <Text> </Text>
      </Box>
    </Box>
  );
}

/** One machine with what it runs, several by their names; from the longest form to the shortest. */
function machineForms(
  machines: readonly MachineStatus[],
  { machine }: DashboardOptions,
  dot: string,
): string[] {
  const [first, ...others] = machines;
  if (others.length > 0 && first) {
    const counted = `${first.name} and ${others.length} more`;
    return others.length > 2 ? [counted] : [machines.map(({ name }) => name).join(", "), counted];
  }
  // Of this machine something is known before it is looked at.
  const known = first && first.transport !== "local" ? { os: null, nix: null } : machine;
  const parts = [first?.name ?? machine.host, first?.os ?? known.os, first?.nix?.name ?? known.nix];
  const said = parts.filter((part) => part !== null);
  return said.map((_, index) => said.slice(0, said.length - index).join(` ${dot} `));
}

/** From here on the first problem is said in words, below it how many there are. */
const problemInWords = 110;

function rightParts(
  state: DashboardState,
  world: World,
  options: DashboardOptions,
  ellipsis: string,
): HeaderPart[] {
  const parts: HeaderPart[] = [];
  const { builds } = world;
  const { frame, columns } = state;
  const trouble = machineProblemFigure(shownMachines(state, world));
  if (trouble) {
    const { text, tone } = trouble;
    const words = columns >= problemInWords ? [truncateEnd(text, Math.floor(columns / 2), ellipsis)] : [];
    const forms = [...words, text.replace(/:.*$/s, "")];
    parts.push({ forms, tone, key: state.doctor ? "" : "  d", rank: 0 });
  }
  const problem = problemFigure(builds);
  if (problem) parts.push({ forms: [problem.text], tone: problem.tone, key: "  m", rank: 2 });
  const verdict = verdictFigure({ frame }, { builds }, options);
  if (verdict) {
    const { text, tone } = verdict;
    parts.push({ forms: [text, text.replace(/ (?:in|after) .*$|, .*$/s, "")], tone, key: "", rank: 1 });
  }
  parts.push({ forms: [frame.clock], tone: "plain", key: "", rank: 3 });
  return parts;
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
