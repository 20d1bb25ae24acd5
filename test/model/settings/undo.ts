/** What an edit says it did, taken back: the proof that nothing else was touched. */
import type { Change } from "../../../src/model/settings/change.ts";

export function undone({ text, replacements }: Change): string {
  let shift = 0;
  let old = text;
  for (const { at, was, put } of replacements) {
    const now = at + shift;
    if (text.slice(now, now + put.length) !== put) throw new Error(`at ${now} there is no ${put}`);
    shift += put.length - was.length;
  }
  for (const { at, was, put } of [...replacements].reverse()) {
    shift -= put.length - was.length;
    old = old.slice(0, at + shift) + was + old.slice(at + shift + put.length);
  }
  return old;
}
