/** A person's Nix code, as a machine sends it. */
import { cleanText } from "../text/clean.ts";
import { isNixCodePath, nixCodePlaces } from "./nix-code-places.ts";

export interface NixCodeFile {
  /** Without links on the way. Clean. */
  readonly path: string;
  /** Raw, with bytes that are no UTF-8 replaced: for finding, not for writing. */
  readonly text: string;
  /** The directory of the flake that it lies in; `null`: in none. Clean. */
  readonly flake: string | null;
}

export interface NixCode {
  readonly files: readonly NixCodeFile[];
  /** Where it was to be looked for. */
  readonly asked: readonly string[];
  /** Of those what is there, without links. Clean. */
  readonly places: readonly string[];
  /** Files that cannot be read or are too long. Clean. */
  readonly skipped: readonly string[];
  /** There was more than the bounds let through. */
  readonly cut: boolean;
}

/** In files, and in bytes of all of them. */
export const mostNixFiles = 200;
export const mostNixBytes = 2 * 1024 * 1024;
const mostLines = 400_000;
const mostTold = 50;

/**
 * From the answer of the program that looks for it: `place PATH`, `skipped PATH`, `file PATH` with `flake PATH` and the
 * lines of the file behind a blank each, `more`, `end`. `null`: no answer, or one that was cut off.
 */
export function parseNixCode(stdout: string, asked: readonly string[] = nixCodePlaces): NixCode | null {
  const files: { path: string; rows: string[]; flake: string | null }[] = [];
  const places: string[] = [];
  const skipped: string[] = [];
  let cut = false;
  for (const row of stdout.split("\n", mostLines)) {
    const file = files.at(-1);
    if (row.startsWith(" ")) file?.rows.push(row.slice(1));
    const [, word = "", rest = ""] = /^([a-z]+)(?: (.*))?$/.exec(row) ?? [];
    const path = cleanText(rest);
    if (word === "place" && places.length < mostTold) places.push(path);
    if (word === "skipped" && skipped.length < mostTold) skipped.push(path);
    if (word === "flake" && file) file.flake = path;
    if (word === "file") files.push({ path: rest, rows: [], flake: null });
    if (word === "more") cut = true;
    if (word === "end") return { files: usable(files), asked, places: [...new Set(places)], skipped, cut };
  }
  return null;
}

/** Each once, and none whose name could not be shown as it is. */
function usable(
  read: readonly { readonly path: string; readonly rows: readonly string[]; readonly flake: string | null }[],
): NixCodeFile[] {
  const files = new Map<string, NixCodeFile>();
  for (const { path, rows, flake } of read)
    if (isNixCodePath(path) && cleanText(path) === path && !files.has(path))
      files.set(path, { path, text: `${rows.join("\n")}\n`, flake });
  return [...files.values()].slice(0, mostNixFiles);
}
