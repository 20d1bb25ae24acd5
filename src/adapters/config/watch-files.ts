/** The log that Nix writes to, its directory, and their removal. */
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fchmodSync,
  lstatSync,
  openSync,
  rmdirSync,
  rmSync,
} from "node:fs";
import { dirname } from "node:path";
import { makeDirectories } from "../system/make-directories.ts";
import { readMemory, removeMemory, writeMemory } from "./watch-memory.ts";
import type { WatchScope } from "./watch-scope.ts";

/**
 * Made before the line is written, by us: whichever Nix process came first would make it otherwise, with mode 0644 and,
 * if that is the daemon, as root, and then every command of a user would print "Permission denied".
 *
 * Throws the system's error, or one that says that something else is in the way.
 */
export function makeLog(scope: WatchScope, path: string): void {
  makeDirectory(scope, dirname(path), scope.name === "system" ? 0o755 : 0o700);
  if (existsSync(path) && !lstatSync(path).isFile()) throw new Error(`${path} exists and is no regular file`);
  const descriptor = openSync(path, "a", scope.logMode);
  try {
    // Whatever the umask was.
    fchmodSync(descriptor, scope.logMode);
  } finally {
    closeSync(descriptor);
  }
  const { SUDO_UID, SUDO_GID } = process.env;
  if (scope.name === "system" && SUDO_UID && SUDO_GID) chownSync(path, Number(SUDO_UID), Number(SUDO_GID));
}

/** Makes a directory and those above it, and remembers which ones, so that off can leave nothing behind. */
export function makeDirectory(scope: WatchScope, path: string, mode: number): void {
  const made = makeDirectories(path, mode);
  // Everybody must be able to reach the machine's log.
  if (scope.name === "system") for (const directory of made) chmodSync(directory, mode);
  const known = readMemory(scope) ?? { switchedOnAt: Date.now(), switchedOffAt: null, madeDirectories: [] };
  writeMemory(scope, { ...known, switchedOffAt: null, madeDirectories: [...known.madeDirectories, ...made] });
}

/** Removes the log, what we remembered, and the directories that we made, where nobody else keeps anything. */
export function removeLog(scope: WatchScope, path: string): void {
  const made = readMemory(scope)?.madeDirectories ?? [];
  rmSync(path, { force: true });
  removeMemory(scope);
  // The deepest first.
  const directories = [...new Set([dirname(path), ...made])].sort((one, other) => other.length - one.length);
  for (const directory of directories) {
    try {
      rmdirSync(directory);
    } catch {
      // Others keep something there, or it is gone already.
    }
  }
}
