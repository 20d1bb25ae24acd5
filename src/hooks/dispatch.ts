/** From a key to what it does: which table rows hold now, dialogs, the line being typed, pasted text. */

import { editLine, insertText } from "../model/text/line-editor.ts";
import type { DashboardState, PaneId, TextField } from "../store/dashboard-state.ts";
import { overlayHeight } from "../store/layout.ts";
import { questionRoom, scrollsQuestion, unreadReason } from "../store/question.ts";
import { textOverlayRoom } from "../store/text-overlay.ts";
import { builderReasons } from "./builder-commands.ts";
import { type CommandId, commandHelp } from "./command-help.ts";
import { type CommandContext, commands } from "./commands.ts";
import { doctorReasons } from "./doctor-commands.ts";
import { helpLines } from "./help-lines.ts";
import type { KeyBinding, KeyContext, Scope } from "./key-binding.ts";
import { findBinding, keyTable } from "./key-table.ts";
import { searchFor } from "./log-search-commands.ts";
import { tellTrouble } from "./run-action.ts";
import { endSettingField, settingReasons } from "./settings-commands.ts";

const noWatch = "Watching every Nix command is not to be had here.";

/** Scopes that hold now, innermost first. */
export function activeScopes(state: DashboardState): Scope[] {
  if (state.field) return ["field", "anywhere"];
  if (state.overlay) return [state.overlay.kind === "choice" ? "choice" : "reader", "anywhere"];
  if (state.settings) return ["settings", "anywhere"];
  if (state.doctor) return ["doctor", "anywhere"];
  return [...paneScopes(state.focus), "panes", "anywhere"];
}

function paneScopes(focus: PaneId): Scope[] {
  return focus === "gauges" ? ["gauges", "builders"] : [focus];
}

export function keyContext({ store, options }: CommandContext): KeyContext {
  const state = store.state.get();
  const source = store.log();
  const row = store.list().row(state.builds.selectedIndex);
  return {
    paused: state.paused !== null,
    hasRow: row !== undefined,
    hasDerivation: row?.kind === "derivation",
    logLines: source.endLine - source.firstLine,
    searching: state.log.search !== null,
    watchReason: options.actions.prepareWatch ? null : (options.actions.watchRefused ?? noWatch),
    sessions: store.builds.sessions.length,
    doctor: doctorReasons(state, store, options.actions),
    builder: builderReasons(state, store, options.actions),
    setting: settingReasons(state, store, options.actions),
    wholeQuestion: state.overlay?.kind === "choice" && !scrollsQuestion(state, state.overlay),
  };
}

/** A named key of `keyNames`. */
export function press(context: CommandContext, key: string): void {
  const state = context.store.state.get();
  const { overlay, field } = state;
  if (overlay?.kind === "choice") {
    const index = overlay.choices.findIndex((choice) => choice.key === key.toLowerCase());
    if (index >= 0) {
      answer(context, index);
      return;
    }
  }
  const binding = findBinding(activeScopes(state), key);
  if (!binding) {
    if (field) edit(context, field, key);
    return;
  }
  const reason = binding.disabled?.(keyContext(context)) ?? null;
  if (reason !== null) {
    tellTrouble(context.store, "Not now", reason, "attention");
    return;
  }
  if (field && binding.scope === "field") {
    inField(context, field, binding.id, key);
    return;
  }
  if (overlay && binding.scope !== "anywhere") {
    inOverlay(context, binding.id);
    return;
  }
  commands[binding.id](context, key);
}

/** Pasted text goes into a field as it is; elsewhere it must not act as keys. */
export function paste(context: CommandContext, text: string): void {
  const { field } = context.store.state.get();
  if (field) changeField(context, { ...field, ...insertText(field, text) });
  else context.store.flash("Pasted text is only taken where something is typed: / or : first.", "attention");
}

/** Nobody looks for these by name. */
const byKeyOnly: ReadonlySet<CommandId> = new Set([
  "down",
  "up",
  "page-down",
  "page-up",
  "half-page-down",
  "half-page-up",
  "left",
  "right",
  "numbered-pane",
  "palette",
]);

