import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { troubleHelp } from "../hooks/builder-commands.ts";
import type { CommandContext } from "../hooks/commands.ts";
import { activeScopes, keyContext } from "../hooks/dispatch.ts";
import { useKeys } from "../hooks/use-keys.ts";
import { useStore } from "../hooks/use-store.ts";
import type { DashboardState, World } from "../store/dashboard-state.ts";
import { layoutOf, type PaneBox, smallest } from "../store/layout.ts";
import { logSource } from "../store/log-source.ts";
import { selectedMachineRow } from "../store/machine-rows.ts";
import { listRows } from "../store/row-list.ts";
import { BuildersPane } from "./builders-pane.tsx";
import { BuildsPane } from "./builds-pane.tsx";
import { Doctor } from "./doctor.tsx";
import { Footer } from "./footer.tsx";
import { GaugesPane } from "./gauges-pane.tsx";
import { Header } from "./header.tsx";
import { LogPane } from "./log-pane.tsx";
import { Help, Palette, Question, TextPopup } from "./overlays.tsx";
import { Sessions } from "./sessions.tsx";
import { Settings } from "./settings.tsx";

export interface AppProps {
  context: CommandContext;
  /** Runs what a key asks for; an error in it ends the dashboard in order. */
  guarded: (act: () => void) => void;
}

/** The whole screen: header, panes or what lies in their place, footer. */
export function App({ context, guarded }: AppProps): ReactNode {
  const state = useStore(context.store.state);
  useKeys(context, guarded);
  const { columns, rows, overlay } = state;
  if (layoutOf(state).tooSmall) return <TooSmall columns={columns} rows={rows} />;
  const world: World = context.store;
  const keys = keyContext(context);
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <Header state={state} world={world} options={context.options} />
      {overlay?.kind === "help" ? (
        <Help state={state} context={keys} />
      ) : overlay?.kind === "sessions" ? (
        <Sessions state={state} world={world} />
      ) : state.settings ? (
        <Settings state={state} />
      ) : state.doctor ? (
        <Doctor state={state} world={world} fixReason={keys.doctor.fix} />
      ) : (
        <Panes
          state={state}
          world={world}
          help={troubleHelp(selectedMachineRow(state, world), keys.builder)}
        />
      )}
      <Footer
        state={state}
        scopes={activeScopes(state)}
        context={keys}
        note={context.options.command?.note ?? null}
      />
      {overlay?.kind === "choice" && <Question state={state} overlay={overlay} />}
      {overlay?.kind === "palette" && <Palette state={state} />}
      {overlay?.kind === "text" && <TextPopup state={state} overlay={overlay} />}
    </Box>
  );
}

interface PanesProps {
  state: DashboardState;
  world: World;
  /** What can be done about the selected builder's trouble. */
  help: readonly string[];
}

function Panes({ state, world, help }: PanesProps): ReactNode {
  const list = listRows(state, world);
  return rowsOfPanes(layoutOf(state).panes).map((boxes) => (
    <Box key={boxes[0]?.id}>
      {boxes.map((box) => {
        if (box.id === "builders") return <BuildersPane key={box.id} state={state} world={world} box={box} />;
        if (box.id === "gauges")
          return <GaugesPane key={box.id} state={state} world={world} help={help} box={box} />;
        if (box.id === "builds")
          return <BuildsPane key={box.id} state={state} world={world} list={list} box={box} />;
        return <LogPane key={box.id} state={state} source={logSource(state, world, list)} box={box} />;
      })}
    </Box>
  ));
}

/** Those that stand beside each other together. */
function rowsOfPanes(panes: readonly PaneBox[]): PaneBox[][] {
  const rows: PaneBox[][] = [];
  for (const box of panes) {
    const last = rows.at(-1);
    if (last && last[0]?.y === box.y) last.push(box);
    else rows.push([box]);
  }
  return rows;
}

/** Says what is needed, in whatever room there is. */
function TooSmall({ columns, rows }: { columns: number; rows: number }): ReactNode {
  const text = `too small: ${columns}x${rows}, needs ${smallest.columns}x${smallest.rows}`;
  return (
    <Box width={columns} height={Math.min(rows, 1)}>
      <Text wrap="truncate-end">{text.slice(0, columns)}</Text>
    </Box>
  );
}
