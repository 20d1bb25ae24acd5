/**
 * Where a new property goes into an object of JSON, in the style of its neighbours. A comment behind the last value
 * stays with that value: the comma goes before the comment and the new line after it.
 */
import type { Node } from "jsonc-parser";
import { lineEnd, type Replacement } from "./change.ts";
import { type JsonComment, type JsonText, propertiesOf } from "./json-text.ts";

interface Style {
  readonly end: string;
  /** One step of indentation. */
  readonly step: string;
  readonly colon: string;
}

const plain: Style = { end: "\n", step: "  ", colon: ": " };

/** The text of a new file with this one value. `written` is JSON. */
export function newObject(path: readonly string[], written: string): string {
  return nested(path, written, "", plain);
}

/** `path` is the names from `parent` on, at least one; more than one makes objects. */
export function insertProperty(
  body: string,
  { root, comments }: JsonText,
  parent: Node,
  path: readonly string[],
  written: string,
): readonly Replacement[] {
  const style = styleOf(body, root, parent);
  const last = propertiesOf(parent).at(-1)?.property;
  if (!last) return intoEmpty(body, comments, root, parent, path, written, style);
  const end = last.offset + last.length;
  const close = parent.offset + parent.length - 1;
  const behind = behindLast(body, comments, end, close);
  const ownLine = startsLine(body, last.offset) || behind.toLineEnd;
  const lineIndent = indentOf(body, last.offset);
  const indent = startsLine(body, last.offset) ? lineIndent : lineIndent + style.step;
  const property = ownLine
    ? `${style.end}${indent}${propertyOf(path, written, indent, style)}`
    : `${spaceBefore(body, parent, style)}${inline(path, written, style)}`;
  if (behind.comma) return [{ at: behind.end, was: "", put: property }];
  if (behind.end === end || !ownLine) return [{ at: behind.end, was: "", put: `,${property}` }];
  return [
    { at: end, was: "", put: "," },
    { at: behind.end, was: "", put: property },
  ];
}

/** What belongs to the last value: a comma, and the comments that begin in its line. */
function behindLast(body: string, comments: readonly JsonComment[], from: number, close: number) {
  const behind = comments.filter(({ at }) => at >= from && at < close);
  const comma = commaBetween(body, behind, from, close);
  let end = comma === null ? from : comma + 1;
  for (const comment of behind) {
    if (comment.at < end) continue;
    if (body.slice(end, comment.at).includes("\n")) break;
    end = comment.end;
    if (comment.toLineEnd) return { end, comma: comma !== null, toLineEnd: true };
  }
  return { end, comma: comma !== null, toLineEnd: false };
}

/** Where a comma stands between two places that hold nothing else but blanks and comments. */
function commaBetween(
  body: string,
  comments: readonly JsonComment[],
  from: number,
  to: number,
): number | null {
  let at = from;
  for (const comment of [...comments, { at: to, end: to }]) {
    const comma = body.slice(at, comment.at).indexOf(",");
    if (comma >= 0) return at + comma;
    at = comment.end;
  }
  return null;
}

function intoEmpty(
  body: string,
  comments: readonly JsonComment[],
  root: Node,
  parent: Node,
  path: readonly string[],
  written: string,
  style: Style,
): readonly Replacement[] {
  const open = parent.offset + 1;
  const close = parent.offset + parent.length - 1;
  const inside = comments.filter(({ at }) => at >= open && at < close).at(-1);
  const inOneLine = parent !== root && !body.trim().includes("\n");
  if (!inside && inOneLine)
    return [{ at: open, was: body.slice(open, close), put: inline(path, written, style) }];
  const outer = indentOf(body, parent.offset);
  const indent = outer + style.step;
  const property = `${style.end}${indent}${propertyOf(path, written, indent, style)}`;
  if (!inside) return [{ at: open, was: body.slice(open, close), put: `${property}${style.end}${outer}` }];
  const closed = body.slice(inside.end, close).includes("\n") ? "" : `${style.end}${outer}`;
  return [{ at: inside.end, was: "", put: property + closed }];
}

function propertyOf(
  [name, ...rest]: readonly string[],
  written: string,
  indent: string,
  style: Style,
): string {
  return `${JSON.stringify(name)}${style.colon}${rest.length === 0 ? written : nested(rest, written, indent, style)}`;
}

function nested(path: readonly string[], written: string, outer: string, style: Style): string {
  const indent = outer + style.step;
  return `{${style.end}${indent}${propertyOf(path, written, indent, style)}${style.end}${outer}}`;
}

function inline([name, ...rest]: readonly string[], written: string, style: Style): string {
  return `${JSON.stringify(name)}${style.colon}${rest.length === 0 ? written : `{${inline(rest, written, style)}}`}`;
}

function styleOf(body: string, root: Node, parent: Node): Style {
  const first = propertiesOf(root)[0];
  const near = propertiesOf(parent).at(-1) ?? first;
  const colon = near ? body.slice(near.key.offset + near.key.length, near.value.offset) : ": ";
  const step = first && startsLine(body, first.property.offset) ? indentOf(body, first.property.offset) : "";
  return { end: lineEnd(body), step: step === "" ? "  " : step, colon: /^ ?: ?$/.test(colon) ? colon : ": " };
}

/** Between a comma and the name after it, where properties share a line. */
function spaceBefore(body: string, parent: Node, { colon }: Style): string {
  const [before, last] = propertiesOf(parent).slice(-2);
  const between =
    before && last ? body.slice(before.property.offset + before.property.length, last.property.offset) : "";
  return /^, *$/.test(between) ? between.slice(1) : colon.endsWith(" ") ? " " : "";
}

function startsLine(body: string, offset: number): boolean {
  const start = body.lastIndexOf("\n", offset - 1) + 1;
  return start > 0 && /^[ \t]*$/.test(body.slice(start, offset));
}

/** Of the line in which something stands. */
function indentOf(body: string, offset: number): string {
  return /^[ \t]*/.exec(body.slice(body.lastIndexOf("\n", offset - 1) + 1))?.[0] ?? "";
}
