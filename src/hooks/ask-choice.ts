/** A question as a promise: what is done next can be read from top to bottom. */
import type { Overlay } from "../store/dashboard-state.ts";
import type { DashboardStore } from "../store/dashboard-store.ts";
import { openQuestion } from "../store/question.ts";

export interface Asked {
  readonly title: string;
  readonly lines: Extract<Overlay, { kind: "choice" }>["lines"];
  /** The last one is what is chosen by Enter at first: it changes nothing. */
  readonly choices: readonly { readonly key: string; readonly label: string }[];
}

/**
 * Resolves to the key that was chosen; `null` where the question went away without an answer (Esc, something else took
 * its place, the dashboard is closed). A line that was being typed comes back afterwards.
 */
export function askChoice(store: DashboardStore, asked: Asked, closing: AbortSignal): Promise<string | null> {
  const { title, lines } = asked;
  const { field } = store.state.get();
  return new Promise((resolve) => {
    let answered = false;
    const answer = (key: string | null) => {
      if (answered) return;
      answered = true;
      unsubscribe();
      closing.removeEventListener("abort", gone);
      store.change((state) =>
        state.field === null && state.overlay === null && field !== null ? { ...state, field } : state,
      );
      resolve(key);
    };
    const gone = () => answer(null);
    const choices = asked.choices.map(({ key, label }) => ({ key, label, run: () => answer(key) }));
    const watch = () => {
      const { overlay } = store.state.get();
      // Whoever chooses closes the question first, and runs the choice at once after that.
      if (overlay?.kind !== "choice" || overlay.choices !== choices) queueMicrotask(gone);
    };
    store.change((state) => ({
      ...state,
      flash: null,
      field: null,
      overlay: openQuestion(title, lines, choices),
    }));
    const unsubscribe = store.state.subscribe(watch);
    closing.addEventListener("abort", gone, { once: true });
    if (closing.aborted) gone();
  });
}
