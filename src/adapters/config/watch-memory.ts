/** What has to be known to switch watching off again, kept beside the log. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { WatchScope } from "./watch-scope.ts";

export interface WatchMemory {
  /** ms since 1970. */
  switchedOnAt: number;
  /** `null` while it is on. */
  switchedOffAt: number | null;
  /** Directories that were made for the log and for the nix.conf. */
  madeDirectories: string[];
}

function memoryPath(scope: WatchScope): string {
  return join(dirname(scope.log), "watch.json");
}

/** The nix.conf as it was before. */
export function backupPath(scope: WatchScope): string {
  return join(dirname(scope.log), "nix.conf.before-watch");
}

/** `null` where it was never on, or somebody has removed the file. */
export function readMemory(scope: WatchScope): WatchMemory | null {
  try {
    const found = JSON.parse(readFileSync(memoryPath(scope), "utf8")) as Partial<WatchMemory>;
    const directories = Array.isArray(found.madeDirectories) ? found.madeDirectories : [];
    return {
      switchedOnAt: Number(found.switchedOnAt) || 0,
      switchedOffAt: found.switchedOffAt ? Number(found.switchedOffAt) : null,
      madeDirectories: directories.filter((path) => typeof path === "string" && path.startsWith("/")),
    };
  } catch {
    return null;
  }
}

export function writeMemory(scope: WatchScope, memory: WatchMemory): void {
  writeFileSync(memoryPath(scope), `${JSON.stringify(memory)}\n`, { mode: 0o600 });
}

/** Forgets all. */
export function removeMemory(scope: WatchScope): void {
  for (const path of [memoryPath(scope), backupPath(scope)]) rmSync(path, { force: true });
}
