/**
 * Changes an option in Nix code where it is a bare literal: a whole number, true or false, a plain string. Only that
 * literal changes. Everything else is said, with its place, and is for the user's editor.
 */
import { cleanText } from "../text/clean.ts";
import { changed, type Edit, longestFile, positionAt, type Refusal, refused } from "./change.ts";
import { type NixBinding, nixBindings } from "./nix-bindings.ts";
import { type NixToken, type NixTokens, nixTokens } from "./nix-tokens.ts";

export type NixLiteral = number | boolean | string;

export type NixOption =
  | {
      readonly ok: true;
      readonly value: NixLiteral;
      readonly at: number;
      readonly end: number;
      readonly line: number;
    }
  | (Refusal & {
      /** Whether the option is set here at all: then somebody has to look at it, though not by us. `null`: nobody knows. */
      readonly set: boolean | null;
    });

/** Where the option stands and what its value is, if it is a literal and the only one in this file. Never throws. */
export function findNixOption(text: string, option: readonly string[]): NixOption {
  const no = (set: boolean | null, reason: string, at?: number): NixOption => ({
    ...refused(reason, text, at),
    set,
  });
  if (text.length > longestFile) return no(null, "it is larger than a megabyte");
  const code = nixTokens(text);
  if (!code.ok) return no(null, `${code.reason}; it is not Nix code that we can read`, code.at);
  const found = nixBindings(code);
  if (!found.ok) return no(null, found.reason, found.at);
  const name = option.join(".");
  const matches = found.bindings.filter(({ path }) => endsWith(path, option));
  const [match, second] = matches;
  if (!match) return no(false, ...notFound(text, code, found.bindings, option));
  if (second) {
    const lines = matches.slice(0, 10).map(({ at }) => positionAt(text, at).line);
    return no(
      true,
      `${name} is set ${matches.length} times (lines ${lines.join(", ")}); change it in your editor`,
      second.at,
    );
  }
  if (match.inherited)
    return no(true, `${name} is inherited: its value stands elsewhere; change it there`, match.at);
  const token = code.tokens[match.from];
  const value = match.to - match.from === 1 && token ? literalOf(token) : null;
  if (value === null || !token)
    return no(
      true,
      `${name} is ${shownCode(text, code, match)}, not a bare value; change it in your editor`,
      token?.at ?? match.at,
    );
  if (match.under !== null)
    return no(
      true,
      `${name} stands under ${cleanText(match.under)}, so it may not be the value that counts; change it in your editor`,
      token.at,
    );
  return { ok: true, value, at: token.at, end: token.end, line: positionAt(text, token.at).line };
}

/** Sets the option, such as `["nix", "linux-builder", "maxJobs"]`, to a value of the kind it has. Never throws. */
export function editNixCode(text: string, option: readonly string[], value: NixLiteral): Edit {
  const found = findNixOption(text, option);
  if (!found.ok) return found;
  const name = option.join(".");
  if (typeof value !== typeof found.value)
    return refused(
      `${name} is a ${nameOfKind(found.value)} here, and '${cleanText(String(value))}' is a ${nameOfKind(value)}`,
      text,
      found.at,
    );
  const put = written(value);
  if (put === null)
    return refused(`'${cleanText(String(value))}' cannot be written as a plain value of Nix`, text, found.at);
  const was = text.slice(found.at, found.end);
  const edit = changed(text, [{ at: found.at, was, put: value === found.value ? was : put }]);
  const difference = edit.replacements.length === 0 ? null : differenceOf(text, edit.text);
  if (edit.replacements.length > 0 && (difference?.was !== was || difference.now !== put))
    return refused("the edit would have changed more than this value; nothing was changed");
  return edit;
}

/**
 * The one token in which two pieces of Nix code differ, blanks and comments aside; `null` if they differ in none, or in
 * more. Also for what `nix-instantiate --parse` prints before and after.
 */
export function differenceOf(
  before: string,
  after: string,
): { readonly was: string; readonly now: string } | null {
  const [old, now] = [nixTokens(before), nixTokens(after)];
  if (!old.ok || !now.ok || old.tokens.length !== now.tokens.length) return null;
  const different = old.tokens.flatMap((token, at) => (token.text === now.tokens[at]?.text ? [] : [at]));
  const at = different.length === 1 ? different[0]! : -1;
  return at < 0 ? null : { was: old.tokens[at]!.text, now: now.tokens[at]!.text };
}

function endsWith(path: NixBinding["path"], option: readonly string[]): boolean {
  return (
    path.length >= option.length &&
    option.every((name, at) => path[path.length - option.length + at] === name)
  );
}

/** The reason, and the place of what comes nearest to the option. */
function notFound(
  text: string,
  code: NixTokens,
  bindings: readonly NixBinding[],
  option: readonly string[],
): [string, number?] {
  const none = `${option.join(".")} is not set here`;
  // "nix" alone may be anything: an input of a flake, a package.
  for (let depth = option.length - 1; depth >= Math.min(2, option.length - 1); depth -= 1) {
    const above = option.slice(0, depth);
    const near = bindings.find(({ path }) => endsWith(path, above));
    const rest = `${option.slice(depth).join(".")} = …;`;
    if (near && !near.inherited && code.tokens[near.from]?.text === "{")
      return [`${none}; in your editor, '${rest}' can be added to ${above.join(".")}`, near.at];
    if (near)
      return [
        `${none}; ${above.join(".")} is ${near.inherited ? "inherited" : shownCode(text, code, near)}: look there`,
        near.at,
      ];
    const beside = bindings.find(({ path }) => path.some((_, at) => endsWith(path.slice(0, at + 1), above)));
    if (beside)
      return [`${none}; in your editor, '${option.join(".")} = …;' can be added beside this`, beside.at];
  }
  return [none];
}

function shownCode(text: string, { tokens }: NixTokens, { from, to }: NixBinding): string {
  const [first, last] = [tokens[from], tokens[to - 1]];
  const shown =
    first && last
      ? cleanText(text.slice(first.at, Math.min(last.end, first.at + 400))).replace(/\s+/g, " ")
      : "nothing";
  return `'${shown.length > 48 ? `${shown.slice(0, 47)}…` : shown}'`;
}

function literalOf({ kind, text, plain }: NixToken): NixLiteral | null {
  if (kind === "int") return Number.isSafeInteger(Number(text)) ? Number(text) : null;
  if (kind === "word") return text === "true" ? true : text === "false" ? false : null;
  return kind === "string" && plain ? text.slice(1, -1) : null;
}

function written(value: NixLiteral): string | null {
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? String(value) : null;
  // Nothing that would need an escape: a value that was plain stays so.
  return /^[^"\\$\0-\x1f\x7f]*$/.test(value) && value.isWellFormed() ? `"${value}"` : null;
}

function nameOfKind(value: NixLiteral): string {
  return typeof value === "number" ? "whole number" : typeof value === "boolean" ? "true or false" : "string";
}
