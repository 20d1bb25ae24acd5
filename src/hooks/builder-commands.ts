/** What the keys of the Builders pane do, and why they cannot do it. */
import type { Builder } from "../model/builders/types.ts";
import type { DashboardState, World } from "../store/dashboard-state.ts";
import type { DashboardStore } from "../store/dashboard-store.ts";
import { type MachineRow, machineRows, selectedMachineRow } from "../store/machine-rows.ts";
import type { BuilderVerb, DashboardActions } from "../views/dashboard-options.ts";
import type { CommandContext } from "./commands.ts";
import type { BuilderReasons } from "./key-binding.ts";
import { prepareAndAsk } from "./questions.ts";

/** Selects a row of the Builders pane by its index. */
export function selectMachineRow(store: DashboardStore, index: number): void {
  const rows = machineRows(store.state.get(), store);
  const bounded = Math.max(0, Math.min(index, rows.length - 1));
  const row = rows[bounded];
  if (!row) return;
  store.change((state) => ({
    ...state,
    builders: { ...state.builders, selected: row.key, selectedIndex: bounded, chosen: true },
  }));
}

/** Why each key cannot be used now; `null` where it can. */
export function builderReasons(
  state: DashboardState,
  world: World,
  actions: DashboardActions,
): BuilderReasons {
  const row = selectedMachineRow(state, world);
  const reason = (check: (row: MachineRow, builder: Builder) => string | null) => {
    if (!row) return "No machine is watched.";
    if (row.status.connection.state === "lost") return `${row.status.name} does not answer.`;
    return row.builder ? check(row, row.builder) : "Select a builder first: this is the machine itself.";
  };
  const notHere = "This is not to be had here.";
  const control = (_: MachineRow, builder: Builder) => {
    if (!actions.prepareBuilderAction) return notHere;
    return builder.control.kind === "none" ? builder.control.why : null;
  };
  return {
    restart: reason(control),
    switch: reason(control),
    test: reason((_, { state: is }) => {
      if (!actions.prepareBuilderAction) return notHere;
      return is === "not-configured" ? "Nix does not know this builder." : null;
    }),
    log: reason(({ machineIndex }, builder) => {
      if (builder.log.kind === "none") return builder.log.why;
      return actions.builderLogCommand?.(machineIndex, builder.key) ? null : notHere;
    }),
    copy: row?.builder
      ? row.builder.uri === null
        ? "Nix has no URI for this builder."
        : null
      : reason(() => null),
    daemon: !row
      ? "No machine is watched."
      : !actions.prepareDaemonRestart
        ? notHere
        : row.status.connection.state === "lost"
          ? `${row.status.name} does not answer.`
          : row.status.nix?.service
            ? null
            : `Nothing on ${row.status.name} starts a Nix daemon.`,
    look: !row ? "No machine is watched." : actions.lookAgain ? null : notHere,
  };
}

/** What can be done about the trouble of the selected row, by which key. */
export function troubleHelp(row: MachineRow | undefined, reasons: BuilderReasons): string[] {
  const { connection } = row?.status ?? {};
  if (connection?.state === "lost" && !connection.trouble.retry)
    return reasons.look === null ? ["ctrl-r tries again"] : [];
  if (!row?.builder)
    return row?.status.nix?.daemon === "stopped" && reasons.daemon === null ? ["R restarts it"] : [];
  const { state } = row.builder;
  const help: string[] = [];
  if (state === "stopped" && reasons.switch === null) help.push("S starts it");
  else if (["wedged", "crash-looping", "unreachable"].includes(state) && reasons.restart === null)
    help.push("r restarts it");
  if (reasons.log === null) help.push("l shows its log");
  if (state === "unreachable" && reasons.test === null) help.push("t tests it");
  return help;
}

/** What `S` would do: start what does not run, stop what does. */
export function switchVerb(store: DashboardStore): BuilderVerb {
  const state = selectedMachineRow(store.state.get(), store)?.builder?.state;
  return state === "stopped" || state === "disabled" || state === "crash-looping" ? "start" : "stop";
}

export function builderUri(store: DashboardStore): string | null {
  return selectedMachineRow(store.state.get(), store)?.builder?.uri ?? null;
}

export function askAboutBuilder(context: CommandContext, verb: BuilderVerb): void {
  const { store, options } = context;
  const row = selectedMachineRow(store.state.get(), store);
  const prepare = options.actions.prepareBuilderAction;
  if (!row?.builder || !prepare) return;
  const { machineIndex, builder } = row;
  prepareAndAsk(context, `Looking at ${builder.name}…`, (signal) =>
    prepare(verb, machineIndex, builder.key, signal),
  );
}

export function askToRestartDaemon(context: CommandContext): void {
  const { store, options } = context;
  const row = selectedMachineRow(store.state.get(), store);
  const prepare = options.actions.prepareDaemonRestart;
  if (!row || !prepare) return;
  prepareAndAsk(context, "Looking at the Nix daemon…", (signal) => prepare(row.machineIndex, signal));
}
