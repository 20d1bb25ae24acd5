/**
 * Secrets in what a machine answers: found by their shape or by the name before them, and put out of sight. Rather too
 * much is removed than too little: a recording is sent to others.
 */
import { secretName, secretRules } from "./secret-rules.ts";

/** What stands in place of a secret. One word, so that columns stay what they were. */
export const removedMark = "[removed]";

export type SecretKind =
  | "private key"
  | "token"
  | "address password"
  | "authorization header"
  | "Nix access token"
  | "secret setting";

/** Called for each secret; returns what stands in its place. */
export type Hide = (kind: SecretKind, secret: string) => string;

/** Hides what looks like a secret. */
export function hideSecrets(text: string, hide: Hide): string {
  // Warnings of Nix may stand before its settings.
  const start = text.startsWith("{") ? 0 : text.indexOf("\n{") + 1;
  const json = start > 0 || text.startsWith("{") ? hideInJson(text.slice(start), hide) : null;
  if (json !== null) return hideByRules(text.slice(0, start), hide) + json;
  const lines = text.split("\n");
  if (!isJson(lines[0] ?? "")) return hideByRules(text, hide);
  return lines.map((line) => hideInJson(line, hide) ?? hideByRules(line, hide)).join("\n");
}

function hideByRules(text: string, hide: Hide): string {
  let shown = text;
  for (const { kind, pattern } of secretRules)
    shown = shown.replace(pattern, (...match) => {
      const whole = String(match[0]);
      const last: unknown = match.at(-1);
      const groups = typeof last === "object" ? (last as Readonly<Record<string, string | undefined>>) : null;
      const secret = groups ? (groups.secret ?? groups.quoted ?? groups.single ?? "") : whole;
      if (!/[\p{L}\p{N}]/u.test(secret) || secret === removedMark) return whole;
      // It is the end of what matched, so that a name with the same letters stays.
      const at = whole.lastIndexOf(secret);
      return whole.slice(0, at) + hide(kind, secret) + whole.slice(at + secret.length);
    });
  return shown;
}

const nixSecrets = /^(?:extra-)?(?:access-tokens|impure-env)$/;
const secretKey = new RegExp(`^${secretName}$`, "i");
const deepest = 50;

function isJson(line: string): boolean {
  return line.startsWith("{") && hideInJson(line, (_kind, secret) => secret) !== null;
}

/** In JSON names and values are known exactly. The same text where nothing is hidden in it; `null`: it is no JSON. */
function hideInJson(text: string, hide: Hide): string | null {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return null;
  }
  let found = false;
  const note: Hide = (kind, secret) => {
    found = true;
    return hide(kind, secret);
  };
  const walk = (node: unknown, kind: SecretKind | null, depth: number): unknown => {
    if (depth > deepest) return note(kind ?? "secret setting", JSON.stringify(node));
    if (Array.isArray(node)) return node.map((each) => walk(each, kind, depth + 1));
    if (typeof node === "object" && node !== null) {
      // A setting of Nix comes with its description; only its value is one.
      const setting = kind !== null && Object.hasOwn(node, "documentDefault") && Object.hasOwn(node, "value");
      return Object.fromEntries(
        Object.entries(node).map(([key, child]) => {
          const childKind = setting ? (key === "value" ? kind : null) : (kindOf(key) ?? kind);
          return [hideByRules(key, note), walk(child, childKind, depth + 1)];
        }),
      );
    }
    if (kind !== null && (typeof node === "number" || (typeof node === "string" && node !== "")))
      return note(kind, String(node));
    return typeof node === "string" ? hideByRules(node, note) : node;
  };
  const hidden = walk(root, null, 0);
  if (!found) return text;
  const end = /\s*$/.exec(text)?.[0] ?? "";
  return JSON.stringify(hidden, null, /^\{\s*\n/.test(text) ? 2 : undefined) + end;
}

function kindOf(key: string): SecretKind | null {
  if (nixSecrets.test(key)) return "Nix access token";
  return secretKey.test(key) ? "secret setting" : null;
}
