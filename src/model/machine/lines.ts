/** Small words shared by everything that reads what a program printed. */

/** More than any answer a machine gives (a record is at most 256 KiB); what is longer is not read further. */
const longestInput = 4 * 1024 * 1024;

/** The lines of a text without their ends, at most `limit`; an empty last line is left out. */
export function linesOf(text: string, limit = 20_000): string[] {
  const lines = text.slice(0, longestInput).split("\n", limit + 1);
  if (lines.length > limit) lines.length = limit;
  else if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

/** `words("  a  b ")` are `a` and `b`. */
export function wordsOf(line: string): string[] {
  return line.split(/[ \t\r\n]+/).filter((word) => word !== "");
}

/** A whole number without a sign, at most 2^53; `null` for anything else. */
export function wholeNumber(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return null;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : null;
}

/** A plain decimal number such as `1.62` or `-3`; `null` for anything else. A decimal comma counts as a point. */
export function decimal(text: string | undefined): number | null {
  return text !== undefined && /^-?\d{1,15}([.,]\d{1,15})?$/.test(text)
    ? Number(text.replace(",", "."))
    : null;
}

/** What JSON holds; `undefined` if it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.slice(0, longestInput));
  } catch {
    return undefined;
  }
}

/** The value of a key of an object of JSON; `undefined` where there is none. */
export function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
