import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { fit, textWidth } from "../model/text/width.ts";
import type { DashboardState, World } from "../store/dashboard-state.ts";
import type { GaugeLine, GaugePart } from "../store/gauge-figures.ts";
import type { PaneBox } from "../store/layout.ts";
import { selectedGauges } from "../store/machines-view.ts";
import { Pane } from "./pane.tsx";
import { type Theme, useTheme } from "./theme.ts";

export interface GaugesPaneProps {
  state: DashboardState;
  world: World;
  help: readonly string[];
  box: PaneBox;
}

/** The selected builder or machine from inside. */
export function GaugesPane({ state, world, help, box }: GaugesPaneProps): ReactNode {
  const view = selectedGauges(state, world, help);
  if (!view) return null;
  const top = Math.max(Math.min(state.builders.gaugesTop, view.lines.length - box.innerHeight), 0);
  const lines = view.lines.slice(top, top + box.innerHeight);
  const below = view.lines.length - top - lines.length;
  return (
    <Pane
      title={view.title}
      figures={below > 0 ? [...view.figures, { text: `${below} more below`, tone: "idle" }] : view.figures}
      focused={state.focus === "gauges"}
      width={box.width}
      height={box.height}
    >
      {lines.length > 0 ? (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place on the screen is what the line is
        lines.map((line, index) => <Line key={index} line={line} width={box.innerWidth} />)
      ) : (
        <Text dimColor>Nothing is known of its inside.</Text>
      )}
    </Pane>
  );
}

function Line({ line, width }: { line: GaugeLine; width: number }): ReactNode {
  const theme = useTheme();
  let room = width;
  return (
    <Box height={1}>
      {line.map((part, index) => {
        const text = fit(textOf(part, theme), Math.min(textWidthOf(part), room), theme.glyphs.ellipsis);
        room -= textWidth(text);
        const look = theme.tones[part.tone];
        if (part.kind !== "bar")
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <Text key={index} {...look}>
              {text}
            </Text>
          );
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          <Text key={index}>
            <Text {...look}>{text.slice(0, part.filled)}</Text>
            <Text dimColor>{text.slice(part.filled)}</Text>
          </Text>
        );
      })}
    </Box>
  );
}

function textWidthOf(part: GaugePart): number {
  return part.kind === "text" ? textWidth(part.text) : part.kind === "bar" ? part.cells : part.levels.length;
}

function textOf(part: GaugePart, { glyphs }: Theme): string {
  if (part.kind === "text") return part.text.replaceAll("…", glyphs.ellipsis);
  if (part.kind === "bar")
    return glyphs.gaugeFull.repeat(part.filled) + glyphs.gaugeEmpty.repeat(part.cells - part.filled);
  return part.levels.map((level) => (level === null ? " " : (glyphs.levels[level] ?? ""))).join("");
}
