/** The Nix daemon as a process of this machine. */
import { existsSync } from "node:fs";
import { ask } from "../system/ask.ts";
import { processAgeMs } from "../system/processes.ts";

const deadlineMs = 3000;

/**
 * When the daemons of this machine started, in ms since 1970. A daemon reads its settings once, when it starts; the
 * workers that it forks for its clients have them from it. Empty: none runs, or `ps` did not answer.
 */
export async function daemonStartTimes(): Promise<number[]> {
  const rows = await processTable();
  const daemons = new Set(rows.filter(({ command }) => isDaemon(command)).map(({ pid }) => pid));
  const mains = rows.filter(({ pid, parent }) => daemons.has(pid) && !daemons.has(parent));
  const ages = await Promise.all(mains.map(({ pid }) => processAgeMs(pid)));
  return ages.flatMap((age) => (age === null ? [] : [Date.now() - age]));
}

/** What a person types to restart it, such as `sudo systemctl restart nix-daemon`; `null` where we do not know. */
export function daemonRestartCommand(): string | null {
  if (process.platform === "linux") {
    return existsSync("/run/systemd/system") ? "sudo systemctl restart nix-daemon" : null;
  }
  for (const label of ["systems.determinate.nix-daemon", "org.nixos.nix-daemon"]) {
    if (existsSync(`/Library/LaunchDaemons/${label}.plist`))
      return `sudo launchctl kickstart -k system/${label}`;
  }
  return null;
}

function isDaemon(command: string): boolean {
  const [program = "", first = ""] = command.trim().split(/\s+/);
  const name = program.slice(program.lastIndexOf("/") + 1);
  return name === "nix-daemon" || ((name === "nix" || name === "determinate-nixd") && first === "daemon");
}

async function processTable(): Promise<{ pid: number; parent: number; command: string }[]> {
  const { stdout } = await ask("ps", ["-axo", "pid=,ppid=,args="], deadlineMs);
  return stdout.split("\n").flatMap((row) => {
    const match = row.match(/^\s*(\d+)\s+(\d+)\s+(.*)$/);
    return match ? [{ pid: Number(match[1]), parent: Number(match[2]), command: match[3]! }] : [];
  });
}
