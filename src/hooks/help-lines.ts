/** The help as lines of this screen: keys on the left, and all that is said of them on the right, wrapped. */
import { padEnd, textWidth } from "../model/text/width.ts";
import { wrapWords } from "../store/wrap-words.ts";
import type { KeyContext } from "./key-binding.ts";
import { helpSections } from "./key-docs.ts";

export interface HelpLine {
  readonly text: string;
  /** `off`: it cannot be used now, and the text says why. */
  readonly kind: "title" | "on" | "off" | "blank";
}

const indent = "  ";
/** Room for `Space  PgDn  Ctrl-D  Ctrl-F`. */
const widestKeys = 28;

/** `width`: cells of a line. */
export function helpLines(context: KeyContext, width: number, ascii: boolean): HelpLine[] {
  const keysWidth = Math.min(widestKeys, Math.floor(width * 0.36));
  const textAt = indent.length + keysWidth + 1;
  return helpSections(ascii).flatMap(({ title, rows }) => [
    { text: title, kind: "title" as const },
    ...rows.flatMap(({ keys, help, binding }) => {
      const reason = binding.disabled?.(context) ?? null;
      const kind = reason === null ? ("on" as const) : ("off" as const);
      const left = wrapKeys(keys, keysWidth);
      const right = wrapWords(reason === null ? help : `${help} (now: ${reason})`, width - textAt);
      return Array.from({ length: Math.max(left.length, right.length) }, (_, row) => ({
        text: `${padEnd(indent + (left[row] ?? ""), textAt)}${right[row] ?? ""}`.trimEnd(),
        kind,
      }));
    }),
    { text: "", kind: "blank" as const },
  ]);
}

/** Between keys, which stand two blanks apart. */
function wrapKeys(keys: string, width: number): string[] {
  const lines: string[] = [];
  for (const key of keys.split("  ")) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(last) + 2 + textWidth(key) <= width)
      lines[lines.length - 1] = `${last}  ${key}`;
    else lines.push(key);
  }
  return lines;
}
