import type { Id } from "./ids.ts";
import type { Entry } from "./stream-state.ts";

const FEWEST_SLOTS = 64;

/**
 * The open activities by id, in the order they began.
 *
 * Every record is looked up here, and an id is a number beyond those that a `Map` finds quickly. Activities of one process
 * are numbered in a row, so the halves of the id, process and number, are as good as a hash.
 */
export class EntryTable {
  size = 0;
  /** Each slot begins a chain of entries (`nextInSlot`). */
  private slots: (Entry | null)[] = new Array(FEWEST_SLOTS).fill(null);
  private first: Entry | null = null;
  private last: Entry | null = null;

  get(id: Id): Entry | undefined {
    let each = this.slots[this.slotOf(id)] ?? null;
    while (each !== null && each.id !== id) each = each.nextInSlot;
    return each ?? undefined;
  }

  get oldest(): Entry | undefined {
    return this.first ?? undefined;
  }

  /** Its id must not be in the table yet. */
  add(entry: Entry): void {
    if (this.size >= this.slots.length) this.grow();
    this.enter(entry);
    entry.before = this.last;
    if (this.last === null) this.first = entry;
    else this.last.after = entry;
    this.last = entry;
    this.size++;
  }

  /** It must be in the table. */
  delete(entry: Entry): void {
    const slot = this.slotOf(entry.id);
    let previous = this.slots[slot] ?? null;
    if (previous === entry) this.slots[slot] = entry.nextInSlot;
    else {
      while (previous!.nextInSlot !== entry) previous = previous!.nextInSlot!;
      previous!.nextInSlot = entry.nextInSlot;
    }
    const { before, after } = entry;
    if (before === null) this.first = after;
    else before.after = after;
    if (after === null) this.last = before;
    else after.before = before;
    // No link stays, so that who still holds this one does not keep all that came after it.
    entry.before = null;
    entry.after = null;
    entry.nextInSlot = null;
    this.size--;
  }

  /** In the order they began. */
  all(): Entry[] {
    const entries: Entry[] = [];
    for (let each = this.first; each !== null; each = each.after) entries.push(each);
    return entries;
  }

  private slotOf(id: Id): number {
    const hash = typeof id === "number" ? id ^ (id * 2 ** -32) : Number(id.slice(-9));
    return hash & (this.slots.length - 1);
  }

  private enter(entry: Entry): void {
    const slot = this.slotOf(entry.id);
    entry.nextInSlot = this.slots[slot] ?? null;
    this.slots[slot] = entry;
  }

  private grow(): void {
    this.slots = new Array(2 * this.slots.length).fill(null);
    for (let each = this.first; each !== null; each = each.after) this.enter(each);
  }
}
