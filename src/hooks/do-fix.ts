/** Doing what mends a trouble, through the same doors as the keys of the panes. */
import type { Fix, FixAction } from "../model/diagnoses/types.ts";
import type { DashboardState, World } from "../store/dashboard-state.ts";
import type { DoctorRow } from "../store/doctor-rows.ts";
import { selectedDoctorRow } from "../store/doctor-view.ts";
import { type MachineProblem, shownMachines } from "../store/machine-problems.ts";
import { withTried } from "../store/tried-fixes.ts";
import type { DashboardActions } from "../views/dashboard-options.ts";
import type { CommandContext } from "./commands.ts";
import { prepareAndAsk } from "./questions.ts";
import { messageOf, tellTrouble } from "./run-action.ts";
import { changeSetting, isBusy } from "./save-setting.ts";

/** All files of settings are read. */
const lookDeadline = 30_000;

/** Why `f` cannot be used now; `null` where it can. */
export function fixReason(
  row: DoctorRow | undefined,
  fix: Fix | undefined,
  state: DashboardState,
  world: World,
  actions: DashboardActions,
): string | null {
  if (row?.kind !== "problem" || !fix) return "There is nothing to do about this from here.";
  const { problem } = row;
  const { action } = fix;
  if (!action)
    return fix.commands.length > 0
      ? "This one is yours to do: y copies its commands."
      : "This one is yours to do.";
  if (action.kind === "set" && !(actions.listSettings && actions.prepareSetting))
    return `Settings are not changed from here: write ${action.key} = ${action.value} into ${action.file}.`;
  const prepare = { builder: actions.prepareBuilderAction, "restart-daemon": actions.prepareDaemonRestart };
  if (action.kind !== "set" && !prepare[action.kind])
    return "This is not to be had here: nothing can be done to these machines.";
  const status = shownMachines(state, world)[problem.machineIndex];
  return status?.connection.state === "connected" ? null : `${problem.machine} does not answer.`;
}

export function markedFix(state: DashboardState, row: DoctorRow | undefined): Fix | undefined {
  return row?.kind === "problem" ? row.problem.fixes[state.doctor?.fix ?? 0] : undefined;
}

/** Through the same doors as the keys of the panes; afterwards the next looks tell whether it is gone. */
export function doFix(context: CommandContext): void {
  const { store, options } = context;
  const { actions } = options;
  const state = store.state.get();
  const row = selectedDoctorRow(state, store);
  const action = markedFix(state, row)?.action;
  if (row?.kind !== "problem" || !action) return;
  const { problem } = row;
  if (action.kind === "set") {
    void changeSettingOf(context, problem, action);
    return;
  }
  const prepare = (signal: AbortSignal) => {
    if (action.kind === "builder" && actions.prepareBuilderAction)
      return actions.prepareBuilderAction(action.verb, problem.machineIndex, action.builderKey, signal);
    if (action.kind === "restart-daemon" && actions.prepareDaemonRestart)
      return actions.prepareDaemonRestart(problem.machineIndex, signal);
    return Promise.reject(new Error("This is not to be had here."));
  };
  prepareAndAsk(context, `Looking at ${problem.subject}…`, prepare, ({ title }) =>
    store.change((before) => withTried(before, problem, title, store.machines.now())),
  );
}

/** The diff is shown and asked about first, as in the settings themselves. */
async function changeSettingOf(
  context: CommandContext,
  { machineIndex, machine }: MachineProblem,
  { key, value, file }: Extract<FixAction, { kind: "set" }>,
): Promise<void> {
  const { store, options, effects } = context;
  const { listSettings } = options.actions;
  if (!listSettings || isBusy(store)) return;
  store.flash(`Reading the settings of ${machine}…`);
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(lookDeadline), effects.closing]);
    const { settings } = await listSettings(machineIndex, signal);
    const setting = settings.find(({ id }) => id === key);
    if (!setting)
      throw new Error(`${key} is no setting of ${machine}: write ${key} = ${value} into ${file}.`);
    if (setting.locked) throw new Error(setting.locked.join("\n"));
    await changeSetting(context, machineIndex, setting, value);
  } catch (error) {
    if (!effects.closing.aborted) tellTrouble(store, `${key} is not changed`, messageOf(error), "attention");
  }
}
