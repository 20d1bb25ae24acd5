/** Searching in the shown log: as the person types, and from match to match. */

import type { DashboardState } from "../store/dashboard-state.ts";
import type { LogSearcher } from "../store/log-search.ts";
import { logWindow, showLine } from "../store/log-view.ts";
import type { CommandContext } from "./commands.ts";

/** Looks for `needle` from the line in sight on; while the end is followed, backwards from there. */
export function searchFor(context: CommandContext, needle: string): void {
  const { store, searcher } = context;
  if (needle === "") {
    store.change((state) => stopSearch(state, searcher));
    return;
  }
  const state = store.state.get();
  const window = logWindow(state, store.log());
  if (state.log.top === null) run(context, needle, window.end - 1, -1);
  else run(context, needle, state.log.search?.line ?? window.from, 1);
}

/** The match below (1) or above (-1) the present one. */
export function findNext(context: CommandContext, step: 1 | -1): void {
  const state = context.store.state.get();
  const { search } = state.log;
  if (!search) return;
  const from = search.line ?? logWindow(state, context.store.log()).from - step;
  run(context, search.needle, from + step, step);
}

export function stopSearch(state: DashboardState, searcher: LogSearcher): DashboardState {
  searcher.cancel();
  return state.log.search === null ? state : { ...state, log: { ...state.log, search: null } };
}

function run({ store, searcher }: CommandContext, needle: string, from: number, step: 1 | -1): void {
  const source = store.log();
  store.change((state) => ({
    ...state,
    log: {
      ...state.log,
      // What is searched stays in place, also while the log grows.
      top: state.log.top ?? logWindow(state, source).from,
      search: { needle, line: state.log.search?.line ?? null, state: "searching" },
    },
  }));
  searcher.start(source, needle, from, step, ({ line, wrapped }) => {
    store.change((state) => {
      // Another log may have come into view meanwhile.
      if (state.log.source !== source.key) return state;
      const search = { needle, line, state: line === null ? ("none" as const) : ("found" as const) };
      return { ...state, log: { ...(line === null ? state.log : showLine(state, source, line)), search } };
    });
    if (line !== null && wrapped) store.flash(`The search went on from the ${step > 0 ? "start" : "end"}.`);
  });
}
