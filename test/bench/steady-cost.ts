/**
 * What the dashboard costs while it is just there, against btop in a terminal of the same size: CPU, bytes written to
 * the terminal, and memory against a bare Node.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Lab, openLab } from "../support/lab.ts";
import { endToEndSkipReason, nixBuild } from "../support/lab-buildtop.ts";
import type { Bench, Figure } from "./row.ts";
import {
  cpuTime,
  nodeFlags,
  pseudoTerminalSkipReason,
  residentMemory,
  TerminalProgram,
} from "./terminal-program.ts";

const settleMs = 5000;
const windowMs = 30_000;

export const steadyCost: Bench = {
  name: "steady-cost",
  async run() {
    const reason =
      endToEndSkipReason() ||
      pseudoTerminalSkipReason() ||
      (spawnSync("btop", ["--version"]).error && "needs btop");
    if (reason) return [{ what: "CPU, bytes and memory, idle and with three builds", skipped: reason }];
    const lab = await openLab("forky");
    try {
      return [
        ...(await idle(lab)),
        await threeBuilds(lab, "silent", "three builds running, silent: CPU of its own process"),
        await threeBuilds(lab, "talking", "three builds running, 2 lines/s each: the same"),
      ];
    } finally {
      await lab.close();
    }
  },
};

async function idle(lab: Lab): Promise<Figure[]> {
  await lab.output(["/lab/node", "/lab/buildtop/buildtop.js", "watch", "on"]);
  const bare = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  const { program, btop } = await sideBySide(lab, []);
  const bareMemory = residentMemory(bare.pid!);
  bare.kill();
  return [
    {
      what: "nothing building: CPU of its own process",
      figure: share(program.cpu.own),
      yardstick: `btop: ${share(btop.cpu.own)}`,
      ratio: program.cpu.own / btop.cpu.own,
      bar: 1,
    },
    {
      what: "nothing building: CPU with its children",
      figure: share(program.cpu.own + program.cpu.children),
      yardstick: `btop: ${share(btop.cpu.own)}`,
      ratio: (program.cpu.own + program.cpu.children) / btop.cpu.own,
      bar: 2,
    },
    {
      what: "nothing building: bytes written to the terminal",
      figure: `${program.bytes} B in ${windowMs / 1000} s`,
      yardstick: `btop: ${btop.bytes} B`,
      ratio: program.bytes,
      bar: 0,
      unit: "B",
    },
    {
      what: "nothing building: memory at 120x36",
      figure: `${Math.round(program.memory / 2 ** 20)} MiB`,
      yardstick: `bare node: ${Math.round(bareMemory / 2 ** 20)} MiB`,
      ratio: program.memory / bareMemory,
      bar: 2.5,
    },
  ];
}

async function threeBuilds(lab: Lab, attribute: "silent" | "talking", what: string): Promise<Figure> {
  const { program, btop } = await sideBySide(lab, [
    "run",
    "--",
    ...nixBuild("three", attribute, lab.stamp()),
  ]);
  return {
    what,
    figure: share(program.cpu.own),
    yardstick: `btop: ${share(btop.cpu.own)}`,
    ratio: program.cpu.own / btop.cpu.own,
    bar: 3,
  };
}

interface Cost {
  /** ms of CPU in the window. */
  cpu: { own: number; children: number };
  bytes: number;
  memory: number;
}

/** Both at once, so that whatever else the machine does hits both. */
async function sideBySide(lab: Lab, args: string[]): Promise<{ program: Cost; btop: Cost }> {
  const settings = mkdtempSync(join(tmpdir(), "buildtop-bench-"));
  mkdirSync(join(settings, "btop"));
  writeFileSync(join(settings, "btop/btop.conf"), "update_ms = 2000\n");
  const inLab = lab.commandLine(["/lab/node", ...nodeFlags(), "/lab/buildtop/buildtop.js", ...args]);
  const programs = [
    new TerminalProgram(inLab, { env: lab.environment() }),
    new TerminalProgram(["btop", "--utf-force"], { env: { ...process.env, XDG_CONFIG_HOME: settings } }),
  ];
  try {
    await sleep(settleMs);
    // The clock in the header shows minutes: the window lies within one, so that what is written has another reason.
    const intoMinute = Date.now() % 60_000;
    if (intoMinute + windowMs > 59_000) await sleep(60_300 - intoMinute);
    const [program, btop] = await Promise.all(programs.map(cost));
    return { program: program!, btop: btop! };
  } finally {
    await Promise.all(programs.map((program) => program.close()));
    rmSync(settings, { recursive: true });
  }
}

async function cost(program: TerminalProgram): Promise<Cost> {
  const pid = await program.pid();
  const before = { cpu: cpuTime(pid), bytes: program.bytes };
  await sleep(windowMs);
  const cpu = cpuTime(pid);
  return {
    cpu: { own: cpu.own - before.cpu.own, children: cpu.children - before.cpu.children },
    bytes: program.bytes - before.bytes,
    memory: residentMemory(pid),
  };
}

function share(ms: number): string {
  return `${((ms / windowMs) * 100).toFixed(2)} %`;
}
