/** Activity id. Ids are 64 bits wide (`pid << 32` + counter): a number only where a double holds it exactly. */
export type Id = number | string;

export const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** The exact id between two offsets: a number as long as a double holds it for certain, else its digits. */
export function idIn(block: Buffer, start: number, end: number): Id {
  return end - start <= 15 ? integerIn(block, start, end) : block.toString("latin1", start, end);
}

/** Digits → number; large ones are rounded to a double, as byte counts of 2^63 occur. */
export function integerIn(block: Buffer, start: number, end: number): number {
  let value = 0;
  for (let n = start; n < end; n++) value = value * 10 + block[n]! - 48;
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
  return digits.length <= 15 ? Number(digits) : digits;
}

/** The process that made the activity: the upper half of its id. */
export function processOf(id: Id): number {
  return typeof id === "number" ? Math.floor(id / 2 ** 32) : Number(BigInt(id) >> 32n);
}

/** The id that was given `offset` after this one by the same process. */
export function idAfter(id: Id, offset: number): Id {
  if (typeof id === "number" && id + offset < 1e15) return id + offset;
  return String(BigInt(id) + BigInt(offset));
}
