import { useSyncExternalStore } from "react";
import type { Store } from "../store/store.ts";

/** The store's present state; the component draws again when it changes. */
export function useStore<State>(store: Store<State>): State {
  return useSyncExternalStore(store.subscribe, store.get);
}
