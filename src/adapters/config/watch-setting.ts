/** Switches watching on and off: a log file made beforehand, and one line in a nix.conf. */
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fchmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { addWatchLine, findWatchLine, removeWatchLine } from "../../model/nix-conf/watch-line.ts";
import { nixReadsSetting } from "../nix/nix-setting.ts";
import { readWithHash, removeFile, replaceFile } from "./safe-write.ts";
import { refusal } from "./watch-refusal.ts";
import { currentWatchLine, realFile, type WatchScope } from "./watch-scope.ts";

/** It cannot be switched on or off; the message says why and what to do, in one line. */
export class WatchRefused extends Error {}

export interface WatchChange {
  /** What will be done, line by line, for a person to agree to. Empty: nothing is to be done. */
  steps: readonly string[];
  /** Does it. Throws `WatchRefused`; then everything is as before. */
  apply(): Promise<void>;
}

/** What switching on would do. Throws `WatchRefused`. */
export async function planWatchOn(scope: WatchScope): Promise<WatchChange> {
  const line = currentWatchLine(scope);
  if (line) {
    const missing = !existsSync(line.logPath);
    return {
      steps: missing ? [`make ${line.logPath} (mode ${scope.logMode.toString(8)})`] : [],
      apply: async () => makeLog(scope, line.logPath),
    };
  }
  const reason = await refusal(scope);
  if (reason !== null) throw new WatchRefused(reason);
  const conf = realFile(scope.conf!);
  const before = readWithHash(conf);
  const notes = { fileMade: before.hash === "absent", directoryMade: !existsSync(dirname(conf)) };
  const after = addWatchLine(before.text, Buffer.from(scope.log).toString("latin1"), scope.name, notes);
  const added = Buffer.from(after.trimEnd().split("\n").at(-1)!, "latin1").toString("utf8");
  return {
    steps: [`make ${scope.log} (mode ${scope.logMode.toString(8)})`, `${conf}:`, `+ ${added}`],
    apply: async () => {
      makeLog(scope, scope.log);
      try {
        if (before.hash !== "absent") backUp(scope, before.text);
        mkdirSync(dirname(conf), { recursive: true });
        replaceFile(conf, after, before.hash);
        await proveOrRestore(scope, conf);
      } catch (error) {
        removeLog(scope, scope.log);
        throw error instanceof WatchRefused ? error : new WatchRefused((error as Error).message);
      }
    },
  };
}

/** What switching off would do. Throws `WatchRefused`. */
export function planWatchOff(scope: WatchScope): WatchChange {
  const line = currentWatchLine(scope);
  if (!line || scope.conf === null) {
    return {
      steps: existsSync(scope.log) ? [`remove ${scope.log}`] : [],
      apply: async () => removeLog(scope, scope.log),
    };
  }
  const conf = realFile(scope.conf);
  return {
    steps: [
      `${conf}:`,
      `- line ${line.lineNumber}: json-log-path = ${line.logPath}`,
      `remove ${line.logPath}`,
    ],
    apply: async () => {
      try {
        takeOut(conf);
      } catch (error) {
        throw new WatchRefused((error as Error).message);
      }
      // Only now: while the line stands, each Nix command would make the file anew or complain that it cannot.
      removeLog(scope, line.logPath);
    },
  };
}

function takeOut(conf: string): void {
  const { text, hash } = readWithHash(conf);
  const line = findWatchLine(text);
  if (!line) return;
  const rest = removeWatchLine(text);
  if (rest !== "" || !line.fileMade) {
    replaceFile(conf, rest, hash);
    return;
  }
  removeFile(conf, hash);
  if (line.directoryMade) removeIfEmpty(dirname(conf));
}

/**
 * Made before the line is written, by us: whichever Nix process came first would make it otherwise, with mode 0644 and,
 * if that is the daemon, as root, and then every command of a user would print "Permission denied".
 */
function makeLog(scope: WatchScope, path: string): void {
  const directory = dirname(path);
  const made = mkdirSync(directory, { recursive: true, mode: scope.name === "system" ? 0o755 : 0o700 });
  if (made && scope.name === "system") chmodSync(directory, 0o755);
  if (existsSync(path) && !lstatSync(path).isFile())
    throw new WatchRefused(`${path} exists and is no regular file`);
  const descriptor = openSync(path, "a", scope.logMode);
  try {
    fchmodSync(descriptor, scope.logMode);
  } finally {
    closeSync(descriptor);
  }
  const { SUDO_UID, SUDO_GID } = process.env;
  if (scope.name === "system" && SUDO_UID && SUDO_GID) chownSync(path, Number(SUDO_UID), Number(SUDO_GID));
}

function backupPath(scope: WatchScope): string {
  return join(dirname(scope.log), "nix.conf.before-watch");
}

function backUp(scope: WatchScope, text: string): void {
  writeFileSync(backupPath(scope), Buffer.from(text, "latin1"), { mode: 0o600 });
}

function removeLog(scope: WatchScope, path: string): void {
  rmSync(path, { force: true });
  rmSync(backupPath(scope), { force: true });
  removeIfEmpty(dirname(path));
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Others keep something there, or it is gone already.
  }
}

/** Asks Nix itself whether it reads the line, and takes it out again if it does not. */
async function proveOrRestore(scope: WatchScope, conf: string): Promise<void> {
  const complaint = await nixReadsSetting("json-log-path", scope.log);
  if (complaint === null) return;
  takeOut(conf);
  throw new WatchRefused(`Nix did not take the line in ${conf} (${complaint}); it was taken out again`);
}
