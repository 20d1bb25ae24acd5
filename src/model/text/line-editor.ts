/** A line of text that is being typed. Keys are those that readline and Emacs give this meaning. */
import { cleanText } from "./clean.ts";
import { graphemes } from "./width.ts";

export interface EditedLine {
  readonly text: string;
  /** Position in graphemes, 0 … their number. */
  readonly cursor: number;
}

/** Longest line in graphemes: no one types more, and a mistaken paste stays harmless. */
export const longestLine = 200;

/** What a named key (see `keyNames`) does to the line; the same object if nothing. */
export function editLine(line: EditedLine, key: string): EditedLine {
  const characters = graphemes(line.text);
  const at = Math.min(line.cursor, characters.length);
  const make = (start: readonly string[], end: readonly string[]): EditedLine => ({
    text: [...start, ...end].join(""),
    cursor: start.length,
  });
  const before = characters.slice(0, at);
  const after = characters.slice(at);
  switch (key) {
    case "left":
    case "ctrl-b":
      return { ...line, cursor: Math.max(at - 1, 0) };
    case "right":
    case "ctrl-f":
      return { ...line, cursor: Math.min(at + 1, characters.length) };
    case "home":
    case "ctrl-a":
      return { ...line, cursor: 0 };
    case "end":
    case "ctrl-e":
      return { ...line, cursor: characters.length };
    case "backspace":
    case "ctrl-h":
      return make(before.slice(0, -1), after);
    case "delete":
    case "ctrl-d":
      return make(before, after.slice(1));
    case "ctrl-u":
      return make([], after);
    case "ctrl-k":
      return make(before, []);
    case "ctrl-w":
      return make(graphemes(before.join("").replace(/\S+\s*$/, "")), after);
    case "space":
      return insertText(line, " ");
    default:
      return graphemes(key).length === 1 ? insertText(line, key) : line;
  }
}

/** Puts typed or pasted text in at the cursor: cleaned, on one line, bounded. */
export function insertText(line: EditedLine, raw: string): EditedLine {
  const characters = graphemes(line.text);
  const room = Math.max(longestLine - characters.length, 0);
  const added = graphemes(cleanText(raw)).slice(0, room);
  const text = [...characters.slice(0, line.cursor), ...added, ...characters.slice(line.cursor)].join("");
  // Marks may have joined their neighbours, so the cursor is counted anew from the end.
  return { text, cursor: Math.max(graphemes(text).length - (characters.length - line.cursor), 0) };
}
