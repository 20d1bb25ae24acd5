/** Searching in the shown log: as the person types, and from match to match. */

import type { DashboardState, LogSearch } from "../store/dashboard-state.ts";
import type { LogSearcher } from "../store/log-search.ts";
import type { LogSource } from "../store/log-source.ts";
import { logWindow, showLine } from "../store/log-view.ts";
import type { CommandContext } from "./commands.ts";

/**
 * Looks for `needle` from the line in sight on, or backwards from the end while that is followed: what went wrong
 * stands near the end. As more letters are typed it starts from the same place again.
 */
export function searchFor(context: CommandContext, needle: string): void {
  const { store, searcher } = context;
  if (needle === "") {
    store.change((state) => stopSearch(state, searcher));
    return;
  }
  const state = store.state.get();
  const origin = state.log.search?.origin ?? originOf(state, store.log());
  run(context, { needle, origin, line: null, state: "searching" }, origin.line, origin.step);
}

/** The match below (1) or above (-1) the present one. */
export function findNext(context: CommandContext, step: 1 | -1): void {
  const { search } = context.store.state.get().log;
  if (search)
    run(context, { ...search, state: "searching" }, (search.line ?? search.origin.line) + step, step);
}

/** Ends the search. The view stays at the match, or returns to where it was if there is none. */
export function stopSearch(state: DashboardState, searcher: LogSearcher): DashboardState {
  searcher.cancel();
  const { search } = state.log;
  if (search === null) return state;
  const top = search.line === null ? search.origin.top : state.log.top;
  return { ...state, log: { ...state.log, top, search: null } };
}

function originOf(state: DashboardState, source: LogSource): LogSearch["origin"] {
  const { from, end } = logWindow(state, source);
  const { top } = state.log;
  return top === null ? { top, line: end - 1, step: -1 } : { top, line: from, step: 1 };
}

function run({ store, searcher }: CommandContext, search: LogSearch, from: number, step: 1 | -1): void {
  const source = store.log();
  store.change((state) => {
    // What is searched stays in place, also while the log grows.
    const top = state.log.top ?? logWindow(state, source).from;
    return { ...state, log: { ...state.log, top, search } };
  });
  searcher.start(source, search.needle, from, step, ({ line, wrapped }) => {
    store.change((state) => {
      // Another log may have come into view meanwhile.
      if (state.log.source !== source.key) return state;
      const found: LogSearch = { ...search, line, state: line === null ? "none" : "found" };
      return {
        ...state,
        log: { ...(line === null ? state.log : showLine(state, source, line)), search: found },
      };
    });
    if (line !== null && wrapped) store.flash(`The search went on from the ${step > 0 ? "start" : "end"}.`);
  });
}
