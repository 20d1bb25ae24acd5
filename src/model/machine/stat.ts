/** Files as stat(1) tells of them, and what Nix's own directory of locks says about builds given away. */
import { cleanText } from "../text/clean.ts";
import { linesOf, wholeNumber } from "./lines.ts";

export interface MachineFile {
  /** Permissions with set-id and sticky bits: 0o600, 0o1777. */
  readonly mode: number;
  readonly type: "file" | "directory" | "link" | "socket" | "other";
  readonly owner: string;
  readonly group: string;
  readonly sizeBytes: number;
  /** What it takes on the disk: a disk image has holes. */
  readonly allocatedBytes: number;
  /** Seconds since 1970. */
  readonly modifiedAt: number;
}

const mostFiles = 5000;
const types: Readonly<Record<string, MachineFile["type"]>> = {
  "-": "file",
  d: "directory",
  l: "link",
  s: "socket",
};

/**
 * The `stat` section: mode as `ls -l` shows it, owner, group, size, blocks of 512 bytes, time of the last change, name;
 * by name. The name comes last because it may hold spaces, as a group may. What is not there is left out.
 */
export function parseStat(text: string): ReadonlyMap<string, MachineFile> {
  const files = new Map<string, MachineFile>();
  for (const line of linesOf(text)) {
    const match =
      /^([a-z?-])([r-][w-][xsS-][r-][w-][xsS-][r-][w-][xtT-])[@+.]? (\S+) (\S.{0,200}?) (\d{1,16}) (\d{1,16}) (-?\d{1,12}) (.+)$/.exec(
        line,
      );
    if (!match) continue;
    const [, type = "", mode = "", owner = "", group = "", size, blocks, modified, name = ""] = match;
    files.set(cleanText(name), {
      mode: modeOf(mode),
      type: types[type] ?? "other",
      owner: cleanText(owner),
      group: cleanText(group),
      sizeBytes: wholeNumber(size) ?? 0,
      allocatedBytes: (wholeNumber(blocks) ?? 0) * 512,
      modifiedAt: Number(modified),
    });
    if (files.size >= mostFiles) break;
  }
  return files;
}

/** Files of the `stat` section that may be there or not: we may not enter their directory. */
export function parseDeniedStat(text: string): ReadonlySet<string> {
  const denied = /^stat: (?:can(?:no|')t statx? )?'?(.+?)'?: (?:l?stat: )?Permission denied$/;
  return new Set(linesOf(text).flatMap((line) => denied.exec(line)?.[1] ?? []));
}

/** `rwsr-x--t` */
function modeOf(letters: string): number {
  let mode = 0;
  for (const [index, letter] of [...letters].entries()) {
    if (/[rwxst]/.test(letter)) mode |= 1 << (8 - index);
    if (/[sStT]/.test(letter)) mode |= 0o4000 >> Math.floor(index / 3);
  }
  return mode;
}

/** A file of /nix/var/nix/current-load (NixOS/nix src/nix/build-remote/build-remote.cc). */
export interface CurrentLoadSlot {
  /** Name of the file: address of the machine with `_` for `/`, then the slot. Not to be turned back. */
  readonly name: string;
  /** The name without slot or ending: equal to `currentLoadPrefix` of the machine's address. */
  readonly prefix: string;
  /** Counted from 0; `null` of an upload lock. */
  readonly slot: number | null;
  readonly uploadLock: boolean;
  /** Seconds since 1970: when a build last took the slot. Whether it still has it only the lock tells. */
  readonly modifiedAt: number;
}

/** The `current-load` section: seconds, size, name. */
export function parseCurrentLoad(text: string): CurrentLoadSlot[] {
  const slots: CurrentLoadSlot[] = [];
  for (const line of linesOf(text)) {
    const [, time, name = ""] = /^(\d{1,12}) \d{1,16} (.+)$/.exec(line) ?? [];
    const [, prefix, ending = ""] = /^(.+?)(\.upload-lock|-\d{1,6})$/.exec(name) ?? [];
    if (time === undefined || prefix === undefined || slots.length >= mostFiles) continue;
    const uploadLock = ending === ".upload-lock";
    slots.push({
      name: cleanText(name),
      prefix: cleanText(prefix),
      slot: uploadLock ? null : Number(ending.slice(1)),
      uploadLock,
      modifiedAt: Number(time),
    });
  }
  return slots;
}

/** How the names of a machine's slots begin: Nix writes `_` for every `/` of its address. */
export function currentLoadPrefix(uri: string): string {
  return uri.replaceAll("/", "_");
}
