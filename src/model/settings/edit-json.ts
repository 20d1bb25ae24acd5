/** Changes or adds one value in JSON and leaves all other characters as they are: comments, order, indentation, numbers. */
import type { Node } from "jsonc-parser";
import { cleanText } from "../text/clean.ts";
import {
  type Change,
  changed,
  type Edit,
  type Note,
  type Refusal,
  type Replacement,
  refused,
} from "./change.ts";
import { insertProperty, newObject } from "./insert-property.ts";
import { type JsonText, nameOf, propertiesOf, readJson } from "./json-text.ts";

export type JsonValue = string | number | boolean | null | readonly string[];

const byteOrderMark = "\uFEFF";

/**
 * Sets the value at `path`, such as `["builder", "memoryBytes"]`. `text` is `null` where there is no file yet. Objects
 * on the way are made where they are missing. Refused are broken files (with the place), keys that are there twice, a
 * value on the way that is no object, and a root that is none. Never throws.
 */
export function editJson(text: string | null, path: readonly string[], value: JsonValue): Edit {
  if (path.length === 0) return refused("no setting was named");
  if (typeof value === "number" && !Number.isSafeInteger(value))
    return refused(`${value} cannot be written exactly in JSON`);
  const written = jsonOf(value);
  if (text === null) return changed("", [{ at: 0, was: "", put: `${newObject(path, written)}\n` }]);
  const mark = text.startsWith(byteOrderMark) ? byteOrderMark : "";
  const body = text.slice(mark.length);
  const before = readJson(body);
  if (!before.ok) return before;
  const place = findPlace(before.root, path);
  if ("stop" in place)
    return refused(
      `${cleanText(path.slice(0, place.depth).join("."))} is ${nameOf(place.stop)} here, not an object in { }, so ${cleanText(path.at(-1) ?? "")} cannot be put into it`,
      body,
      place.stop.offset,
    );
  const replacements = place.value
    ? replaceValue(body, before, place.value, written, value)
    : insertProperty(body, before, place.parent, path.slice(place.depth), written);
  if (!Array.isArray(replacements)) return replacements as Refusal;
  const edit = changed(
    text,
    replacements.map((each) => ({ ...each, at: each.at + mark.length })),
    notesOf(before, mark),
  );
  return confirmed(before.root, body, edit, mark, path, written) ?? edit;
}

/** The value as written in the file, with its place; `null` where there is none, or no readable JSON. */
export function readJsonValue(text: string, path: readonly string[]): unknown {
  const read = readJson(text.startsWith(byteOrderMark) ? text.slice(1) : text);
  if (!read.ok) return undefined;
  const place = findPlace(read.root, path);
  if ("stop" in place || !place.value) return undefined;
  const { value } = place;
  return value.type === "array" ? (value.children ?? []).map((child) => child.value as unknown) : value.value;
}

type Place =
  | { readonly parent: Node; readonly depth: number; readonly value: Node | null }
  | { readonly stop: Node; readonly depth: number };

/** The value, or the innermost object on the way to it with the number of names that led there. */
function findPlace(root: Node, path: readonly string[]): Place {
  let parent = root;
  for (const [depth, name] of path.entries()) {
    if (parent.type !== "object") return { stop: parent, depth };
    const found = propertiesOf(parent).find(({ key }) => key.value === name)?.value;
    if (!found) return { parent, depth, value: null };
    if (depth === path.length - 1) return { parent, depth, value: found };
    parent = found;
  }
  return { stop: root, depth: 0 };
}

function replaceValue(
  body: string,
  { comments }: JsonText,
  node: Node,
  written: string,
  value: JsonValue,
): readonly Replacement[] | Refusal {
  const end = node.offset + node.length;
  if (node.type === "object" || (node.type === "array" && !Array.isArray(value)))
    return refused(`here stands ${nameOf(node)}, which one value cannot replace`, body, node.offset);
  if (comments.some(({ at }) => at > node.offset && at < end))
    return refused("the list holds comments, which would be lost; edit it by hand", body, node.offset);
  const was = body.slice(node.offset, end);
  // A list that says the same in another layout stays as it is.
  if (node.type === "array" && sameJson(was, written)) return [];
  return [{ at: node.offset, was, put: written }];
}

function sameJson(one: string, other: string): boolean {
  try {
    return JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other));
  } catch {
    return false;
  }
}

function notesOf({ strict }: JsonText, mark: string): Note[] {
  const notes: Note[] = [];
  if (!strict)
    notes.push({
      level: "warning",
      text: "the file has comments or a comma before a closing bracket, which strict readers of JSON refuse; they are kept as they are",
    });
  if (mark !== "")
    notes.push({
      level: "warning",
      text: "the file begins with a byte order mark, which strict readers of JSON refuse",
    });
  return notes;
}

/** Reads the result again: it must be the old one but for this value. A refusal means a mistake of ours. */
function confirmed(
  oldRoot: Node,
  oldBody: string,
  edit: Change,
  mark: string,
  path: readonly string[],
  written: string,
): Refusal | null {
  const newBody = edit.text.slice(mark.length);
  const after = readJson(newBody);
  if (!after.ok)
    return { ...after, reason: `the edit would have broken the file (${after.reason}); nothing was changed` };
  const isOurs = (key: readonly string[]) => path.every((name, at) => key[at] === name);
  const isAbove = (key: readonly string[]) => key.every((name, at) => path[at] === name);
  const rest = (root: Node, body: string) =>
    leavesOf(root, body)
      .filter(([key, leaf]) => !isOurs(key) && !(isAbove(key) && leaf === "{}"))
      .map((each) => JSON.stringify(each))
      .join("\n");
  const place = findPlace(after.root, path);
  const node = "stop" in place ? null : place.value;
  const now = node ? newBody.slice(node.offset, node.offset + node.length) : "";
  if (rest(oldRoot, oldBody) === rest(after.root, newBody) && (now === written || sameJson(now, written)))
    return null;
  return refused("the edit would have changed more than this value; nothing was changed");
}

/** Every value with its path, as it is written; numbers too large for JavaScript stay what they are. */
function leavesOf(node: Node, body: string, path: readonly string[] = []): [readonly string[], string][] {
  if (node.type === "object")
    return [
      [path, "{}"],
      ...propertiesOf(node).flatMap(({ key, value }) => leavesOf(value, body, [...path, String(key.value)])),
    ];
  if (node.type === "array")
    return [
      [path, "[]"],
      ...(node.children ?? []).flatMap((child, at) => leavesOf(child, body, [...path, `[${at}]`])),
    ];
  return [[path, body.slice(node.offset, node.offset + node.length)]];
}

function jsonOf(value: JsonValue): string {
  return Array.isArray(value)
    ? `[${value.map((each) => JSON.stringify(each)).join(", ")}]`
    : JSON.stringify(value);
}
