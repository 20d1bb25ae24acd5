/**
 * Ends the sessions of processes that died without a word: nothing in the file says that they are gone.
 */
import type { NixLogStream } from "../../model/nix-log/types.ts";
import { isLocalFileSystem } from "../system/file-system.ts";
import { isAlive } from "../system/processes.ts";

const checkMs = 2000;

export interface ProcessWatchOptions {
  path: string;
  stream: NixLogStream;
  now: () => number;
  /** Reads the file to its end: the last words of a process come before its end. */
  readFile: () => Promise<void>;
}

/**
 * Looks at the processes with an open session every two seconds. One that was seen alive and is gone has ended. One
 * that was never alive here has ended too, unless the file lies on a network file system: then it may be running on
 * another machine that shares the home directory. Returns how to stop.
 */
export function watchProcesses(options: ProcessWatchOptions): () => void {
  const seenAlive = new Set<number>();
  let local: boolean | null = null;
  let checking = false;
  void isLocalFileSystem(options.path).then((answer) => {
    local = answer;
  });
  const check = async () => {
    if (checking) return;
    checking = true;
    const gone: number[] = [];
    for (const pid of options.stream.openProcesses()) {
      if (isAlive(pid)) seenAlive.add(pid);
      else if (seenAlive.has(pid) || local === true) gone.push(pid);
    }
    if (gone.length > 0) await options.readFile();
    for (const pid of gone) {
      seenAlive.delete(pid);
      options.stream.processEnded(pid, options.now());
    }
    checking = false;
  };
  const timer = setInterval(() => void check(), checkMs);
  return () => clearInterval(timer);
}
