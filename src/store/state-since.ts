/** Since when a builder is in its state: only where we saw it come into it. */
import type { BuilderState } from "../model/builders/types.ts";
import type { MachineRow } from "./machine-rows.ts";

export interface StateSince {
  readonly state: BuilderState;
  /** Seconds of the machines' clock; `null`: it was so when we first looked. */
  readonly since: number | null;
}

/** By the row's key. The same map if no state changed. */
export function trackStates(
  before: ReadonlyMap<string, StateSince>,
  rows: readonly MachineRow[],
  now: number,
): ReadonlyMap<string, StateSince> {
  const after = new Map<string, StateSince>();
  let changed = false;
  for (const { key, builder } of rows) {
    if (!builder) continue;
    const known = before.get(key);
    const { state } = builder;
    if (known?.state === state) after.set(key, known);
    else {
      // From "unknown" on it may have been so for long.
      after.set(key, { state, since: known && known.state !== "unknown" ? now : null });
      changed = true;
    }
  }
  return changed || after.size !== before.size ? after : before;
}
