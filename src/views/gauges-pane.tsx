import { Text } from "ink";
import type { ReactNode } from "react";
import type { DashboardState, World } from "../store/dashboard-state.ts";
import type { PaneBox } from "../store/layout.ts";
import { hiddenFigures } from "../store/list-window.ts";
import { selectedGauges } from "../store/machines-view.ts";
import { Pane } from "./pane.tsx";
import { PartsLine } from "./parts-line.tsx";

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
      figures={[...view.figures, ...hiddenFigures(top, below)]}
      focused={state.focus === "gauges"}
      width={box.width}
      height={box.height}
    >
      {lines.length > 0 ? (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place on the screen is what the line is
        lines.map((line, index) => <PartsLine key={index} line={line} width={box.innerWidth} />)
      ) : (
        <Text dimColor>Nothing is known of its inside.</Text>
      )}
    </Pane>
  );
}
