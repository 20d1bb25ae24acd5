/** From a typed value to one that holds: looks, shows what would be done, asks, saves, and says how it ended. */
import type { EditableSetting } from "../model/settings/editable-setting.ts";
import { textWidth } from "../model/text/width.ts";
import type { DashboardStore } from "../store/dashboard-store.ts";
import { wrapIndented } from "../store/wrap-words.ts";
import type { SettingChange, SettingOutcome } from "../views/setting-options.ts";
import { askChoice } from "./ask-choice.ts";
import type { CommandContext } from "./commands.ts";
import { finishAction, messageOf, tellTrouble } from "./run-action.ts";

/** Files are read and checked, and Nix is asked what it thinks of them. */
const lookDeadline = 30_000;

const readableWidth = 84;

/** `left`: nothing was saved, and the person may want to go on with the same value. */
export type Ended = "left" | "over";

export function changeSetting(
  context: CommandContext,
  machineIndex: number,
  { id, key }: EditableSetting,
  typed: string,
): Promise<Ended> {
  const { prepareSetting } = context.options.actions;
  if (!prepareSetting) return Promise.resolve("left");
  return planAndSave(context, `Looking at what ${id} would change…`, (signal) =>
    prepareSetting(machineIndex, key, typed, signal),
  );
}

export async function takeBack(context: CommandContext, machineIndex: number): Promise<Ended> {
  const { prepareUndo } = context.options.actions;
  if (!prepareUndo || isBusy(context.store)) return "left";
  return planAndSave(context, "Looking at what was changed last…", (signal) =>
    prepareUndo(machineIndex, signal),
  );
}

/** Says so where another change is under way: there is one at a time. */
export function isBusy(store: DashboardStore): boolean {
  const { action } = store.state.get();
  if (action !== null) store.flash(`This is still under way: ${action.title}.`, "attention");
  return action !== null;
}

async function planAndSave(
  context: CommandContext,
  looking: string,
  prepare: (signal: AbortSignal) => Promise<SettingChange>,
): Promise<Ended> {
  const { store, effects } = context;
  if (isBusy(store)) return "left";
  store.flash(looking);
  let change: SettingChange;
  try {
    change = await prepare(AbortSignal.any([AbortSignal.timeout(lookDeadline), effects.closing]));
  } catch (error) {
    if (!effects.closing.aborted) tellTrouble(store, "Nothing was saved", messageOf(error), "attention");
    return "left";
  }
  const later = change.restart !== null;
  const answer = await askChoice(
    store,
    {
      title: change.title,
      lines: change.lines,
      choices: [
        { key: "y", label: later ? `save, and restart ${change.restart}` : "save" },
        ...(later ? [{ key: "s", label: "save only: it holds from the next restart on" }] : []),
        { key: "n", label: "back" },
      ],
    },
    effects.closing,
  );
  // Something else may have begun while the question stood there.
  if ((answer !== "y" && answer !== "s") || isBusy(store)) return "left";
  await save(context, change, answer === "y" && later);
  return "over";
}

async function save(
  { store, effects }: CommandContext,
  change: SettingChange,
  restart: boolean,
): Promise<void> {
  const { title } = change;
  const say = (line: string) => store.change((state) => ({ ...state, action: { title, line } }));
  say("");
  try {
    const outcome = await change.save({
      restart,
      signal: effects.closing,
      progress: say,
      withTerminal: effects.withTerminal,
      // Without an answer the machine is not left without its daemon.
      offerRollback: async (lines) => (await askBack(store, title, lines, effects.closing)) !== "n",
    });
    finishAction(store);
    tell(store, title, outcome);
  } catch (error) {
    finishAction(store);
    tell(store, title, { good: false, lines: [messageOf(error)] });
  }
}

function askBack(
  store: DashboardStore,
  title: string,
  lines: readonly string[],
  closing: AbortSignal,
): Promise<string | null> {
  return askChoice(
    store,
    {
      title: `${title}: put the old content back?`,
      lines: readable(lines),
      choices: [
        { key: "n", label: "leave the new content in place" },
        { key: "y", label: "put the old content back, and restart with it" },
      ],
    },
    closing,
  );
}

/** Sentences are read in lines that are not too long. */
export function readable(lines: readonly string[]): string[] {
  return lines.flatMap((line) => wrapIndented(line, readableWidth));
}

/** What went well passes by; anything else stays until it is read. */
function tell(store: DashboardStore, title: string, { good, lines }: SettingOutcome): void {
  const [first = title, ...rest] = lines;
  if (good && rest.length <= 1) {
    const both = [first, ...rest].join("; ");
    store.flash(textWidth(both) <= store.state.get().columns - 2 ? both : first, "well");
    return;
  }
  store.change((state) => ({
    ...state,
    flash: null,
    overlay: { kind: "text", title, lines: readable([first, ...rest.map((line) => `  ${line}`)]), top: 0 },
    field: null,
  }));
}
