/**
 * Names the processes that write to a log, and ends the sessions of those that died without a word: nothing in the file
 * says that they are gone.
 */
import type { NixLogStream } from "../../model/nix-log/types.ts";
import { isLocalFileSystem } from "../system/file-system.ts";
import { describeProcesses, isAlive, type ProcessDescription } from "../system/processes.ts";

const checkMs = 2000;

export interface ProcessWatchOptions {
  path: string;
  stream: NixLogStream;
  now: () => number;
  /** Reads the file to its end: the last words of a process come before its end. */
  readFile: () => Promise<void>;
}

export interface ProcessWatch {
  /** Looks now. Never rejects. */
  check(): Promise<void>;
  stop(): void;
}

/**
 * Looks at the processes with an open session every two seconds. One that was seen alive and is gone has ended. One
 * that was never alive here has ended too, unless the file lies on a network file system: then it may be running on
 * another machine that shares the home directory.
 */
export function watchProcesses(options: ProcessWatchOptions): ProcessWatch {
  const seenAlive = new Set<number>();
  const named = new Set<number>();
  const local = isLocalFileSystem(options.path);
  let checking = false;
  const check = async () => {
    if (checking) return;
    checking = true;
    const onlyOurs = await local;
    const gone: number[] = [];
    const open = options.stream.openProcesses();
    for (const pid of open) {
      if (isAlive(pid)) seenAlive.add(pid);
      else if (seenAlive.has(pid) || onlyOurs) gone.push(pid);
    }
    await nameNew(open.filter((pid) => seenAlive.has(pid) && !named.has(pid)));
    if (gone.length > 0) await options.readFile();
    for (const pid of gone) {
      seenAlive.delete(pid);
      options.stream.processEnded(pid, options.now());
    }
    for (const pid of named) if (!open.includes(pid)) named.delete(pid);
    checking = false;
  };
  const nameNew = async (pids: number[]) => {
    for (const pid of pids) named.add(pid);
    for (const { pid, user, command } of await describeWriters(pids)) {
      options.stream.nameProcess(pid, `${command} · ${user}`);
    }
  };
  const timer = setInterval(() => void check(), checkMs);
  return { check, stop: () => clearInterval(timer) };
}

/**
 * What the writers are to a person. A worker of the daemon that has its client's pid in its title (`nix-daemon 4711`)
 * is described by its client. Source: NixOS/nix src/nix/unix/daemon.cc.
 */
async function describeWriters(pids: readonly number[]): Promise<ProcessDescription[]> {
  const found = await describeProcesses(pids);
  const clients = new Map<number, number>();
  for (const { pid, command } of found) {
    const client = command.match(/\bnix-daemon (\d+)$/)?.[1];
    if (client) clients.set(pid, Number(client));
  }
  const described = new Map((await describeProcesses([...clients.values()])).map((each) => [each.pid, each]));
  return found.map((each) => {
    const client = described.get(clients.get(each.pid) ?? 0);
    return client ? { ...client, pid: each.pid } : each;
  });
}
