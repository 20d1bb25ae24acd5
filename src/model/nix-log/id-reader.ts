import { exactId, type Id, integerIn, isDigit } from "./ids.ts";

/** The last digits of an id, in which neighbours differ. */
const TAIL = 3;
const LONGEST_HEAD = 16;

/**
 * Reads ids from the bytes of records. Neighbouring records are mostly of one process, whose ids differ in the last
 * digits only: the others are compared with those of the record before, which is faster than to read them.
 */
export class IdReader {
  /** The id that was read last, and how many digits it has. */
  id: Id = 0;
  length = 0;
  private readonly head = new Uint8Array(LONGEST_HEAD);
  /** Digits of the head; 0 = none is known. */
  private headLength = 0;
  private headValue = 0;

  /** Returns the place behind the digits; that is `start` if there are none. */
  read(block: Buffer, start: number): number {
    const tail = start + this.headLength;
    const end = tail + TAIL;
    if (this.headLength === 0 || isDigit(block[end]!) || !this.startsAlike(block, start))
      return this.readAll(block, start);
    const hundreds = block[tail]!;
    const tens = block[tail + 1]!;
    const ones = block[tail + 2]!;
    if (!isDigit(hundreds) || !isDigit(tens) || !isDigit(ones)) return this.readAll(block, start);
    this.id = this.headValue + (hundreds * 100 + tens * 10 + ones - 5328);
    this.length = this.headLength + TAIL;
    return end;
  }

  private startsAlike(block: Buffer, start: number): boolean {
    const { head, headLength } = this;
    for (let n = 0; n < headLength; n++) if (block[start + n] !== head[n]) return false;
    return true;
  }

  private readAll(block: Buffer, start: number): number {
    let end = start;
    while (isDigit(block[end]!)) end++;
    const value = integerIn(block, start, end);
    this.id = exactId(value, block, start, end);
    this.length = end - start;
    const headLength = this.length - TAIL;
    // Beyond 2^53 all digits count, and the id is their text.
    const isExact = typeof this.id === "number" && headLength > 0 && headLength <= LONGEST_HEAD;
    this.headLength = isExact ? headLength : 0;
    if (!isExact) return end;
    for (let n = 0; n < headLength; n++) this.head[n] = block[start + n]!;
    this.headValue = value - integerIn(block, end - TAIL, end);
    return end;
  }
}
