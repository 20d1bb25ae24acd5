/**
 * Builds that run although no stream tells of them.
 *
 * Nix makes the log file of a build when it begins, readable for all, and it stays empty for long: what is compressed is
 * written at the end, or after 900 kB (NixOS/nix `src/libstore/build/derivation-builder.cc`, openLogFile; tried with 2.34
 * and 2.8). A file that stayed empty because its build was killed looks the same, so there are never more builds than
 * build users at work.
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ask } from "../system/ask.ts";

/** A build that its log file tells of. */
export interface Sighting {
  drv: string;
  /** When it began, in ms since 1970. */
  since: number;
}

export interface NixState {
  /** Log files, two characters of the hash a directory. */
  logs: string;
  /** A file for each build user, named by its number. */
  buildUsers: string;
  /** Directories that every client and every build changes. */
  signs: readonly string[];
}

const ordinary: NixState = {
  logs: "/nix/var/log/nix/drvs",
  buildUsers: "/nix/var/nix/userpool",
  signs: ["/nix/var/nix/temproots", "/nix/var/nix/builds"],
};

/** No build that runs is older than that; what looks so was killed. */
const longestBuildMs = 7 * 24 * 3600 * 1000;
const deadlineMs = 3000;

export class LogFileBirths {
  readonly #nix: NixState;
  /** When each directory of logs was last changed, as far as it was read. */
  readonly #read = new Map<string, number>();
  readonly #empty = new Map<string, Sighting>();
  #signs = "";

  constructor(nix: NixState = ordinary) {
    this.#nix = nix;
  }

  /** What is built now, as far as can be told. Never rejects: where nothing may be read, nothing is seen. */
  async look(): Promise<Sighting[]> {
    const signs = (await Promise.all(this.#nix.signs.map(changed))).join(" ");
    if (signs === this.#signs && this.#empty.size === 0) return [];
    this.#signs = signs;
    await this.#findEmptyFiles();
    if (this.#empty.size === 0) return [];
    const newestFirst = [...this.#empty.values()].sort((a, b) => b.since - a.since);
    return newestFirst.slice(0, await this.#usersAtWork());
  }

  async #findEmptyFiles(): Promise<void> {
    for (const path of this.#empty.keys()) if ((await emptySince(path)) === null) this.#empty.delete(path);
    for (const name of await names(this.#nix.logs)) {
      const directory = join(this.#nix.logs, name);
      const at = await changed(directory);
      if (at === null || at === this.#read.get(directory)) continue;
      this.#read.set(directory, at);
      if (at < Date.now() - longestBuildMs) continue;
      for (const file of await names(directory)) {
        const match = /^(.+\.drv)(?:\.bz2|\.zst)?$/.exec(file);
        const since = match && (await emptySince(join(directory, file)));
        if (match && since) {
          this.#empty.set(join(directory, file), { drv: `/nix/store/${name}${match[1]}`, since });
        }
      }
    }
  }

  async #usersAtWork(): Promise<number> {
    const users = new Set(await names(this.#nix.buildUsers));
    const { stdout } = await ask("ps", ["-axo", "uid="], deadlineMs);
    const atWork = stdout.split("\n").map((row) => row.trim());
    return new Set(atWork.filter((uid) => users.has(uid))).size;
  }
}

async function names(directory: string): Promise<string[]> {
  return await readdir(directory).catch(() => []);
}

async function changed(path: string): Promise<number | null> {
  return await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );
}

/** Since when the file is there, if it is empty; `null` if not, or if it is too old. */
async function emptySince(path: string): Promise<number | null> {
  const found = await stat(path).catch(() => null);
  if (found === null || found.size > 0 || found.mtimeMs < Date.now() - longestBuildMs) return null;
  return found.mtimeMs;
}
