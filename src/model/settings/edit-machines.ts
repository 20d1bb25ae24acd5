/** Changes one field, adds or removes one machine in /etc/nix/machines; comments, `;` and `@file` stay as they are. */
import { parseMachines } from "../machine/machines.ts";
import { cleanText } from "../text/clean.ts";
import {
  type Change,
  changed,
  type Edit,
  lineEnd,
  longestFile,
  type Note,
  type Refusal,
  refused,
} from "./change.ts";
import { wrongField } from "./machine-field.ts";
import { fieldOf, type MachineField, type MachineRow, machineFields, machineRows } from "./machine-rows.ts";

export type MachineValues = { readonly uri: string } & { readonly [Field in MachineField]?: string };

/** Sets a field of the row with that number, from 0; `null` sets its default. Never throws. */
export function editMachine(text: string, row: number, field: MachineField, value: string | null): Edit {
  const rows = machineRows(text);
  const found = editable(text, rows, row);
  if ("ok" in found) return found;
  const wrong = wrongField(field, value);
  if (wrong !== null) return refused(wrong);
  // "-" and nothing at all mean the same.
  if (fieldOf(found, field) === value) return changed(text, []);
  const column = machineFields.indexOf(field);
  const there = found.columns[column];
  const put = value ?? "-";
  const missing = " -".repeat(Math.max(0, column - found.columns.length));
  const edit = changed(text, [
    there ? { at: there.at, was: there.text, put } : { at: found.end, was: "", put: `${missing} ${put}` },
  ]);
  const meant = tableOf(rows);
  const cells = meant[row] ?? [];
  while (cells.length < column) cells.push("-");
  cells[column] = put;
  return confirmed(edit, meant);
}

/** A new last line. Fields that are not named have their defaults. */
export function addMachine(text: string | null, values: MachineValues): Edit {
  const old = text ?? "";
  if (old.length > longestFile) return refused("it is larger than a megabyte");
  for (const field of machineFields) {
    const wrong = wrongField(field, values[field] ?? null);
    if (wrong !== null) return refused(wrong);
  }
  const cells = machineFields.map((field) => values[field] ?? "-");
  while (cells.at(-1) === "-") cells.pop();
  const rows = machineRows(old);
  const same = rows.find((row) => fieldOf(row, "uri") === values.uri && fieldOf(row, "systems") === cells[1]);
  if (same) return refused(`line ${same.line} has this machine already; change that one`, old, same.at);
  const end = lineEnd(old);
  const before = old === "" || old.endsWith("\n") ? "" : end;
  const edit = changed(old, [{ at: old.length, was: "", put: `${before}${cells.join(" ")}${end}` }]);
  return confirmed(edit, [...tableOf(rows), cells]);
}

/** Takes a row out: its line with it, unless the line holds other rows or a comment, which stay. */
export function removeMachine(text: string, row: number): Edit {
  const rows = machineRows(text);
  const found = editable(text, rows, row);
  if ("ok" in found) return found;
  const { at, end } = spanWithSeparator(text, rows, found);
  const edit = changed(text, [{ at, was: text.slice(at, end), put: "" }]);
  return confirmed(edit, tableOf(rows).toSpliced(row, 1));
}

function editable(text: string, rows: readonly MachineRow[], row: number): MachineRow | Refusal {
  if (text.length > longestFile) return refused("it is larger than a megabyte");
  const found = rows[row];
  if (!found) return refused(`there is no row ${row + 1}; there are ${rows.length}`);
  if (found.includes !== null)
    return refused(
      `this row stands for the machines in ${cleanText(found.includes)}; change them there`,
      text,
      found.at,
    );
  return found;
}

function spanWithSeparator(
  text: string,
  rows: readonly MachineRow[],
  row: MachineRow,
): { at: number; end: number } {
  const lineStart = text.lastIndexOf("\n", row.at - 1) + 1;
  const newline = text.indexOf("\n", row.at);
  const lineStop = newline < 0 ? text.length : newline;
  const before = text.slice(lineStart, row.at);
  const behind = text.slice(row.end, lineStop);
  const separator = /^[ \t]*;[ \t]*/.exec(behind)?.[0];
  const shared = rows.some((other) => other !== row && other.line === row.line);
  if (!shared && /^[ \t;]*$/.test(before) && /^[ \t\r;]*$/.test(behind))
    return { at: lineStart, end: newline < 0 ? text.length : newline + 1 };
  if (separator !== undefined) return { at: row.at, end: row.end + separator.length };
  const blanks = /[ \t]*$/.exec(before)?.[0].length ?? 0;
  const separated = /;[ \t]*$/.exec(before)?.[0].length;
  if (separated !== undefined) return { at: row.at - separated, end: row.end };
  // Alone before a comment: the comment moves to where the row was.
  const gap = /^[ \t]*/.exec(behind)?.[0].length ?? 0;
  return { at: row.at - blanks, end: row.end + gap };
}

const tableOf = (rows: readonly MachineRow[]): string[][] =>
  rows.map((row) => (row.includes === null ? row.columns.map(({ text }) => text) : [`@${row.includes}`]));

/** Reads the result again: every other row is what it was, and ours is one that Nix takes. */
function confirmed(edit: Change, meant: readonly (readonly string[])[]): Edit {
  const now = tableOf(machineRows(edit.text));
  if (JSON.stringify(now) !== JSON.stringify(meant))
    return refused("the edit would have changed more than this machine; nothing was changed");
  const { problems } = parseMachines(edit.text, () => null, "aarch64-darwin");
  const notes: Note[] = problems.slice(0, 5).map(({ line, message }) => ({
    level: "warning",
    text: `line ${line}: ${message}; with one bad row Nix uses no machine at all`,
  }));
  return { ...edit, notes };
}
