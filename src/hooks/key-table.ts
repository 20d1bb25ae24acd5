/**
 * Every key of the dashboard: the one table that dispatch, footer, help, palette and docs/keys.md are made from.
 *
 * Within a scope a key stands once; an inner scope (a pane) goes before an outer one (all panes). A key that holds but
 * cannot do anything now says why in `disabled`, and pressing it shows that reason.
 */
import type { KeyBinding, Scope } from "./key-binding.ts";
import { overlayKeys } from "./overlay-keys.ts";
import { paneKeys } from "./pane-keys.ts";

/** They hold also in dialogs. */
const lastingKeys: readonly KeyBinding[] = [
  { id: "interrupt", keys: ["ctrl-c"], scope: "anywhere" },
  { id: "suspend", keys: ["ctrl-z"], scope: "anywhere" },
  { id: "redraw", keys: ["ctrl-l"], scope: "anywhere" },
];

export const keyTable: readonly KeyBinding[] = [...paneKeys, ...lastingKeys, ...overlayKeys];

/** The binding that a key has in the innermost scope that knows it. */
export function findBinding(scopes: readonly Scope[], key: string): KeyBinding | undefined {
  for (const scope of scopes) {
    const binding = keyTable.find((row) => row.scope === scope && row.keys.includes(key));
    if (binding) return binding;
  }
  return undefined;
}
