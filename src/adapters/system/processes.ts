/** What runs on this machine, by process id. */
import { readFileSync } from "node:fs";
import { cleanText } from "../../model/text/clean.ts";
import { ask } from "./ask.ts";

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
export async function describeProcesses(pids: readonly number[]): Promise<ProcessDescription[]> {
  if (pids.length === 0) return [];
  const args = ["-o", "pid=,user=,args=", "-p", pids.join(",")];
  // ps exits 1 when some of them are gone; what it printed is right all the same.
  return (await ask("ps", args, deadlineMs)).stdout.split("\n").flatMap(parseRow);
}

function parseRow(row: string): ProcessDescription[] {
  const match = row.match(/^\s*(\d+)\s+(\S+)\s+(.*)$/);
  return match ? [{ pid: Number(match[1]), user: cleanText(match[2]!), command: cleanText(match[3]!) }] : [];
}

/** How long a process has been running, in ms; `null` if it is gone. Exact to 10 ms on Linux, to a second elsewhere. */
export async function processAgeMs(pid: number): Promise<number | null> {
  if (process.platform === "linux") {
    try {
      // proc(5): field 22, counted behind the name (which may hold anything), in hundredths of a second since boot.
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      const started = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]) * 10;
      const uptime = Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1000;
      return uptime - started;
    } catch {
      return null;
    }
  }
  const { stdout } = await ask("ps", ["-o", "etime=", "-p", String(pid)], deadlineMs);
  const match = stdout.trim().match(/^(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)$/);
  if (!match) return null;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!) * 1000;
}
