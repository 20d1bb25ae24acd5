/** Keys as people read them: in the footer, the help and docs/keys.md. */

const keyLabels: Record<string, string> = {
  enter: "↵",
  down: "↓",
  up: "↑",
  left: "←",
  right: "→",
  backspace: "Backspace",
  delete: "Delete",
  pagedown: "PgDn",
  pageup: "PgUp",
  home: "Home",
  end: "End",
  esc: "Esc",
  tab: "Tab",
  "shift-tab": "Shift-Tab",
  space: "Space",
};

const asciiLabels: Record<string, string> = {
  enter: "Enter",
  down: "Down",
  up: "Up",
  left: "Left",
  right: "Right",
};

/** `↵`, `Ctrl-D`, `PgDn`: a key as people read it. */
export function keyLabel(key: string, ascii = false): string {
  const named = (ascii ? asciiLabels[key] : undefined) ?? keyLabels[key];
  if (named !== undefined) return named;
  return key.startsWith("ctrl-") ? `Ctrl-${key.slice(5).toUpperCase()}` : key;
}
