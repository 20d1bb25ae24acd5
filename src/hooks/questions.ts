/** Questions that are asked before something is stopped or changed. */

import type { Choice } from "../store/dashboard-state.ts";
import { openQuestion } from "../store/question.ts";
import type { MachineAction } from "../views/dashboard-options.ts";
import type { CommandContext } from "./commands.ts";
import { messageOf, runAction, tellTrouble } from "./run-action.ts";

/** Looking must be quick. */
const lookDeadline = 10_000;

/** Quits at once if nothing runs; otherwise asks what becomes of the command. */
export function askToQuit({ store, options, effects }: CommandContext): void {
  const { command } = options;
  if (!command?.running) {
    effects.close("quit");
    return;
  }
  const choices: Choice[] = [
    {
      key: "s",
      label: "stop it",
      run: () => {
        command.interrupt();
        effects.close("stop");
      },
    },
  ];
  if (command.canContinueInText)
    choices.push({
      key: "t",
      label: "let it go on, in plain text",
      run: () => effects.close("continue-in-text"),
    });
  choices.push({ key: "b", label: "back", run: () => {} });
  store.change((state) => ({
    ...state,
    overlay: openQuestion("Quit", ["This still runs:", `  ${options.title}`], choices),
  }));
}

/** Says exactly what would change on this machine, and does it after a "yes". */
export function askToWatch(context: CommandContext): void {
  const { options } = context;
  const prepare = options.actions.prepareWatch;
  if (prepare) prepareAndAsk(context, "Looking at what is watched…", prepare);
}

/** Looks what there is to do, and asks whether to do it. `done` is called when it was done, and well. */
export function prepareAndAsk(
  context: CommandContext,
  looking: string,
  prepare: (signal: AbortSignal) => Promise<MachineAction>,
  done: (action: MachineAction) => void = () => {},
): void {
  const { store, effects } = context;
  const { action } = store.state.get();
  if (action !== null) {
    store.flash(`This is still under way: ${action.title}.`, "attention");
    return;
  }
  store.flash(looking);
  prepare(AbortSignal.any([AbortSignal.timeout(lookDeadline), effects.closing])).then(
    (prepared) => ask(context, prepared, done),
    (error: unknown) => tellTrouble(store, "This cannot be done", messageOf(error), "attention"),
  );
}

function ask(context: CommandContext, action: MachineAction, done: (action: MachineAction) => void): void {
  const run = async () => {
    if (await runAction(context, action)) done(action);
  };
  context.store.change((state) => ({
    ...state,
    flash: null,
    field: null,
    overlay: openQuestion(action.title, action.change, [
      { key: "y", label: "do it", run: () => void run() },
      { key: "n", label: "leave it as it is", run: () => {} },
    ]),
  }));
}
