/** One value, replaced as a whole, with listeners. The shape that React's `useSyncExternalStore` reads. */
export interface Store<State> {
  readonly get: () => State;
  /** Replaces the state; a state that is the same object tells nobody. */
  readonly set: (state: State) => void;
  /** Calls back after each change. Returns how to stop. */
  readonly subscribe: (listener: () => void) => () => void;
}

export function createStore<State>(initial: State): Store<State> {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    set: (next) => {
      if (Object.is(next, state)) return;
      state = next;
      // A copy: a listener may unsubscribe others while it runs.
      for (const listener of [...listeners]) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
