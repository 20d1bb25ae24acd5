/** What the mouse does: the wheel scrolls what lies under it, a click focuses and selects. */

import { layoutOf, paneAt } from "../store/layout.ts";
import { visibleRows } from "../store/list-window.ts";
import { machinesShape } from "../store/machines-view.ts";
import { listShape } from "../store/settle.ts";
import { selectMachineRow } from "./builder-commands.ts";
import { type CommandContext, focus, moveIn, selectRow } from "./commands.ts";
import { scrollOverlay } from "./dispatch.ts";
import { mouseInDoctor } from "./doctor-commands.ts";
import { mouseInSettings } from "./settings-commands.ts";

/** Cells from 0 at the top left; `lines` is negative upwards. */
export type MouseAction =
  | { kind: "wheel"; x: number; y: number; lines: number }
  | { kind: "press"; x: number; y: number };

export function mouse(context: CommandContext, action: MouseAction): void {
  const { store } = context;
  const state = store.state.get();
  if (state.overlay) {
    if (action.kind === "wheel") scrollOverlay(context, action.lines);
    return;
  }
  if (state.settings) {
    mouseInSettings(store, action);
    return;
  }
  if (state.doctor) {
    mouseInDoctor(store, action);
    return;
  }
  const hit = paneAt(layoutOf(state), action.x, action.y);
  if (!hit) return;
  if (action.kind === "wheel") {
    moveIn(store, hit.pane.id, action.lines);
    return;
  }
  focus(store, hit.pane.id);
  if (hit.pane.id === "builds") {
    const index = visibleRows(listShape(state, store.list()), state.builds.top)[hit.row];
    if (index !== undefined) selectRow(store, index);
  } else if (hit.pane.id === "builders") {
    const index = visibleRows(machinesShape(state), state.builders.top)[hit.row];
    if (index !== undefined) selectMachineRow(store, index);
  }
}
