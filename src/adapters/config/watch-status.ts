/** What is switched on, where, and what stays unseen. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { findNixVersion } from "../nix/nix-version.ts";
import { describeProcesses, type ProcessDescription } from "../system/processes.ts";
import { settingOrigins } from "./nix-conf-files.ts";
import { readMemory } from "./watch-memory.ts";
import {
  currentWatchLine,
  logSetting,
  type ScopeName,
  systemScope,
  userScope,
  type WatchScope,
} from "./watch-scope.ts";

/** What `buildtop watch status --json` prints. */
export interface WatchStatus {
  version: 1;
  /** `Nix 2.34.8`; `null` without Nix. */
  nix: string | null;
  scopes: ScopeStatus[];
  /** What cannot be seen, each in one line. */
  notSeen: string[];
}

interface ScopeStatus {
  scope: ScopeName;
  /** `broken`: the line is there, but what it names is not, or another line wins over it. */
  state: "on" | "off" | "broken";
  why: string | null;
  conf: string | null;
  log: string | null;
  sizeBytes: number | null;
  /** Whose commands write, in words. */
  writers: string | null;
  /** Processes that the end of the log tells of and that run now. */
  processes: ProcessDescription[];
}

const tailBytes = 256 * 1024;

export async function watchStatus(): Promise<WatchStatus> {
  const nix = await findNixVersion();
  const scopes = await Promise.all([userScope(), systemScope()].map(scopeStatus));
  const [user, system] = scopes;
  const notSeen: string[] = [];
  if (nix === null) notSeen.push("any build: no `nix` on PATH answers here");
  else if (user?.state !== "on" && system?.state !== "on")
    notSeen.push("every build that was not started with buildtop run");
  else if (system?.state !== "on") {
    notSeen.push(
      "builds of old commands (nix-build, nix-store, nix-env) and of other users: watch on --system sees them",
    );
  } else notSeen.push("evaluation of old commands, and of commands that read another nix.conf");
  return { version: 1, nix: nix?.name ?? null, scopes, notSeen };
}

async function scopeStatus(scope: WatchScope): Promise<ScopeStatus> {
  const line = currentWatchLine(scope);
  const effective = settingOrigins(logSetting).at(-1);
  if (!line && effective?.value !== scope.log) return statusOff(scope);
  const log = line?.logPath ?? scope.log;
  const overruled = scope.name === "user" && effective && effective.value !== log;
  const sizeBytes = sizeOf(log);
  const why = overruled
    ? `${effective.source} sets it to ${effective.value}, and that counts`
    : sizeBytes === null
      ? "its log is gone, and without its directory each nix command complains; repair it with: buildtop watch on"
      : null;
  return {
    ...{
      scope: scope.name,
      state: why === null ? "on" : "broken",
      why,
      conf: scope.conf,
      log,
      sizeBytes,
    },
    writers:
      scope.name === "user"
        ? "your own `nix` commands"
        : "the `nix` commands of all users, and the daemon for every build, also of old commands",
    processes: await describeProcesses(recentProcesses(log)),
  };
}

function statusOff(scope: WatchScope): ScopeStatus {
  // See `planWatchOff`: a daemon that still has the setting goes on writing.
  const waiting = readMemory(scope)?.switchedOffAt != null;
  const why = waiting ? "its log stays until the daemon was restarted; then switch it off once more" : null;
  const nothing = { log: null, sizeBytes: null, writers: null, processes: [] };
  return { scope: scope.name, state: "off", why, conf: scope.conf, ...nothing };
}

function sizeOf(path: string): number | null {
  try {
    return statSync(path).size;
  } catch {
    return null;
  }
}

/** Process ids in the last part of the log: the upper half of an activity's id is the pid of the process that made it. */
function recentProcesses(path: string): number[] {
  let text: string;
  try {
    const { size } = statSync(path);
    const descriptor = openSync(path, "r");
    const buffer = Buffer.alloc(Math.min(size, tailBytes));
    text = buffer.toString("latin1", 0, readSync(descriptor, buffer, 0, buffer.length, size - buffer.length));
    closeSync(descriptor);
  } catch {
    // Of another user, and we are not root: then nobody can be named.
    return [];
  }
  const pids = new Set<number>();
  for (const [, id] of text.matchAll(/^\{"action":"start"[^\n]*?"id":(\d{1,20}),/gm)) {
    const pid = Number(BigInt(id!) >> 32n);
    if (pid > 0) pids.add(pid);
  }
  return [...pids].slice(-50);
}
