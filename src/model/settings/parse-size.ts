/** Sizes as people type them: `16G`, `1.5 GiB`, `17_179_869_184`. Whatever could be misunderstood is refused, with what to write. */
import { cleanText } from "../text/clean.ts";
import { formatSize, typedSize } from "./format-size.ts";

export interface SizeField {
  /** What the file counts in, and so what a number without a unit means. */
  readonly unit: "bytes" | "MiB";
  /** The value must be a multiple of this, in bytes: 1 MiB for the memory of a virtual machine. */
  readonly step: number;
}

export type ParsedSize =
  | { readonly ok: true; readonly bytes: number }
  | { readonly ok: false /** One sentence that says what to write instead. */; readonly reason: string };

export const mebibyte = 1024 ** 2;
const largestMib = 1_048_576;
const example = "write a size with its unit, such as 16G";
const powers: Readonly<Record<string, number>> = { B: 0, K: 1, M: 2, G: 3, T: 4 };

/** Never throws. */
export function parseSize(input: string, { unit, step }: SizeField): ParsedSize {
  const typed = input.trim();
  const no = (reason: string): ParsedSize => ({ ok: false, reason });
  if (typed === "") return no(example);
  if (typed.length > 40) return no(`that is too long for a size; ${example}`);
  const shown = `'${cleanText(typed)}'`;
  const plain = typed.normalize("NFKC");
  if (plain !== typed)
    return no(
      `${shown} is not written in plain digits and letters${/^[\d.]+ ?[kmgt]?(?:i?b)?$/i.test(plain) ? `; write ${plain}` : `; ${example}`}`,
    );
  if (/^[+-]/.test(typed))
    return no(
      `a size has no sign; ${/^[+-]\d+$/.test(typed) ? `write ${typed.slice(1)}G for that many GiB` : example}`,
    );
  if (/^0x/i.test(typed)) return no(`${shown} is hexadecimal; ${example}`);
  if (/^\d+(?:\.\d+)?e\d/i.test(typed)) return no(`${shown} has an exponent; ${example}`);
  const match = /^(\d+(?:_\d{3})*|\d{1,3}(?:,\d{3})+|\d+\.\d{1,12})[ \t]?([a-z]*)$/i.exec(typed);
  if (!match) return no(wrongForm(typed, shown));
  const [, number = "", letters = ""] = match;
  const power = unitOf(letters);
  if (power === null) return no(`'${cleanText(letters)}' is no unit; write B, K, M, G or T, such as 16G`);
  const digits = number.replace(/[_,]/g, "");
  const hint = power === "none" ? withoutUnit(digits, unit, shown) : null;
  if (hint !== null) return no(hint);
  const { bytes, whole } = exactly(digits, power === "none" ? (unit === "bytes" ? 0 : 2) : power);
  if (bytes > Number.MAX_SAFE_INTEGER) return no(`${shown} is more than can be written exactly; ${example}`);
  if (bytes === 0 && whole) return no(`a size of nothing is none; ${example}`);
  if (bytes % step !== 0 || !whole) return no(notOnStep(bytes, step, shown));
  return { ok: true, bytes };
}

/** Power of 1024, or that there is no unit; `null` for letters that are none. */
function unitOf(letters: string): number | "none" | null {
  if (letters === "") return "none";
  const match = /^(?:([KMGT])(?:I?B)?|B)$/.exec(letters.toUpperCase());
  return match ? (powers[match[1] ?? "B"] ?? null) : null;
}

/** Without rounding, as every digit counts: the whole bytes, and whether there is nothing behind them. */
function exactly(digits: string, power: number): { readonly bytes: number; readonly whole: boolean } {
  const [units = "", part = ""] = digits.split(".");
  const scaled = BigInt(units + part) * 1024n ** BigInt(power);
  const divisor = 10n ** BigInt(part.length);
  return { bytes: Number(scaled / divisor), whole: scaled % divisor === 0n };
}

/** Why a number without a unit is not taken for what it says; `null` if it is. */
function withoutUnit(digits: string, unit: SizeField["unit"], shown: string): string | null {
  const number = Number(digits);
  if (number === 0) return null;
  if (digits.includes(".")) return `${shown} has no unit; write ${digits}G for that many GiB`;
  if (unit === "bytes" && number < mebibyte)
    return number <= 4096
      ? `${shown} would be ${number} bytes; write ${digits}G for ${number} GiB`
      : `${shown} would be ${formatSize(number)}; write ${digits}M for that many MiB`;
  if (unit === "MiB" && number > largestMib) {
    const meant = number % mebibyte === 0 ? typedSize(number) : "16G";
    return `${shown} looks like bytes, but this setting counts in MiB; write a unit, such as ${meant}`;
  }
  return null;
}

function notOnStep(bytes: number, step: number, shown: string): string {
  const below = bytes - (bytes % step);
  const near = below > 0 ? `${typedSize(below)} or ${typedSize(below + step)}` : typedSize(step);
  return `${shown} is no multiple of ${formatSize(step)}; write ${near}`;
}

function wrongForm(typed: string, shown: string): string {
  const comma = /^(\d+),(\d{1,2})[ \t]?([kmgt](?:i?b)?)?$/i.exec(typed);
  if (comma) return `${shown} has a decimal comma; write ${comma[1]}.${comma[2]}${comma[3] ?? "G"}`;
  if (/^\d/.test(typed)) return `${shown} is no size; ${example}`;
  return `${shown} is no number; ${example}`;
}
