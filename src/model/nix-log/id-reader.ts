import { type Id, idIn, integerIn, isDigit } from "./ids.ts";
import { viewOf } from "./log-page.ts";

/** The last digits of an id, in which neighbours differ. */
const TAIL = 3;
/** Heads are compared four bytes at a time. */
const WORD = 4;
const LONGEST_HEAD = 4 * WORD;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Reads ids from the bytes of records. Neighbouring records are mostly of one process, whose ids differ in the last
 * digits only: the others are compared with those of the record before, which is faster than to read them.
 */
export class IdReader {
  /** The id that was read last, and how many digits it has. Three of four records have the id of the one before. */
  id: Id = "";
  length = 0;
  private block = NOTHING;
  private view = viewOf(NOTHING);
  /** The head in four words, of which the later ones lie over each other where it is shorter than all of them. */
  private readonly head = new Int32Array(LONGEST_HEAD / WORD);
  /** Digits of the head; 0 = none is known. */
  private headLength = 0;
  /** The id whose tail is all zeros; ids beyond 2^53 count downwards from it. */
  private headId = 0;
  private tail = 0;

  /** Returns the place behind the digits; that is `start` if there are none. */
  read(block: Buffer, start: number): number {
    if (block !== this.block) {
      this.block = block;
      this.view = viewOf(block);
    }
    const tail = start + this.headLength;
    const end = tail + TAIL;
    if (this.headLength === 0 || end >= block.length || isDigit(block[end]!) || !this.startsAlike(start))
      return this.readAll(block, start);
    const hundreds = block[tail]!;
    const tens = block[tail + 1]!;
    const ones = block[tail + 2]!;
    if (!isDigit(hundreds) || !isDigit(tens) || !isDigit(ones)) return this.readAll(block, start);
    const value = hundreds * 100 + tens * 10 + ones - 5328;
    // A number of that size is an object of its own: the same id need not be made twice.
    if (value !== this.tail) {
      this.tail = value;
      this.id = this.headId < 0 ? this.headId - value : this.headId + value;
    }
    return end;
  }

  private startsAlike(start: number): boolean {
    const { view, head } = this;
    const last = this.headLength - WORD;
    return (
      view.getInt32(start + last, true) === head[3] &&
      view.getInt32(start, true) === head[0] &&
      view.getInt32(start + (last < WORD ? last : WORD), true) === head[1] &&
      view.getInt32(start + (last < 2 * WORD ? last : 2 * WORD), true) === head[2]
    );
  }

  private readAll(block: Buffer, start: number): number {
    let end = start;
    while (isDigit(block[end]!)) end++;
    this.id = idIn(block, start, end);
    this.length = end - start;
    this.headLength = 0;
    const headLength = this.length - TAIL;
    if (typeof this.id === "string" || headLength < WORD || headLength > LONGEST_HEAD) return end;
    const value = integerIn(block, end - TAIL, end);
    const headId = this.id < 0 ? this.id + value : this.id - value;
    // Around 2^53 and 2^54, where ids are kept in another way, each is read in full.
    if (headId < 0 !== this.id < 0 || Math.abs(headId) + 10 ** TAIL > Number.MAX_SAFE_INTEGER) return end;
    for (let n = 0; n < this.head.length; n++)
      this.head[n] = this.view.getInt32(start + Math.min(n * WORD, headLength - WORD), true);
    this.headId = headId;
    this.tail = value;
    this.headLength = headLength;
    return end;
  }
}
