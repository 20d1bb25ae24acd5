/**
 * Which of several lines, in several files, decides on a setting. An included file counts as if it stood in the line
 * that includes it; the last `x` wins and drops every `extra-x` before it; `extra-x` behind it add to it
 * (NixOS/nix src/libutil/configuration.cc).
 */
import { posix } from "node:path";
import { cleanText } from "../text/clean.ts";
import { addsTo, isSecretSetting, namesOf, nixConfLines, settingValue } from "./nix-conf-lines.ts";
import { shownText } from "./preview.ts";

/** The text of a file, or `null` where there is none or it may not be read, which Nix passes over alike. */
export type ReadFile = (path: string) => string | null;

export interface Assignment {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** As written, such as `extra-trusted-users`. */
  readonly key: string;
  /** Cleaned, to be shown; that of a secret is "…". */
  readonly value: string;
  /** `extra-x`. */
  readonly adds: boolean;
}

export interface SettingOrigins {
  /** In the order in which Nix applies them. */
  readonly all: readonly Assignment[];
  /** Those that make up the value: the last that sets it and all behind it that add to it. Empty: the default holds. */
  readonly inForce: readonly Assignment[];
  /** Files that must be there (`include`) and are not: Nix refuses to start. */
  readonly missing: readonly string[];
}

const deepestInclude = 10;
const mostFiles = 100;
const mostAssignments = 1000;

/** `root` is the file that Nix begins with; `key` is without `extra-`. */
export function settingOrigins(root: string, key: string, readFile: ReadFile): SettingOrigins {
  const all: Assignment[] = [];
  const missing: string[] = [];
  const names = namesOf(key);
  let files = 0;
  const read = (path: string, required: boolean, depth: number) => {
    files += 1;
    if (files > mostFiles || depth > deepestInclude) return;
    const text = readFile(path);
    if (text === null) {
      if (required) missing.push(cleanText(path));
      return;
    }
    for (const line of nixConfLines(text)) {
      const [first, second] = line.words;
      if (line.kind === "include" && first && second)
        read(posix.resolve(posix.dirname(path), second.text), first.text === "include", depth + 1);
      if (line.kind !== "setting" || !first || all.length >= mostAssignments) continue;
      const adds = addsTo(first.text) === key;
      if (!adds && !names.includes(first.text)) continue;
      const value = isSecretSetting(first.text) ? "…" : shownText(settingValue(line));
      all.push({ path, line: line.number, key: first.text, value, adds });
    }
  };
  read(root, false, 0);
  return {
    all,
    inForce: all.slice(
      Math.max(
        0,
        all.findLastIndex(({ adds }) => !adds),
      ),
    ),
    missing,
  };
}
