/** Whole numbers as people type them: jobs, cores. Refusals say what to write. */
import { cleanText } from "../text/clean.ts";

export type ParsedCount =
  | { readonly ok: true; readonly count: number }
  | { readonly ok: false; readonly reason: string };

/** `example` is what the refusal names. Never throws. */
export function parseCount(input: string, example: number): ParsedCount {
  const typed = input.trim();
  const no = (why: string): ParsedCount => ({
    ok: false,
    reason: `${why}; write a whole number, such as ${example}`,
  });
  if (typed === "") return no("there is nothing");
  const shown = `'${cleanText(typed.slice(0, 40))}'`;
  if (/^\d{1,9}$/.test(typed)) return { ok: true, count: Number(typed) };
  if (/^\d+$/.test(typed)) return no(`${shown} is too large`);
  const plain = typed.normalize("NFKC");
  if (plain !== typed && /^\d{1,9}$/.test(plain)) return no(`${shown} is not written in plain digits`);
  if (/^[+-]\d/.test(typed)) return no(`${shown} has a sign`);
  if (/^\d+[.,]\d/.test(typed)) return no(`${shown} is no whole number`);
  if (/^\d+e\d/i.test(typed)) return no(`${shown} has an exponent`);
  return no(`${shown} is no number`);
}
