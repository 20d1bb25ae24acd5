import type { ReactNode } from "react";
import { fit } from "../model/text/width.ts";
import { formatDuration } from "../model/units.ts";
import type { DashboardState, World } from "../store/dashboard-state.ts";
import { overlayHeight } from "../store/layout.ts";
import { Pane } from "./pane.tsx";
import { StaticTable, tableRows } from "./static-table.tsx";
import { useTheme } from "./theme.ts";

/** Each Nix command that was seen: what it is called, since when, how it stands. */
export function Sessions({ state, world }: { state: DashboardState; world: World }): ReactNode {
  const theme = useTheme();
  const { sessions } = world.builds;
  const top = state.overlay?.kind === "sessions" ? state.overlay.top : 0;
  const height = overlayHeight(state);
  const shown = sessions.slice(top, top + tableRows(height));
  // The cells are cut before they are handed over: the table measures, but does not cut.
  const nameWidth = Math.max(state.columns - 50, 10);
  const rows = shown.map(({ label, pid, startedAt, endedAt, outcome }) => ({
    command: fit(label, nameWidth, theme.glyphs.ellipsis),
    process: pid === null ? "" : String(pid),
    time: formatDuration((endedAt ?? state.frame.now) - startedAt),
    state: endedAt === null ? "running" : outcome,
  }));
  return (
    <Pane
      title={[
        { text: "Nix commands", tone: "plain" },
        { text: `${sessions.length} seen`, tone: "plain" },
      ]}
      figures={top + shown.length < sessions.length ? [{ text: "more below", tone: "idle" }] : []}
      focused
      width={state.columns}
      height={height + 2}
    >
      <StaticTable rows={rows} />
    </Pane>
  );
}
