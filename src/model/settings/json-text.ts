/**
 * JSON as it stands in a file, perhaps with comments: its tree with the place of everything, or why it is left alone.
 * jsonc-parser reads what it can of broken files, and takes the first of two equal keys where other readers take the
 * last; both are refused here.
 */
import { createScanner, type Node, type ParseError, parseTree } from "jsonc-parser";
import { cleanText } from "../text/clean.ts";
import { longestFile, positionAt, type Refusal, refused } from "./change.ts";

export interface JsonComment {
  readonly at: number;
  readonly end: number;
  /** Goes to the end of its line, which must therefore stay behind it. */
  readonly toLineEnd: boolean;
}

export interface JsonText {
  readonly ok: true;
  readonly root: Node;
  readonly comments: readonly JsonComment[];
  /** Neither comments nor commas before a closing bracket: any reader of JSON takes it. */
  readonly strict: boolean;
}

const deepest = 64;

/** Kinds of jsonc-parser's scanner; its own names for them exist for the compiler only. */
const token = {
  openBrace: 1,
  closeBrace: 2,
  openBracket: 3,
  closeBracket: 4,
  lineComment: 12,
  blockComment: 13,
  end: 17,
};

/** `text` is without a byte order mark; positions count from its beginning. Never throws. */
export function readJson(text: string): JsonText | Refusal {
  if (text.length > longestFile)
    return refused("it is larger than a megabyte, which no settings file should be");
  if (text.trim() === "") return refused("it is empty; JSON needs at least {}", text, 0);
  const scanned = scan(text);
  if (scanned === null) return refused(`it is nested more than ${deepest} deep`);
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false });
  const first = [...errors].sort((a, b) => a.offset - b.offset)[0];
  if (first) return broken(text, first);
  if (!root) return refused("it holds no value", text, 0);
  if (root.type !== "object")
    return refused(`it is ${nameOf(root)}, not an object in { }`, text, root.offset);
  const twice = duplicateKey(root);
  if (twice) {
    const [before, again] = twice;
    return refused(
      `"${cleanText(String(again.value))}" is there twice (first in line ${positionAt(text, before.offset).line}), and most readers take the last one; remove one of them first`,
      text,
      again.offset,
    );
  }
  const strictErrors: ParseError[] = [];
  if (scanned.length === 0) parseTree(text, strictErrors, { allowTrailingComma: false });
  const strict = scanned.length === 0 && strictErrors.length === 0;
  if (strict && !isStrictJson(text))
    return refused("it is not JSON that every reader would take; correct it by hand");
  return { ok: true, root, comments: scanned, strict };
}

export function nameOf(node: Node): string {
  return node.type === "array"
    ? "a list in [ ]"
    : node.type === "object"
      ? "an object in { }"
      : node.type === "null"
        ? "null"
        : `a ${node.type}`;
}

/** Key and value of each property of an object. */
export function propertiesOf(
  node: Node,
): readonly { readonly property: Node; readonly key: Node; readonly value: Node }[] {
  return (node.children ?? []).flatMap((property) => {
    const [key, value] = property.children ?? [];
    return key && value ? [{ property, key, value }] : [];
  });
}

/** The comments; `null` for what is nested too deep to be parsed by functions that call themselves. */
function scan(text: string): JsonComment[] | null {
  const scanner = createScanner(text, false);
  const comments: JsonComment[] = [];
  let depth = 0;
  for (let kind: number = scanner.scan(); kind !== token.end; kind = scanner.scan()) {
    if (kind === token.openBrace || kind === token.openBracket) depth += 1;
    if (kind === token.closeBrace || kind === token.closeBracket) depth -= 1;
    if (depth > deepest) return null;
    if (kind === token.lineComment || kind === token.blockComment) {
      const at = scanner.getTokenOffset();
      comments.push({ at, end: at + scanner.getTokenLength(), toLineEnd: kind === token.lineComment });
    }
  }
  return comments;
}

function duplicateKey(node: Node): readonly [Node, Node] | null {
  const seen = new Map<unknown, Node>();
  const properties = node.type === "object" ? propertiesOf(node) : [];
  for (const { key } of properties) {
    const before = seen.get(key.value);
    if (before) return [before, key];
    seen.set(key.value, key);
  }
  for (const child of node.type === "array" ? (node.children ?? []) : properties.map(({ value }) => value)) {
    const found = duplicateKey(child);
    if (found) return found;
  }
  return null;
}

/** By jsonc-parser's ParseErrorCode. */
const errorWords: Readonly<Record<number, string>> = {
  1: "here stands a word that is no value of JSON",
  2: "here stands a number as JSON does not write it",
  3: "here should stand the name of a setting, in double quotes",
  4: "a value is missing here",
  5: "a colon is missing here",
  6: "a comma is missing here",
  7: "a closing } is missing here",
  8: "a closing ] is missing here",
  9: "here is more text, after the end of the JSON",
  10: "here stands a comment",
  11: "a comment is not closed",
  12: 'a closing " is missing in this line',
  13: "a number is not complete",
  14: "\\u needs four hexadecimal digits",
  15: "there is no such escape in JSON",
  16: "here stands a character that JSON wants written as an escape",
};

function broken(text: string, { error, offset }: ParseError): Refusal {
  const words = errorWords[error] ?? "it is not JSON";
  const cutOff =
    offset >= text.trimEnd().length && error !== 9 ? "; the file ends too early, perhaps it was cut off" : "";
  return refused(`${words}${cutOff}; correct it by hand first`, text, offset);
}

function isStrictJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
