/** Switches watching on and off: a log file made beforehand, and one line in a nix.conf. */
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fchmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
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
  const after = addWatchLine(
    before.text,
    Buffer.from(scope.log).toString("latin1"),
    scope.name,
    before.hash === "absent",
  );
  const added = Buffer.from(after.trimEnd().split("\n").at(-1)!, "latin1").toString("utf8");
  return {
    steps: [`make ${scope.log} (mode ${scope.logMode.toString(8)})`, `${conf}:`, `+ ${added}`],
    apply: async () => {
      makeLog(scope, scope.log);
      try {
        if (before.hash !== "absent") backUp(scope, before.text);
        makeDirectory(scope, dirname(conf), 0o755);
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
}

/**
 * Made before the line is written, by us: whichever Nix process came first would make it otherwise, with mode 0644 and,
 * if that is the daemon, as root, and then every command of a user would print "Permission denied".
 */
function makeLog(scope: WatchScope, path: string): void {
  makeDirectory(scope, dirname(path), scope.name === "system" ? 0o755 : 0o700);
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

/** Beside the log: the nix.conf as it was, and the directories that we made. */
function backupPath(scope: WatchScope): string {
  return join(dirname(scope.log), "nix.conf.before-watch");
}
function madePath(scope: WatchScope): string {
  return join(dirname(scope.log), "made-directories");
}

function backUp(scope: WatchScope, text: string): void {
  writeFileSync(backupPath(scope), Buffer.from(text, "latin1"), { mode: 0o600 });
}

/** Makes a directory and those above it, and remembers which ones, so that off can leave nothing behind. */
function makeDirectory(scope: WatchScope, path: string, mode: number): void {
  const first = mkdirSync(path, { recursive: true, mode });
  if (first === undefined) return;
  const made = [path];
  while (made.at(-1) !== first) made.push(dirname(made.at(-1)!));
  // Whatever the umask was: everybody must be able to reach the machine's log.
  if (scope.name === "system") for (const directory of made) chmodSync(directory, mode);
  appendFileSync(madePath(scope), `${made.join("\n")}\n`, { mode: 0o600 });
}

function removeLog(scope: WatchScope, path: string): void {
  const made = madeDirectories(scope);
  for (const each of [path, backupPath(scope), madePath(scope)]) rmSync(each, { force: true });
  // The deepest first.
  const directories = [...new Set([dirname(path), ...made])].sort((one, other) => other.length - one.length);
  for (const directory of directories) removeIfEmpty(directory);
}

function madeDirectories(scope: WatchScope): string[] {
  try {
    return readFileSync(madePath(scope), "utf8")
      .split("\n")
      .filter((path) => path.startsWith("/"));
  } catch {
    // We made none.
    return [];
  }
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
