/** Does what was agreed to, shows its steps, and says how it ended. */
import { textWidth } from "../model/text/width.ts";
import type { DashboardStore } from "../store/dashboard-store.ts";
import type { MachineAction } from "../views/dashboard-options.ts";
import type { CommandContext } from "./commands.ts";

/** Changing may write files and wait for a daemon. */
const usualDeadline = 60_000;
const mostLines = 500;

/** One at a time. `true`: it was done, and well. Never rejects. */
export async function runAction({ store, effects }: CommandContext, action: MachineAction): Promise<boolean> {
  const { title, terminalFirst, deadlineMs = usualDeadline } = action;
  if (store.state.get().action !== null) return false;
  const say = (line: string) => store.change((state) => ({ ...state, action: { title, line } }));
  say("");
  try {
    let refused: string | null = null;
    if (terminalFirst)
      await effects.withTerminal(() => {
        refused = terminalFirst();
      });
    if (refused !== null) throw new Error(refused);
    const signal = AbortSignal.any([AbortSignal.timeout(deadlineMs), effects.closing]);
    const line = await action.run(signal, say);
    finishAction(store);
    store.flash(line, "well");
    return true;
  } catch (error) {
    finishAction(store);
    tell(store, title, messageOf(error));
    return false;
  }
}

export function finishAction(store: DashboardStore): void {
  store.change((state) => ({ ...state, action: null }));
}

function tell(store: DashboardStore, title: string, message: string): void {
  const several = message.trimEnd().includes("\n");
  tellTrouble(
    store,
    several ? `${title}: failed` : title,
    several ? message : `${title}: ${message}`,
    "failed",
  );
}

/** What fits the last row passes by; what is longer stays until it is closed. */
export function tellTrouble(
  store: DashboardStore,
  title: string,
  message: string,
  tone: "attention" | "failed",
): void {
  const text = message.trimEnd();
  if (fitsFooter(store, text)) {
    store.flash(text, tone);
    return;
  }
  const lines = text.split("\n").slice(0, mostLines);
  store.change((state) => ({
    ...state,
    flash: null,
    field: state.overlay ? null : state.field,
    overlay: { kind: "text", title, lines, top: 0 },
  }));
}

function fitsFooter(store: DashboardStore, text: string): boolean {
  return !text.includes("\n") && textWidth(text) <= store.state.get().columns - 2;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
