/** Disks from df(1), by its header: 6 columns with -P, 9 on macOS without, inodes alone with -i. */
import { linesOf } from "../machine/lines.ts";
import { cleanText } from "../text/clean.ts";

export interface DiskUsage {
  /** Device, or what stands for it: `overlay`, `tmpfs`, `map -hosts`. */
  readonly filesystem: string;
  readonly mount: string;
  /** Bytes; `null` if this table did not tell. */
  readonly totalBytes: number | null;
  readonly usedBytes: number | null;
  readonly freeBytes: number | null;
  readonly inodesUsed: number | null;
  readonly inodesTotal: number | null;
}

const mostRows = 200;

/** Every row of every table in the text; a disk asked for with and without inodes is two rows. */
export function parseDiskUsage(text: string): DiskUsage[] {
  const rows: DiskUsage[] = [];
  let table: Table | null = null;
  let before = "";
  for (const line of linesOf(text)) {
    if (/^Filesystem\s/.test(line)) {
      table = tableOf(line);
      before = "";
      continue;
    }
    if (table === null || rows.length >= mostRows) continue;
    // A long name stands alone on its line, its numbers on the next one.
    const row =
      readRow(line, table) ?? (before === "" ? null : readRow(`${before} ${line.trimStart()}`, table));
    before = row ? "" : line;
    if (row) rows.push(row);
  }
  return rows;
}

interface Table {
  readonly pattern: RegExp;
  readonly columns: readonly string[];
  readonly blockBytes: number;
}

function tableOf(header: string): Table | null {
  const columns = header
    .replace(/^Filesystem\s+/, "")
    .replace(/\s+Mounted on\s*$/, "")
    .split(/\s+/)
    .map((name) => name.toLowerCase());
  if (columns.length < 3 || columns.length > 12) return null;
  const cells = columns.map(() => "(-?[\\d.]{1,18}[KMGTPE]?%?|-)").join("\\s+");
  const size = /^(\d{1,6})(k?)-blocks$/.exec(columns[0] ?? "");
  return {
    // A mount begins with a slash; names before and after may hold spaces.
    pattern: new RegExp(`^(\\S(?:.{0,400}?\\S)?)\\s+${cells}\\s+(/.*)$`, "i"),
    columns,
    blockBytes: size ? Number(size[1]) * (size[2] === "k" ? 1024 : 1) : 1024,
  };
}

function readRow(line: string, table: Table): DiskUsage | null {
  const match = table.pattern.exec(line);
  if (!match) return null;
  const cells = new Map(table.columns.map((name, index) => [name, count(match[index + 2] ?? "")]));
  const cell = (...names: string[]) =>
    names.map((name) => cells.get(name)).find((value) => value != null) ?? null;
  const bytes = (value: number | null) => (value === null ? null : value * table.blockBytes);
  const blocks = table.columns.some((name) => name.endsWith("-blocks"));
  const inodesUsed = cell("iused");
  const inodesFree = cell("ifree");
  const inodesTotal =
    cell("inodes") ?? (inodesUsed !== null && inodesFree !== null ? inodesUsed + inodesFree : null);
  return {
    filesystem: cleanText(match[1] ?? ""),
    mount: cleanText(match.at(-1) ?? ""),
    totalBytes: blocks ? bytes(cells.get(table.columns[0] ?? "") ?? null) : null,
    usedBytes: blocks ? bytes(cell("used")) : null,
    freeBytes: blocks ? bytes(cell("available", "avail")) : null,
    // A file system without a fixed number of inodes (btrfs, zfs) says 0 or "-".
    inodesUsed: inodesTotal ? inodesUsed : null,
    inodesTotal: inodesTotal || null,
  };
}

const thousands: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15, e: 1e18 };

/** `459k` is how some macOS abbreviate inodes. Below zero (df's way to say "into the reserve") is 0. */
function count(cell: string): number | null {
  const match = /^(-?[\d.]+)([kmgtpe]?)$/i.exec(cell);
  const value = match ? Number(match[1]) * (thousands[(match[2] ?? "").toLowerCase()] ?? 1) : Number.NaN;
  return Number.isFinite(value) ? Math.max(0, value) : null;
}
