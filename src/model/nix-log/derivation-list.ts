import { Archive, type ArchivedDerivation } from "./archive.ts";
import { DerivationTable } from "./derivation-table.ts";
import { LogStore } from "./log-store.ts";
import { DerivationRecord } from "./records.ts";
import type { Counts, DerivationState } from "./types.ts";

/** Derivations with a row. What ended before those is archived. */
const MOST_DERIVATIONS = 10_500;
/** What ended last is never archived, so that its reason can still be told. */
const LATELY = 100;

/** Every derivation once, its state counted; the ones that ended long ago in the archive. */
export class DerivationList {
  readonly counts: Counts = { running: 0, done: 0, failed: 0, cancelled: 0, planned: 0 };
  /** In the order they failed. */
  readonly failed = new Set<DerivationRecord>();
  private readonly logs: LogStore;
  private readonly table = new DerivationTable();
  private readonly archive = new Archive();
  private archived = 0;
  /** With more derivations than that, planned ones are archived. */
  private fullAt = MOST_DERIVATIONS + LATELY;
  /** Running builds that have no derivation, as their start was missed. */
  strangers = 0;
  /** In the order they ended; from `head` on, as what is before was archived or built anew, and is kept no longer. */
  private over: (DerivationRecord | null)[] = [];
  private head = 0;

  constructor(logBytes?: number) {
    this.logs = new LogStore(logBytes);
  }

  get(drv: string): DerivationRecord | undefined {
    return this.table.get(drv);
  }

  /** The one whose path stands in a block, in ASCII. */
  getIn(block: Buffer, start: number, end: number): DerivationRecord | undefined {
    return this.table.getIn(block, start, end);
  }

  all(): Iterable<DerivationRecord> {
    return this.table.values();
  }

  archivedOnes(): Iterable<ArchivedDerivation> {
    return this.archive.all();
  }

  /** A new one is planned; one that was archived is new again. */
  add(drv: string): DerivationRecord {
    const derivation = new DerivationRecord(drv, this.logs);
    const before = this.archived > 0 ? this.archive.take(drv, derivation.hash) : null;
    if (before !== null) {
      this.archived--;
      this.count(before, -1);
    }
    this.table.add(derivation);
    this.counts.planned++;
    if (this.table.size > this.fullAt) this.archivePlanned();
    return derivation;
  }

  /** A running build whose derivation is not known. It is counted and has a log, but is in no list. */
  addStranger(name: string): DerivationRecord {
    this.counts.running++;
    this.strangers++;
    return new DerivationRecord("", this.logs, name);
  }

  removeStranger(derivation: DerivationRecord): void {
    this.counts.running--;
    this.strangers--;
    derivation.forgetLog();
  }

  remove(derivation: DerivationRecord): void {
    this.table.delete(derivation);
    this.count(derivation.state, -1);
    this.failed.delete(derivation);
    derivation.forgetLog();
  }

  /** What this session planned and never began is no longer on its way. */
  dropPlan(session: number): void {
    if (this.counts.planned === 0) return;
    for (const derivation of this.table.values()) {
      if (derivation.state === "planned" && derivation.session === session) this.remove(derivation);
    }
    // Of an archived one the session is not known. What another still wants comes back when it begins.
    if (this.counts.planned > 0 && this.archived > 0) {
      const removed = this.archive.removePlanned();
      this.counts.planned -= removed;
      this.archived -= removed;
    }
  }

  moveTo(derivation: DerivationRecord, state: DerivationState): void {
    this.count(derivation.state, -1);
    if (derivation.state === "failed") this.failed.delete(derivation);
    derivation.state = state;
    this.count(state, 1);
    if (state === "failed") this.failed.add(derivation);
  }

  /** It ended: its log may give way, and in time itself. */
  settle(derivation: DerivationRecord): void {
    derivation.settleLog(derivation.state === "failed");
    this.over.push(derivation);
    if (this.table.size > MOST_DERIVATIONS) this.archiveOldest();
    else if (this.over.length - this.head > 4 * MOST_DERIVATIONS) this.dropRebuilt();
  }

  /** What was built anew is in its list as often as it ended. */
  private dropRebuilt(): void {
    this.over = [...new Set(this.over.slice(this.head))].filter((each) => each !== null && isOver(each));
    this.head = 0;
  }

  /** Names written out: looked up by a name in a variable, they would cost more than all else that happens here. */
  private count(state: DerivationState, change: 1 | -1): void {
    const { counts } = this;
    if (state === "planned") counts.planned += change;
    else if (state === "running") counts.running += change;
    else if (state === "done") counts.done += change;
    else if (state === "failed") counts.failed += change;
    else counts.cancelled += change;
  }

  private archiveOldest(): void {
    while (this.table.size > MOST_DERIVATIONS && this.head < this.over.length - LATELY) {
      const derivation = this.over[this.head]!;
      this.over[this.head++] = null;
      if (!isOver(derivation) || !derivation.listed) continue;
      this.archiveOne(derivation);
    }
    this.fullAt = Math.max(this.table.size, MOST_DERIVATIONS) + LATELY;
    if (this.head > MOST_DERIVATIONS) {
      this.over.splice(0, this.head);
      this.head = 0;
    }
  }

  /** Planned and never begun, perhaps by a command that failed long ago. One that begins after all comes back. */
  private archivePlanned(): void {
    for (const derivation of this.table.values()) {
      if (this.table.size <= MOST_DERIVATIONS) break;
      if (derivation.state === "planned" && derivation.waiting === null) this.archiveOne(derivation);
    }
    // Where too many run, planned ones are looked for again only when more have come: each look goes through all.
    this.fullAt = Math.max(this.table.size, MOST_DERIVATIONS) + LATELY;
  }

  private archiveOne(derivation: DerivationRecord): void {
    const { drv, state, host, phase, reason, logLines, startedAt, endedAt } = derivation;
    const durationMs = startedAt === null || endedAt === null ? null : Math.round(endedAt - startedAt);
    this.archive.add({ drv, state, host, phase, reason, logLines, durationMs }, derivation.hash);
    this.archived++;
    this.table.delete(derivation);
    this.failed.delete(derivation);
    derivation.forgetLog();
  }
}

const isOver = ({ state }: DerivationRecord): boolean => state !== "running" && state !== "planned";
