/** What programs of macOS and Linux print, for the machines of the demonstration: real shapes with figures of our own. */

export interface DemoProcess {
  readonly pid: number;
  readonly parent: number;
  readonly user: string;
  /** Of one core: 1.5 is one and a half. */
  readonly cpu?: number;
  readonly residentMiB?: number;
  readonly elapsedSeconds: number;
  readonly args: string;
}

/** ps(1) with the columns that are asked for. */
export function processTable(processes: readonly DemoProcess[]): string {
  const rows = processes.map(({ pid, parent, user, cpu = 0, residentMiB = 6, elapsedSeconds, args }) =>
    [
      String(pid).padStart(5),
      String(parent).padStart(5),
      user.padEnd(12),
      (cpu * 100).toFixed(1).padStart(6),
      String(Math.round(residentMiB * 1024)).padStart(8),
      elapsed(elapsedSeconds).padStart(11),
      args,
    ].join(" "),
  );
  return `${["  PID  PPID USER           %CPU      RSS     ELAPSED ARGS", ...rows].join("\n")}\n`;
}

function elapsed(seconds: number): string {
  const two = (number: number) => String(Math.floor(number)).padStart(2, "0");
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24];
  const minutes = `${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  return days > 0
    ? `${two(days)}-${two(hours)}:${minutes}`
    : hours > 0
      ? `${two(hours)}:${minutes}`
      : minutes;
}

export interface DemoJob {
  readonly label: string;
  readonly pid: number;
  readonly args: readonly string[];
  readonly directory?: string;
  readonly log?: string;
}

/** `launchctl print`, as the collector asks for it; without a job: launchd does not know the label. */
export function launchdPrint(label: string, job: DemoJob | undefined): string {
  if (!job) return `Bad request.\nCould not find service "${label}" in domain for system\n= ${label} 113\n`;
  const lines = [
    `system/${label} = {`,
    "\tactive count = 1",
    `\tpath = /Library/LaunchDaemons/${label}.plist`,
    "\ttype = LaunchDaemon",
    "\tstate = running",
    "",
    `\tprogram = ${job.args[0]}`,
    "\targuments = {",
    ...job.args.map((word) => `\t\t${word}`),
    "\t}",
    ...(job.directory ? ["", `\tworking directory = ${job.directory}`] : []),
    ...(job.log ? ["", `\tstdout path = ${job.log}`, `\tstderr path = ${job.log}`] : []),
    "",
    "\tdomain = system",
    "\truns = 1",
    `\tpid = ${job.pid}`,
    "\tlast exit code = (never exited)",
    "",
    "\tspawn type = daemon (3)",
    "\tjob state = running",
    "\tproperties = keepalive | runatload",
    "}",
    `= ${label} 0`,
  ];
  return `${lines.join("\n")}\n`;
}

/** sysctl(8) of the section `load`. */
export function sysctlLoad(
  load: readonly number[],
  bootedAt: number,
  memoryGiB: number,
  cores: number,
): string {
  return [
    `vm.loadavg: { ${load.map((value) => value.toFixed(2)).join(" ")} }`,
    "vm.swapusage: total = 0.00M  used = 0.00M  free = 0.00M  (encrypted)",
    "kern.memorystatus_vm_pressure_level: 1",
    `kern.boottime: { sec = ${bootedAt}, usec = 0 } Thu Jan  1 00:00:00 1970`,
    `hw.memsize: ${memoryGiB * 1024 ** 3}`,
    `hw.ncpu: ${cores}`,
    "",
  ].join("\n");
}

/** vm_stat(1): GiB that are active, wired and compressed. */
export function vmStat(active: number, wired: number, compressed: number): string {
  const pages = (name: string, gibibytes: number) =>
    `${`${name}:`.padEnd(38)}${String(Math.round((gibibytes * 1024 ** 3) / 16_384)).padStart(10)}.`;
  return [
    "Mach Virtual Memory Statistics: (page size of 16384 bytes)",
    pages("Pages active", active),
    pages("Pages wired down", wired),
    pages("Pages occupied by compressor", compressed),
    "",
  ].join("\n");
}

/** iostat(8): its first row is an average, its second the last second. */
export function iostat(share: number, load: readonly number[]): string {
  const busy = Math.round(share * 100);
  const user = Math.round(busy * 0.8);
  const row = (us: number, sy: number) =>
    `   24.31  105  3.80  ${us} ${sy} ${100 - us - sy} ${load.map((value) => value.toFixed(2)).join(" ")}`;
  const header =
    "              disk0       cpu    load average\n    KB/t  tps  MB/s  us sy id   1m   5m   15m";
  return `${header}\n${row(4, 2)}\n${row(user, busy - user)}\n`;
}

/** df(1) of macOS: the volumes of one container share their room. */
export function macDisks(totalGiB: number, nixGiB: number, freeGiB: number): string {
  const row = (device: string, mount: string, used: number) =>
    `${device}   ${kib(totalGiB)}  ${kib(used)} ${kib(freeGiB)}    50% 2250000 5200000000    0%   ${mount}`;
  return [
    "Filesystem   1024-blocks      Used Available Capacity iused      ifree %iused  Mounted on",
    row("/dev/disk3s7", "/nix", nixGiB),
    row("/dev/disk3s5", "/System/Volumes/Data", totalGiB - nixGiB - freeGiB),
    "",
  ].join("\n");
}

/** df(1) of a Linux guest, with its inodes. */
export function linuxDisk(totalGiB: number, usedGiB: number): string {
  const available = Math.max(totalGiB * 0.95 - usedGiB, 0);
  return `Filesystem     1024-blocks     Used Available Capacity Mounted on
/dev/vda   ${kib(totalGiB)} ${kib(usedGiB)} ${kib(available)}  ${Math.round((usedGiB / totalGiB) * 100)}% /
overlay    ${kib(totalGiB)} ${kib(usedGiB)} ${kib(available)}  ${Math.round((usedGiB / totalGiB) * 100)}% /nix/store
Filesystem     Inodes  IUsed   IFree IUse% Mounted on
/dev/vda      2621440 914033 1707407   35% /
`;
}

/** /proc/loadavg, /proc/uptime, /proc/pressure. */
export function linuxLoad(load: readonly number[], uptime: number): string {
  const waits = (what: string, percent: number) =>
    `${what} some avg10=${percent.toFixed(2)} avg60=0.00 avg300=0.00 total=0`;
  return [
    `${load.map((value) => value.toFixed(2)).join(" ")} 4/124 4242`,
    `${uptime.toFixed(2)} ${(uptime * 2).toFixed(2)}`,
    ...[waits("cpu", 2.5), waits("io", 1.5), waits("memory", 0), ""],
  ].join("\n");
}

/** /proc/meminfo. */
export function meminfo(totalGiB: number, availableGiB: number): string {
  const row = (name: string, gibibytes: number) => `${`${name}:`.padEnd(16)}${kib(gibibytes).padStart(8)} kB`;
  return `${[row("MemTotal", totalGiB), row("MemFree", availableGiB / 2), row("MemAvailable", availableGiB), row("SwapTotal", 0), row("SwapFree", 0)].join("\n")}\n`;
}

/** /proc/stat: seconds of all cores together. */
export function procStat(cores: number, busySeconds: number, idleSeconds: number): string {
  const row = (name: string, share: number) =>
    `${name} ${Math.round((busySeconds * 100) / share)} 0 0 ${Math.round((idleSeconds * 100) / share)} 0 0 0 0 0 0`;
  const each = Array.from({ length: cores }, (_, at) => row(`cpu${at}`, cores));
  return `${[row("cpu ", 1), ...each, "oom_kill 0"].join("\n")}\n`;
}

function kib(gibibytes: number): string {
  return String(Math.round(gibibytes * 1024 * 1024));
}
