/**
 * The lines of a nix.conf with the place of every word. Words are split at blanks, `#` begins a comment anywhere, `=`
 * stands alone, and nothing is quoted or continued (NixOS/nix src/libutil/configuration.cc, parseConfigFiles).
 */

interface Word {
  readonly text: string;
  readonly at: number;
}

export interface NixConfLine {
  /** From 1. */
  readonly number: number;
  readonly at: number;
  /** `wrong`: Nix refuses it, and with it the whole file. */
  readonly kind: "nothing" | "setting" | "include" | "wrong";
  /** Without the comment. */
  readonly words: readonly Word[];
}

export function nixConfLines(text: string): NixConfLine[] {
  const lines: NixConfLine[] = [];
  let at = 0;
  for (const row of text.split("\n")) {
    const words: Word[] = [];
    for (const match of (row.split("#", 1)[0] ?? "").matchAll(/[^ \t\r]+/g))
      words.push({ text: match[0], at: at + match.index });
    lines.push({ number: lines.length + 1, at, kind: kindOf(words), words });
    at += row.length + 1;
  }
  return lines;
}

function kindOf(words: readonly Word[]): NixConfLine["kind"] {
  const [first, second] = words;
  if (!first) return "nothing";
  if (!second) return "wrong";
  if (first.text === "include" || first.text === "!include") return words.length === 2 ? "include" : "wrong";
  return second.text === "=" ? "setting" : "wrong";
}

/** As Nix takes it: the words behind `=` with one blank between them. */
export function settingValue({ words }: NixConfLine): string {
  return words
    .slice(2)
    .map((word) => word.text)
    .join(" ");
}

/** Other names of settings, which Nix takes too (NixOS/nix src/libstore/globals.hh). */
const olderNames: Readonly<Record<string, readonly string[]>> = {
  "max-jobs": ["build-max-jobs"],
  cores: ["build-cores"],
};

export function namesOf(key: string): readonly string[] {
  return [key, ...(Object.hasOwn(olderNames, key) ? (olderNames[key] ?? []) : [])];
}

/** `extra-x` adds to `x`; `null` for a setting of its own. `extra-platforms` is one, whatever its name says. */
export function addsTo(key: string): string | null {
  return key.startsWith("extra-") && key !== "extra-platforms" ? key.slice("extra-".length) : null;
}

const secrets = /^(?:extra-)*(?:access-tokens|impure-env|netrc-file|secret-key-files)$/;

/** Settings that are or lead to secrets: never edited here, their values never shown. */
export function isSecretSetting(key: string): boolean {
  return secrets.test(key);
}
