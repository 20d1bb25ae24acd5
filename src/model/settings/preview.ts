/** The lines that an edit changes, to be shown before anything is saved. Clean and without secrets. */
import { hideSecrets } from "../recording/secrets.ts";
import { cleanText } from "../text/clean.ts";
import { isSecretSetting, nixConfLines } from "./nix-conf-lines.ts";

export interface PreviewLine {
  readonly kind: "same" | "removed" | "added";
  /** In the old file, for an added line in the new one; from 1. */
  readonly number: number;
  readonly text: string;
}

const mostLines = 200;

/** Text of a file as it may be shown: what looks like a secret is "…". */
export function shownText(text: string): string {
  return cleanText(hideSecrets(text, () => "…"));
}

/** A line of a nix.conf whose value is or leads to a secret shows its name only. */
export function shownLine(row: string): string {
  const name = nixConfLines(row)[0]?.words[0]?.text.split("=")[0] ?? "";
  return isSecretSetting(name) ? `${cleanText(name)} = …` : shownText(row);
}

/** The changed lines between `context` lines that stay. `[]` if nothing changed. */
export function previewEdit(before: string, after: string, context = 2): PreviewLine[] {
  if (before === after) return [];
  const [old, now] = [rowsOf(before), rowsOf(after)];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end))
    end += 1;
  const lines = (kind: PreviewLine["kind"], rows: readonly string[], from: number, to: number) =>
    rows
      .slice(Math.max(from, 0), Math.min(to, Math.max(from, 0) + mostLines))
      .map((row, at) => ({ kind, number: Math.max(from, 0) + at + 1, text: shownLine(row) }));
  return [
    ...lines("same", old, start - context, start),
    ...lines("removed", old, start, old.length - end),
    ...lines("added", now, start, now.length - end),
    ...lines("same", old, old.length - end, Math.min(old.length, old.length - end + context)),
  ];
}

/** A line end at the end of the file begins no further line. */
function rowsOf(text: string): string[] {
  const rows = text.split("\n");
  if (rows.at(-1) === "") rows.pop();
  return rows.map((row) => row.replace(/\r$/, ""));
}
