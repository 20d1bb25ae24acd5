/** Activity id. Ids are 64 bits wide (`pid << 32` + counter): a number only where a double holds it exactly. */
export type Id = number | string;

export const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** From here on (2^53) a double no longer tells an integer from its neighbour. */
const INEXACT = 2 ** 53;

/** The id that these digits are, where `value` is what a double made of them. */
export function exactId(value: number, block: Buffer, start: number, end: number): Id {
  return value < INEXACT ? value : block.toString("latin1", start, end);
}

/** The exact id between two offsets. */
export function idIn(block: Buffer, start: number, end: number): Id {
  return exactId(integerIn(block, start, end), block, start, end);
}

/** Digits → number; large ones are rounded to a double, as byte counts of 2^63 occur. */
export function integerIn(block: Buffer, start: number, end: number): number {
  let value = 0;
  for (let n = start; n < end; n++) value = value * 10 + (block[n]! - 48);
  return value;
}

/**
 * The exact value of `"id":` or `"parent":` in a record's JSON. `JSON.parse` would round it. Inside a JSON string the
 * quotes are escaped, so the last place where the key stands is the record's own.
 */
export function readId(raw: string, key: '"id":' | '"parent":'): Id | null {
  const at = raw.lastIndexOf(key);
  if (at < 0) return null;
  const start = at + key.length;
  let end = start;
  while (isDigit(raw.charCodeAt(end))) end++;
  if (end === start) return null;
  const digits = raw.slice(start, end);
  const value = Number(digits);
  return value < INEXACT ? value : digits;
}

/** The process that made the activity: the upper half of its id. */
export function processOf(id: Id): number {
  return typeof id === "number" ? Math.floor(id / 2 ** 32) : Number(BigInt(id) >> 32n);
}

/** The id that was given `offset` after this one by the same process. */
export function idAfter(id: Id, offset: number): Id {
  if (typeof id === "number" && id + offset < INEXACT) return id + offset;
  return String(BigInt(id) + BigInt(offset));
}
