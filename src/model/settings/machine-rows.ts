/**
 * /etc/nix/machines, or the value of `builders`, as rows with the place of every field. A comment goes to the end of its
 * line; then `;` parts rows as a line end does; `@file` stands for the rows of that file (NixOS/nix
 * src/libstore/machines.cc).
 */

/** In the order of the columns. */
export const machineFields = [
  "uri",
  "systems",
  "sshKey",
  "maxJobs",
  "speedFactor",
  "supportedFeatures",
  "mandatoryFeatures",
  "publicHostKey",
] as const;

export type MachineField = (typeof machineFields)[number];

interface MachineColumn {
  readonly text: string;
  readonly at: number;
}

export interface MachineRow {
  /** From 1. */
  readonly line: number;
  /** From its first to behind its last character. */
  readonly at: number;
  readonly end: number;
  /** More than eight are kept, though Nix does not look at them. */
  readonly columns: readonly MachineColumn[];
  /** The row is `@file`; its machines are edited there. */
  readonly includes: string | null;
}

const mostRows = 1000;

/** What Nix takes the row for, empty ones left out. */
export function machineRows(text: string): MachineRow[] {
  const rows: MachineRow[] = [];
  let start = 0;
  let line = 0;
  for (const written of text.split("\n")) {
    line += 1;
    let at = start;
    for (const part of (written.split("#", 1)[0] ?? "").split(";")) {
      const columns = [...part.matchAll(/[^ \t\r]+/g)].map((match) => ({
        text: match[0],
        at: at + match.index,
      }));
      const [first, last] = [columns[0], columns.at(-1)];
      if (first && last && rows.length < mostRows) {
        const end = last.at + last.text.length;
        const includes = first.text.startsWith("@") ? text.slice(first.at + 1, end).trim() : null;
        rows.push({ line, at: first.at, end, columns, includes });
      }
      at += part.length + 1;
    }
    start += written.length + 1;
  }
  return rows;
}

/** `null` where the field is `-` or not there, which is its default. */
export function fieldOf(row: MachineRow, field: MachineField): string | null {
  const text = row.columns[machineFields.indexOf(field)]?.text;
  return text === undefined || text === "-" ? null : text;
}
