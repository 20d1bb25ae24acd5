/** Questions that are asked before something is stopped or changed. */

import type { Choice } from "../store/dashboard-state.ts";
import type { MachineAction } from "../views/dashboard-options.ts";
import type { CommandContext } from "./commands.ts";

/** Looking must be quick; changing may write files and wait for a daemon. */
const lookDeadline = 10_000;
const changeDeadline = 60_000;

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
    overlay: {
      kind: "choice",
      title: "Quit",
      lines: ["This still runs:", `  ${options.title}`],
      choices,
      selected: choices.length - 1,
    },
  }));
}

/** Says exactly what would change on this machine, and does it after a "yes". */
export function askToWatch(context: CommandContext): void {
  const { store, options } = context;
  const prepare = options.actions.prepareWatch;
  if (!prepare) return;
  store.flash("Looking at what is watched…");
  prepare(AbortSignal.timeout(lookDeadline)).then(
    (action) => ask(context, action),
    (error: unknown) => store.flash(messageOf(error), "attention"),
  );
}

function ask({ store }: CommandContext, action: MachineAction): void {
  store.change((state) => ({
    ...state,
    flash: null,
    field: null,
    overlay: {
      kind: "choice",
      title: action.title,
      lines: action.change,
      selected: 1,
      choices: [
        {
          key: "y",
          label: "do it",
          run: () => {
            store.flash(`${action.title}…`);
            action
              .run(AbortSignal.timeout(changeDeadline), (line) => store.flash(line))
              .then(
                (line) => store.flash(line, "well"),
                (error: unknown) => store.flash(messageOf(error), "failed"),
              );
          },
        },
        { key: "n", label: "leave it as it is", run: () => {} },
      ],
    },
  }));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
