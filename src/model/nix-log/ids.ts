/**
 * Activity id, 64 bits wide: the process number, shifted up by 32, and a counter. A double holds integers below 2^53 only,
 * and Linux has process numbers up to 2^22. So ids from 2^53 to 2^54 are kept as negative numbers (`-1` is 2^53 itself),
 * and only what no process makes as its digits.
 */
export type Id = number | string;

const SPACE = 32;
export const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** From here on a double no longer tells an integer from its neighbour. */
const INEXACT = 2 ** 53;
const INEXACT_PROCESS = 2 ** 21;
/** 2^53 in two halves, of which the lower one has nine decimal digits. */
const BILLION = 1e9;
const INEXACT_HIGH = Math.floor(INEXACT / BILLION);
const INEXACT_LOW = INEXACT % BILLION;

/** The exact id between two offsets. */
export function idIn(block: Buffer, start: number, end: number): Id {
  if (end - start < 16) return integerIn(block, start, end);
  const id = joined(integerIn(block, start, end - 9), integerIn(block, end - 9, end));
  return id ?? block.toString("latin1", start, end);
}

/** The id of these billions and what is left; `null`: no number holds it. */
function joined(billions: number, rest: number): number | null {
  if (billions < INEXACT_HIGH || (billions === INEXACT_HIGH && rest < INEXACT_LOW))
    return billions * BILLION + rest;
  const beyond = (billions - INEXACT_HIGH) * BILLION + (rest - INEXACT_LOW);
  return beyond < INEXACT ? -1 - beyond : null;
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
  let start = at + key.length;
  // Nix writes none, but programs that pass its records on may.
  while (raw.charCodeAt(start) === SPACE) start++;
  let end = start;
  while (isDigit(raw.charCodeAt(end))) end++;
  if (end === start) return null;
  return idOf(raw.slice(start, end));
}

function idOf(digits: string): Id {
  if (digits.length < 16) return Number(digits);
  return joined(Number(digits.slice(0, -9)), Number(digits.slice(-9))) ?? digits;
}

/** The process that made the activity: the upper half of its id. */
export function processOf(id: Id): number {
  if (typeof id === "string") return Number(BigInt(id) >> 32n);
  return id < 0 ? INEXACT_PROCESS + Math.floor((-1 - id) / 2 ** 32) : Math.floor(id / 2 ** 32);
}

/** The id that was given `offset` after this one by the same process. */
export function idAfter(id: Id, offset: number): Id {
  const whole = typeof id === "number" && id < 0 ? BigInt(INEXACT) + BigInt(-1 - id) : BigInt(id);
  return idOf(String(whole + BigInt(offset)));
}
