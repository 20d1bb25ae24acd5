/** The two places in which watching can be switched on: for the user, and for the whole machine. */
import { existsSync, lstatSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { findWatchLine, type WatchLine } from "../../model/nix-conf/watch-line.ts";
import { stateDirectory } from "../system/paths.ts";
import { includesOf, settingOrigins, systemConfFile, userConfFiles } from "./nix-conf-files.ts";
import { readEveryByte } from "./read-bytes.ts";

export const logSetting = "json-log-path";

export type ScopeName = "user" | "system";

export interface WatchScope {
  readonly name: ScopeName;
  /** The nix.conf that gets the line, as Nix names it; `null` where Nix reads none. */
  readonly conf: string | null;
  /** The file that Nix writes to. */
  readonly log: string;
  /** Mode of that file. */
  readonly logMode: number;
}

/**
 * Every user's commands append to the machine's log, so all may write to it; what is built is no secret of theirs to be
 * read by others, so only its owner (who switched it on) and root may read.
 */
const systemLogMode = 0o622;
const userLogMode = 0o600;

/** With the store, so that it is there wherever Nix is and goes when Nix goes; nobody else can write to the directory. */
const systemLog = "/nix/var/buildtop/nix-log.jsonl";

export function userScope(env: NodeJS.ProcessEnv = process.env): WatchScope {
  return {
    name: "user",
    conf: userConfFiles(env)[0] ?? null,
    log: join(stateDirectory(env), "nix-log.jsonl"),
    logMode: userLogMode,
  };
}

export function systemScope(env: NodeJS.ProcessEnv = process.env): WatchScope {
  const conf = systemConfFile(env);
  // Determinate writes nix.conf anew at will; what it includes is the user's.
  const custom = includesOf(conf).find((path) => basename(path) === "nix.custom.conf");
  return { name: "system", conf: custom ?? conf, log: systemLog, logMode: systemLogMode };
}

/** Our line in the scope's nix.conf with the path it names; `null` if it is not there or cannot be read. */
export function currentWatchLine(scope: WatchScope): WatchLine | null {
  if (scope.conf === null) return null;
  try {
    const line = findWatchLine(readEveryByte(scope.conf) ?? "");
    return line && { ...line, logPath: Buffer.from(line.logPath, "latin1").toString("utf8") };
  } catch {
    return null;
  }
}

export interface WatchedLog {
  scope: ScopeName;
  path: string;
  /** Ours to empty. A log that somebody else asked for is only read. */
  ours: boolean;
}

/**
 * Files that Nix writes to now: because of our lines, because a configuration sets what we asked for, or because
 * somebody else has set one. Sockets of others are not for us.
 */
export function watchedLogs(): WatchedLog[] {
  const scopes = [userScope(), systemScope()];
  const found: WatchedLog[] = scopes.flatMap((scope) => {
    const line = currentWatchLine(scope);
    return line ? [{ scope: scope.name, path: line.logPath, ours: true }] : [];
  });
  const path = settingOrigins(logSetting).at(-1)?.value;
  if (
    path &&
    !found.some((log) => log.path === path) &&
    statSync(path, { throwIfNoEntry: false })?.isFile()
  ) {
    const scope = scopes.find((scope) => scope.log === path);
    found.push({ scope: scope?.name ?? "user", path, ours: scope !== undefined });
  }
  return found;
}

/** The file behind all links, also where it does not exist yet but its directory does. */
export function realFile(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const directory = dirname(path);
  return existsSync(directory) ? join(realpathSync(directory), basename(path)) : path;
}

/** A link whose target is not there: nothing to write to, and nothing to put in its place. */
export function isBrokenLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink() && !existsSync(path);
  } catch {
    return false;
  }
}
