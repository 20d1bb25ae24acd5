/** Switches watching on and off: a log file made beforehand, and one line in a nix.conf. */
import { existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { addWatchLine, findWatchLine, removeWatchLine } from "../../model/nix-conf/watch-line.ts";
import { daemonRestartCommand, daemonStartTimes } from "../nix/daemon.ts";
import { nixReadsSetting } from "../nix/nix-setting.ts";
import { settingOrigins } from "./nix-conf-files.ts";
import { readWithHash, removeFile, replaceFile } from "./safe-write.ts";
import { makeDirectory, makeLog, removeLog } from "./watch-files.ts";
import { backupPath, readMemory, writeMemory } from "./watch-memory.ts";
import { refusal } from "./watch-refusal.ts";
import { currentWatchLine, logSetting, realFile, userScope, type WatchScope } from "./watch-scope.ts";

/** It cannot be switched on or off; the message says why and what to do, in one line. */
export class WatchRefused extends Error {}

export interface WatchChange {
  /** What will be done, line by line, for a person to agree to. Empty: nothing is to be done. */
  steps: readonly string[];
  /** Does it, and tells what is left for the person to do, or `null`. Throws `WatchRefused`; then all is as before. */
  apply(): Promise<string | null>;
}

/** What switching on would do. Throws `WatchRefused`. */
export async function planWatchOn(scope: WatchScope): Promise<WatchChange> {
  const line = currentWatchLine(scope);
  if (line) {
    const missing = !existsSync(line.logPath);
    return {
      steps: missing ? [`make ${line.logPath} (mode ${scope.logMode.toString(8)})`] : [],
      apply: async () => {
        refuseOnError(() => makeLog(scope, line.logPath));
        return null;
      },
    };
  }
  if (settingOrigins(logSetting).at(-1)?.value === scope.log) {
    // A configuration that we do not write sets it, as `refusal` told the person to do.
    const steps = existsSync(scope.log) ? [] : [`make ${scope.log}`];
    const apply = async () => {
      refuseOnError(() => makeLog(scope, scope.log));
      return null;
    };
    return { steps, apply };
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
      try {
        makeLog(scope, scope.log);
        if (before.hash !== "absent") {
          writeFileSync(backupPath(scope), Buffer.from(before.text, "latin1"), { mode: 0o600 });
        }
        makeDirectory(scope, dirname(conf), 0o755);
        replaceFile(conf, after, before.hash);
        await proveOrRestore(scope, conf);
      } catch (error) {
        removeLog(scope, scope.log);
        throw error instanceof WatchRefused ? error : new WatchRefused((error as Error).message);
      }
      if (scope.name === "user") return null;
      return `The daemon reads its settings when it starts; to see builds of old commands, too, ${restartIt()}.`;
    },
  };
}

/** Makes the user's log anew if it was removed while the line stands: without its directory each Nix command complains. */
export function healUserLog(): void {
  const scope = userScope();
  const line = currentWatchLine(scope);
  if (!line || existsSync(line.logPath)) return;
  try {
    makeLog(scope, line.logPath);
  } catch {
    // Read-only or full: `watch status` tells that the log is not there.
  }
}

/** What switching off would do. */
export function planWatchOff(scope: WatchScope): WatchChange {
  const line = currentWatchLine(scope);
  const log = line?.logPath ?? scope.log;
  const steps = existsSync(log) || readMemory(scope) ? [`remove ${log}`] : [];
  if (!line || scope.conf === null) return { steps, apply: () => removeOrWait(scope, log) };
  const conf = realFile(scope.conf);
  return {
    steps: [`${conf}:`, `- line ${line.lineNumber}: ${logSetting} = ${log}`, ...steps],
    apply: () => {
      refuseOnError(() => takeOut(conf));
      // Only now: while the line stands, each Nix command would make the file anew or complain that it cannot.
      return removeOrWait(scope, log);
    },
  };
}

/**
 * A daemon that was started while the line stood goes on writing; without the file's directory it would tell every
 * client that it cannot. So the file stays until that daemon is gone.
 */
async function removeOrWait(scope: WatchScope, log: string): Promise<string | null> {
  const memory = readMemory(scope);
  if (scope.name === "system" && memory) {
    const until = memory.switchedOffAt ?? Date.now();
    const starts = await daemonStartTimes();
    if (starts.some((start) => start > memory.switchedOnAt && start < until)) {
      writeMemory(scope, { ...memory, switchedOffAt: until });
      return `The daemon was started with the setting and still writes to ${log}: ${restartIt()}, then switch off once more.`;
    }
  }
  refuseOnError(() => removeLog(scope, log));
  return null;
}

function restartIt(): string {
  const command = daemonRestartCommand();
  return command === null ? "restart it" : `restart it with: ${command}`;
}

function refuseOnError(action: () => void): void {
  try {
    action();
  } catch (error) {
    throw new WatchRefused((error as Error).message);
  }
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

/** Asks Nix itself whether it reads the line, and takes it out again if it does not. */
async function proveOrRestore(scope: WatchScope, conf: string): Promise<void> {
  const complaint = await nixReadsSetting(logSetting, scope.log);
  if (complaint === null) return;
  takeOut(conf);
  throw new WatchRefused(`Nix did not take the line in ${conf} (${complaint}); it was taken out again`);
}
