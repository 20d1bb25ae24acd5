/** What comes of asking for an edit of a file's text: the new text, or why the file is left alone. Never both, never neither. */

/** One piece of the old text and what stands in its place now. */
export interface Replacement {
  /** Where the piece began in the old text, in UTF-16 units. */
  readonly at: number;
  readonly was: string;
  readonly put: string;
}

/** What the user should know besides; a warning says that the edit may not do what was meant. */
export interface Note {
  readonly level: "info" | "warning";
  readonly text: string;
}

export interface Change {
  readonly ok: true;
  readonly text: string;
  /** In the order of the text, not overlapping; none if the value was there already. All other characters are as before. */
  readonly replacements: readonly Replacement[];
  readonly notes: readonly Note[];
}

/** Line and column count from 1; a column is a UTF-16 unit, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Refusal {
  readonly ok: false;
  /** One sentence: why, and what to do instead. Clean only as far as `cleanText` was applied to what it quotes. */
  readonly reason: string;
  /** What to look at in the file; `null` where the reason is not in the file. */
  readonly position: Position | null;
}

export type Edit = Change | Refusal;

/** More than any file we edit: a nix.conf of a megabyte is somebody's mistake. */
export const longestFile = 1024 * 1024;

/** The text with its pieces replaced; sorts them. */
export function changed(
  text: string,
  replacements: readonly Replacement[],
  notes: readonly Note[] = [],
): Change {
  const sorted = [...replacements].sort((a, b) => a.at - b.at).filter(({ was, put }) => was !== put);
  let out = "";
  let last = 0;
  for (const { at, was, put } of sorted) {
    out += text.slice(last, at) + put;
    last = at + was.length;
  }
  return { ok: true, text: out + text.slice(last), replacements: sorted, notes };
}

export function refused(reason: string, text?: string, offset?: number): Refusal {
  return {
    ok: false,
    reason,
    position: text === undefined || offset === undefined ? null : positionAt(text, offset),
  };
}

/** `/etc/nix/nix.conf:3:5: reason`, as editors and compilers write it; without a position `/etc/nix/nix.conf: reason`. */
export function refusalText(path: string, { reason, position }: Refusal): string {
  return position === null ? `${path}: ${reason}` : `${path}:${position.line}:${position.column}: ${reason}`;
}

/** A byte order mark at the beginning is no column. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(text.startsWith("\uFEFF") ? 1 : 0, offset);
  return { line: before.split("\n").length, column: before.length - before.lastIndexOf("\n") };
}

/** How the file ends its lines, after its first line. */
export function lineEnd(text: string): "\n" | "\r\n" {
  const first = text.indexOf("\n");
  return first > 0 && text[first - 1] === "\r" ? "\r\n" : "\n";
}