/** Commands for the palette that hold `needle`, in the table's order, each once. */
export function paletteEntries(needle: string, focus: PaneId): KeyBinding[] {
  const scopes = [...paneScopes(focus), "panes", "anywhere"];
  const words = needle.toLowerCase().split(" ").filter(Boolean);
  const seen = new Set<CommandId>();
  return keyTable.filter(({ id, scope }) => {
    const holds = scopes.includes(scope) && !seen.has(id);
    if (!holds || byKeyOnly.has(id)) return false;
    seen.add(id);
    const text = `${id} ${commandHelp[id]}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function inField(context: CommandContext, field: TextField, id: CommandId, key: string): void {
  const { store } = context;
  if (id === "edit") {
    edit(context, field, key);
    return;
  }
  if (field.purpose === "palette") {
    inPalette(context, field, id);
    return;
  }
  if (field.purpose === "setting" || field.purpose === "setting-filter") {
    if (id === "accept" || id === "cancel") endSettingField(context, field, id === "accept");
    return;
  }
  if (id === "accept") {
    store.change((state) => ({ ...state, field: null }));
  } else if (id === "cancel") {
    changeField(context, { ...field, text: "", cursor: 0 });
    store.change((state) => ({ ...state, field: null }));
  }
}

function inPalette(context: CommandContext, field: TextField, id: CommandId): void {
  const { store } = context;
  const state = store.state.get();
  const entries = paletteEntries(field.text, state.focus);
  const selected = state.overlay?.kind === "palette" ? state.overlay.selected : 0;
  if (id === "down" || id === "up") {
    const next = Math.max(0, Math.min(selected + (id === "down" ? 1 : -1), entries.length - 1));
    store.change((before) => ({ ...before, overlay: { kind: "palette", selected: next } }));
    return;
  }
  store.change((before) => ({ ...before, overlay: null, field: null }));
  const entry = entries[selected];
  if (id !== "accept" || !entry) return;
  const reason = entry.disabled?.(keyContext(context)) ?? null;
  if (reason !== null) tellTrouble(store, "Not now", reason, "attention");
  else commands[entry.id](context, entry.keys[0] ?? "");
}

function inOverlay(context: CommandContext, id: CommandId): void {
  const { store } = context;
  const { overlay } = store.state.get();
  if (!overlay) return;
  if (id === "close" || id === "unanswered") {
    store.change((state) => ({ ...state, overlay: null }));
    return;
  }
  if (overlay.kind === "choice") {
    if (id === "choose") {
      answer(context, overlay.selected);
      return;
    }
    const step = answerStep(id, scrollsQuestion(store.state.get(), overlay));
    if (step !== 0) {
      const count = overlay.choices.length;
      const selected = (overlay.selected + step + count) % count;
      store.change((state) => ({ ...state, overlay: { ...overlay, selected } }));
      return;
    }
  }
  if (!("top" in overlay)) return;
  const page = overlay.kind === "choice" ? Math.max(questionRoom(store.state.get(), overlay)[1] - 1, 1) : 10;
  const steps: Partial<Record<CommandId, number>> = {
    down: 1,
    up: -1,
    "page-down": page,
    "page-up": -page,
    first: Number.NEGATIVE_INFINITY,
    last: Number.MAX_SAFE_INTEGER,
  };
  scrollOverlay(context, steps[id] ?? 0);
}

/** Up and down go through the answers, or through the text where that does not fit. */
function answerStep(id: CommandId, scrolls: boolean): number {
  if (id === "next-answer" || (id === "down" && !scrolls)) return 1;
  return id === "previous-answer" || (id === "up" && !scrolls) ? -1 : 0;
}

/** Scrolls the help or the sessions, no further than their end. */
export function scrollOverlay(context: CommandContext, lines: number): void {
  const { store } = context;
  const state = store.state.get();
  const { overlay } = state;
  if (!overlay || !("top" in overlay)) return;
  const [length, height] =
    overlay.kind === "help"
      ? [helpLength(context), overlayHeight(state)]
      : overlay.kind === "text"
        ? textOverlayRoom(state, overlay.lines)
        : overlay.kind === "choice"
          ? questionRoom(state, overlay)
          : [store.builds.sessions.length, overlayHeight(state)];
  const top = Math.max(0, Math.min(overlay.top + lines, length - height));
  store.change((before) => ({ ...before, overlay: { ...overlay, top } }));
}

function helpLength(context: CommandContext): number {
  const { columns } = context.store.state.get();
  return helpLines(keyContext(context), columns - 4, context.options.settings.ascii).length;
}

/** Of a question: what has not been in sight cannot be agreed to. */
function answer({ store }: CommandContext, index: number): void {
  const { overlay } = store.state.get();
  if (overlay?.kind !== "choice") return;
  const reason = unreadReason(overlay, index);
  if (reason !== null) {
    store.flash(reason, "attention");
    return;
  }
  store.change((state) => ({ ...state, overlay: null }));
  overlay.choices[index]?.run();
}

function edit(context: CommandContext, field: TextField, key: string): void {
  const next = editLine(field, key);
  if (next !== field) changeField(context, { ...field, ...next });
}

function changeField(context: CommandContext, field: TextField): void {
  const { store } = context;
  store.change((state) => ({
    ...state,
    field,
    ...(field.purpose === "filter" ? { builds: { ...state.builds, filter: field.text } } : {}),
    ...(field.purpose === "setting-filter" && state.settings
      ? { settings: { ...state.settings, filter: field.text } }
      : {}),
    ...(field.purpose === "palette" ? { overlay: { kind: "palette" as const, selected: 0 } } : {}),
  }));
  if (field.purpose === "search") searchFor(context, field.text);
}
