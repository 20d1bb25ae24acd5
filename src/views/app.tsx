import { Box, Text } from "ink";
import type { ReactNode } from "react";
import type { CommandContext } from "../hooks/commands.ts";
import { activeScopes, keyContext } from "../hooks/dispatch.ts";
import { useKeys } from "../hooks/use-keys.ts";
import { useStore } from "../hooks/use-store.ts";
import type { DashboardState, World } from "../store/dashboard-state.ts";
import { layoutOf, smallest } from "../store/layout.ts";
import { logSource } from "../store/log-source.ts";
import { listRows } from "../store/row-list.ts";
import { BuildsPane } from "./builds-pane.tsx";
import { Footer } from "./footer.tsx";
import { Header } from "./header.tsx";
import { LogPane } from "./log-pane.tsx";
import { Help, Palette, Question } from "./overlays.tsx";
import { Sessions } from "./sessions.tsx";

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
      ) : (
        <Panes state={state} world={world} />
      )}
      <Footer
        state={state}
        scopes={activeScopes(state)}
        context={keys}
        note={context.options.command?.note ?? null}
      />
      {overlay?.kind === "choice" && <Question state={state} overlay={overlay} />}
      {overlay?.kind === "palette" && <Palette state={state} />}
    </Box>
  );
}

function Panes({ state, world }: { state: DashboardState; world: World }): ReactNode {
  const list = listRows(state, world);
  return layoutOf(state).panes.map((box) =>
    box.id === "builds" ? (
      <BuildsPane key={box.id} state={state} world={world} list={list} box={box} />
    ) : (
      <LogPane key={box.id} state={state} source={logSource(state, world, list)} box={box} />
    ),
  );
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
