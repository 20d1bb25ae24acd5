/** What runs on this machine, by process id. */
import { execFile } from "node:child_process";
import { cleanText } from "../../model/text/clean.ts";

const deadlineMs = 3000;

/** Whether a process has this id now. One of another user counts: it may not be signalled, but it is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

export interface ProcessDescription {
  pid: number;
  /** Cleaned. */
  user: string;
  /** The command line as `ps` shows it, cleaned. */
  command: string;
}

/** Who runs these processes and what they are; those that are gone are left out. Never rejects. */
export function describeProcesses(pids: readonly number[]): Promise<ProcessDescription[]> {
  if (pids.length === 0) return Promise.resolve([]);
  const args = ["-o", "pid=,user=,args=", "-p", pids.join(",")];
  return new Promise((resolve) => {
    execFile("ps", args, { timeout: deadlineMs, env: { ...process.env, LC_ALL: "C" } }, (_error, stdout) => {
      // ps exits 1 when some of them are gone; what it printed is right all the same.
      resolve(stdout.split("\n").flatMap(parseRow));
    });
  });
}

function parseRow(row: string): ProcessDescription[] {
  const match = row.match(/^\s*(\d+)\s+(\S+)\s+(.*)$/);
  return match ? [{ pid: Number(match[1]), user: cleanText(match[2]!), command: cleanText(match[3]!) }] : [];
}
