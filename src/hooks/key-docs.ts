/** The key table as people read it: in the help overlay and in docs/keys.md. */
import { type CommandId, commandHelp } from "./command-help.ts";
import type { KeyBinding, Scope } from "./key-binding.ts";
import { keyLabel } from "./key-label.ts";
import { keyTable } from "./key-table.ts";

export interface HelpSection {
  readonly title: string;
  readonly rows: readonly { readonly keys: string; readonly help: string; readonly binding: KeyBinding }[];
}

const titles: readonly [Scope, string][] = [
  ["panes", "Everywhere in the panes"],
  ["builders", "Builders and gauges"],
  ["builds", "Builds"],
  ["log", "Log"],
  ["doctor", "In the doctor"],
  ["settings", "In the settings"],
  ["anywhere", "Always"],
  ["reader", "In the help and in tables"],
  ["choice", "In questions"],
  ["field", "While typing"],
];

export function helpSections(ascii = false): HelpSection[] {
  return titles.map(([scope, title]) => ({
    title,
    rows: keyTable
      .filter((binding) => binding.scope === scope)
      .map((binding) => ({ keys: labelsOf(binding, ascii), help: commandHelp[binding.id], binding })),
  }));
}

const byNumber: ReadonlySet<CommandId> = new Set(["numbered-pane", "numbered-fix"]);

/** "1 … 9" instead of nine keys in a row. */
function labelsOf({ id, keys }: KeyBinding, ascii: boolean): string {
  if (byNumber.has(id)) return ascii ? "1 to 9" : "1 … 9";
  return keys.map((key) => keyLabel(key, ascii)).join("  ");
}

/** The text of docs/keys.md. */
export function keysMarkdown(): string {
  const lines = [
    "# Keys",
    "",
    "Made from `src/hooks/key-table.ts` by `node --import tsx test/support/write-keys.ts`; a test checks that it is",
    "current. In the dashboard `?` shows the same, and `:` finds a command by its name.",
    "",
    "The wheel scrolls what lies under the pointer, a click focuses a pane and selects a row. While the mouse is used by",
    "the dashboard, terminals select text with Shift (or Option on macOS) held; `--no-mouse` leaves it to the terminal.",
  ];
  for (const { title, rows } of helpSections()) {
    lines.push("", `## ${title}`, "", "| Key | Does |", "|---|---|");
    for (const { binding, help } of rows) {
      const keys = byNumber.has(binding.id)
        ? "`1` … `9`"
        : binding.keys.map((key) => `\`${keyLabel(key)}\``).join(" ");
      lines.push(`| ${keys} | ${help} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}
