/** A change of a text, taken back by the pieces that it replaced. */
import { hideSecrets } from "../recording/secrets.ts";
import type { Replacement } from "./change.ts";

/** In UTF-16 units: a value is a word or a line, and each change may keep as much. */
const mostKept = 2_048;

/** The old text; `null` where a piece is not there. `replacements`: as `Change` has them. */
export function takeBack(text: string, replacements: readonly Replacement[]): string | null {
  let old = "";
  let from = 0;
  let shift = 0;
  for (const { at, was, put } of replacements) {
    const now = at + shift;
    if (now < from || text.slice(now, now + put.length) !== put) return null;
    old += text.slice(from, now) + was;
    from = now + put.length;
    shift += put.length - was.length;
  }
  return old + text.slice(from);
}

/** What may be written down of a change; `null` where it is much, or a part of it looks like a secret. */
export function keptReplacements(replacements: readonly Replacement[]): Replacement[] | null {
  const texts = replacements.flatMap(({ was, put }) => [was, put]);
  if (texts.length === 0 || texts.join("").length > mostKept) return null;
  if (texts.some((text) => hideSecrets(text, () => "…") !== text)) return null;
  return replacements.map(({ at, was, put }) => ({ at, was, put }));
}
