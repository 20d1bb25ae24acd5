import type { DerivationRecord, TransferRecord } from "./records.ts";
import type { Derivation, Row, RowOptions, Transfer } from "./types.ts";

/** Rows of things that are over: the oldest make room. */
const MOST_TRANSFERS = 2_000;

/**
 * All rows, and the order in which they are shown. The order is made anew only when a row came, went or moved, so
 * that drawing a frame costs what is on the screen, not what is in the list.
 */
export class RowList {
  private readonly derivations: () => Iterable<DerivationRecord>;
  /** Transfers, activities, and builds whose derivation is not known. */
  private readonly others = new Map<string, Row>();
  private readonly endedTransfers: string[] = [];
  private generation = 0;
  private shown: { generation: number; options: string; rows: readonly Row[] } | null = null;

  constructor(derivations: () => Iterable<DerivationRecord>) {
    this.derivations = derivations;
  }

  add(row: Row): void {
    this.others.set(row.key, row);
    this.generation++;
  }

  remove(key: string): void {
    if (this.others.delete(key)) this.generation++;
  }

  /** A derivation came, went, or belongs to another group now. */
  moved(): void {
    this.generation++;
  }

  ended(transfer: TransferRecord): void {
    if (!this.others.has(transfer.key)) return;
    this.generation++;
    this.endedTransfers.push(transfer.key);
    if (this.endedTransfers.length > MOST_TRANSFERS) this.remove(this.endedTransfers.shift()!);
  }

  rows(options: RowOptions): readonly Row[] {
    const wanted = `${options.sort} ${options.hideDone} ${options.filter}`;
    if (this.shown !== null && this.shown.generation === this.generation && this.shown.options === wanted) {
      return this.shown.rows;
    }
    const filter = options.filter.toLowerCase();
    const groups: Row[][] = Array.from({ length: GROUPS }, () => []);
    const sortIn = (row: Row): void => {
      const group = groupOf(row);
      if (options.hideDone && group >= FIRST_OVER) return;
      if (filter !== "" && !textOf(row).includes(filter)) return;
      groups[group]!.push(row);
    };
    for (const derivation of this.derivations()) {
      derivation.row ??= { kind: "derivation", key: derivation.drv, derivation };
      sortIn(derivation.row);
    }
    for (const row of this.others.values()) sortIn(row);
    // What is over: the newest first.
    for (let n = FIRST_OVER; n < GROUPS; n++) groups[n]!.sort((a, b) => (endOf(b) ?? 0) - (endOf(a) ?? 0));
    let rows = groups.flat();
    if (options.sort === "name") rows = rows.sort((a, b) => compareText(nameOf(a), nameOf(b)));
    else if (options.sort === "host") rows = rows.sort((a, b) => compareText(hostOf(a), hostOf(b)));
    else if (options.sort === "time") rows = rows.sort((a, b) => startOf(a) - startOf(b));
    this.shown = { generation: this.generation, options: wanted, rows };
    return rows;
  }
}

const GROUPS = 8;
const FIRST_OVER = 5;

/** Failed, running, waiting, transfers, activities and planned; then what is over. */
function groupOf(row: Row): number {
  if (row.kind === "activity") return 3;
  if (row.kind === "transfer") return row.transfer.endedAt === null ? 2 : 7;
  const { state, waiting } = row.derivation;
  switch (state) {
    case "failed":
      return 0;
    case "running":
      return 1;
    case "planned":
      return waiting === null ? 4 : 1;
    case "cancelled":
      return 5;
    default:
      return 6;
  }
}

const textOf = (row: Row): string => `${nameOf(row)} ${hostOf(row)}`.toLowerCase();

function nameOf(row: Row): string {
  if (row.kind === "derivation") return row.derivation.name;
  return row.kind === "transfer" ? row.transfer.name : row.activity.text;
}

function hostOf(row: Row): string {
  if (row.kind === "derivation") return row.derivation.hostName ?? "";
  return row.kind === "transfer" ? row.transfer.peer : "";
}

function startOf(row: Row): number {
  const start = thingOf(row).startedAt;
  return start ?? Number.MAX_SAFE_INTEGER;
}

function endOf(row: Row): number | null {
  const thing = thingOf(row);
  return "endedAt" in thing ? thing.endedAt : null;
}

function thingOf(row: Row): Derivation | Transfer | { startedAt: number } {
  if (row.kind === "derivation") return row.derivation;
  return row.kind === "transfer" ? row.transfer : row.activity;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
