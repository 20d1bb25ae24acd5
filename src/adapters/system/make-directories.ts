/** Makes a directory and those above it, one at a time, and says which one could not be made, and why. */
import { lstatSync, mkdirSync, rmdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { systemReason } from "./system-reason.ts";

/** PATH_MAX of Linux leaves room for so many only with names of a letter or two. */
const mostLevels = 256;

/**
 * Returns those that it made, the deepest first; none where it was there. Throws an error for people, after it has removed
 * again what it made. Not by `mkdirSync` with `recursive`: where a system answers ENOENT although the directory above is
 * there, as /proc does, that tries for ever, and on a file system that cannot be written it tells the wrong reason
 * (nodejs/node src/node_file.cc, MKDirpSync).
 */
export function makeDirectories(path: string, mode: number): string[] {
  const missing: string[] = [];
  for (let at = resolve(path); !isThere(at); at = dirname(at)) {
    missing.push(at);
    if (missing.length > mostLevels) throw new Error(`${path} cannot be made: it lies too deep`);
  }
  const made: string[] = [];
  for (const directory of missing.reverse()) {
    try {
      mkdirSync(directory, { mode });
      made.unshift(directory);
    } catch (error) {
      // Another program was quicker.
      if ((error as NodeJS.ErrnoException).code === "EEXIST" && isDirectory(directory)) continue;
      removeEmpty(made);
      throw new Error(`${directory} cannot be made: ${reasonOf(error, directory)}`, { cause: error });
    }
  }
  if (!isDirectory(path)) throw new Error(`${path} is no directory`);
  return made;
}

/** Removes those in which nobody has put anything. `directories`: the deepest first. */
export function removeEmpty(directories: readonly string[]): void {
  for (const directory of directories) {
    try {
      rmdirSync(directory);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Somebody keeps something there, or has removed it.
      if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOENT") throw error;
      if (code !== "ENOENT") return;
    }
  }
}

function reasonOf(error: unknown, directory: string): string {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") return systemReason(error);
  return `the system lets nobody make anything in ${dirname(directory)}`;
}

/** A link that leads nowhere is there, too: it is in the way. Throws an error for people. */
function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && dirname(path) !== path) return false;
    throw new Error(`${path} cannot be made: ${systemReason(error)}`, { cause: error });
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
