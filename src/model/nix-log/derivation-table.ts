import { hashOfPath, hashOfPathIn } from "./path-hash.ts";
import type { DerivationRecord } from "./records.ts";

const FEWEST_SLOTS = 1024;

/**
 * Derivations by path, in the order they came.
 *
 * A `Map` would do the same, but it hashes all of a path, and copies itself whenever enough was deleted. Here the records
 * themselves are linked, and most are found without making a string of the path.
 */
export class DerivationTable {
  size = 0;
  /** Each slot begins a chain of derivations (`nextInSlot`). */
  private slots = emptySlots(FEWEST_SLOTS);
  private first: DerivationRecord | null = null;
  private last: DerivationRecord | null = null;

  get(drv: string): DerivationRecord | undefined {
    const hash = hashOfPath(drv);
    let each = this.slots[hash & (this.slots.length - 1)] ?? null;
    while (each !== null && (each.hash !== hash || each.drv !== drv)) each = each.nextInSlot;
    return each ?? undefined;
  }

  /** The derivation whose path stands in a block, in ASCII. */
  getIn(block: Buffer, start: number, end: number): DerivationRecord | undefined {
    const hash = hashOfPathIn(block, start, end);
    let each = this.slots[hash & (this.slots.length - 1)] ?? null;
    while (each !== null && (each.hash !== hash || !isSame(each.drv, block, start, end)))
      each = each.nextInSlot;
    return each ?? undefined;
  }

  /** It must not be in the table yet. */
  add(derivation: DerivationRecord): void {
    if (this.size >= this.slots.length) this.grow();
    this.enter(derivation);
    derivation.before = this.last;
    if (this.last === null) this.first = derivation;
    else this.last.after = derivation;
    this.last = derivation;
    derivation.listed = true;
    this.size++;
  }

  delete(derivation: DerivationRecord): void {
    if (!derivation.listed) return;
    const slot = derivation.hash & (this.slots.length - 1);
    let previous = this.slots[slot] ?? null;
    if (previous === derivation) this.slots[slot] = derivation.nextInSlot;
    else {
      while (previous!.nextInSlot !== derivation) previous = previous!.nextInSlot!;
      previous!.nextInSlot = derivation.nextInSlot;
    }
    const { before, after } = derivation;
    if (before === null) this.first = after;
    else before.after = after;
    if (after === null) this.last = before;
    else after.before = before;
    // No link stays, so that who still holds this one does not keep all that came after it.
    derivation.before = null;
    derivation.after = null;
    derivation.nextInSlot = null;
    derivation.listed = false;
    this.size--;
  }

  /** In the order they came. The one just given may be deleted meanwhile, no other. */
  *values(): Generator<DerivationRecord, void> {
    for (let each = this.first; each !== null; ) {
      const { after } = each;
      yield each;
      each = after;
    }
  }

  private enter(derivation: DerivationRecord): void {
    const slot = derivation.hash & (this.slots.length - 1);
    derivation.nextInSlot = this.slots[slot] ?? null;
    this.slots[slot] = derivation;
  }

  private grow(): void {
    this.slots = emptySlots(2 * this.slots.length);
    for (let each = this.first; each !== null; each = each.after) this.enter(each);
  }
}

const emptySlots = (count: number): (DerivationRecord | null)[] => new Array(count).fill(null);

function isSame(path: string, block: Buffer, start: number, end: number): boolean {
  if (path.length !== end - start) return false;
  for (let n = 0; n < path.length; n++) if (path.charCodeAt(n) !== block[start + n]) return false;
  return true;
}
