/** A program in a pseudo-terminal (of util-linux' `script`), and what it costs: time, CPU, memory, bytes written. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { eventually } from "../support/lab-buildtop.ts";

const distFile = fileURLToPath(new URL("../../dist/buildtop.js", import.meta.url));

/** The flags that the published program starts its Node with. */
export function nodeFlags(): string[] {
  const shebang = readFileSync(distFile, "utf8").split("\n", 1)[0] ?? "";
  return (/^#!\/usr\/bin\/env -S node (.*)$/.exec(shebang)?.[1] ?? "").split(" ").filter(Boolean);
}

/** The command line of the built program on this machine. */
export function builtProgram(...args: string[]): string[] {
  return [process.execPath, ...nodeFlags(), distFile, ...args];
}

/** Why a program cannot be run in a pseudo-terminal here, or false. */
export function pseudoTerminalSkipReason(): string | false {
  if (process.platform !== "linux") return "needs Linux' /proc";
  return spawnSync("script", ["--version"]).status === 0 ? false : "needs script of util-linux";
}

export class TerminalProgram {
  readonly #script: ChildProcessWithoutNullStreams;
  #seen = "";
  #waiting: { text: string; found: (at: number) => void } | null = null;
  /** Bytes that the program has written to its terminal. */
  bytes = 0;
  /** When the terminal was there and the program began (ms, `performance.now`). */
  execAt = Number.NaN;

  constructor(
    argv: readonly string[],
    options: { columns?: number; rows?: number; env?: NodeJS.ProcessEnv } = {},
  ) {
    const size = `stty cols ${options.columns ?? 120} rows ${options.rows ?? 36}`;
    // The control character that goes before tells when the program begins.
    const command = `${size}; printf "\\001"; exec ${argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ")}`;
    const env = { ...(options.env ?? process.env), TERM: "xterm-256color", SHELL: "/bin/sh" };
    this.#script = spawn("script", ["-qfc", command, "/dev/null"], { env });
    this.#script.stdin.on("error", () => {}); // the program may be gone
    this.#script.stdout.on("data", (chunk: Buffer) => {
      if (this.bytes === 0) this.execAt = performance.now();
      this.bytes += chunk.length;
      const waiting = this.#waiting;
      if (!waiting) return;
      this.#seen = (this.#seen + chunk.toString("latin1")).slice(-200_000);
      if (!this.#seen.includes(waiting.text)) return;
      this.#waiting = null;
      waiting.found(performance.now());
    });
  }

  /** Resolves with the moment (ms, `performance.now`) at which the program has written that. */
  async writes(text: string): Promise<number> {
    this.#seen = "";
    return await new Promise((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`"${text}" never came`)), 30_000);
      this.#waiting = {
        text: Buffer.from(text).toString("latin1"),
        found: (at) => {
          clearTimeout(deadline);
          resolve(at);
        },
      };
    });
  }

  press(keys: string): void {
    this.#script.stdin.write(keys);
  }

  /** The program's own process. */
  async pid(): Promise<number> {
    const children = () =>
      spawnSync("pgrep", ["-P", `${this.#script.pid}`], { encoding: "utf8" }).stdout.trim();
    return Number(await eventually("the program runs", children));
  }

  async ended(): Promise<void> {
    if (this.#script.exitCode !== null || this.#script.signalCode !== null) return;
    await new Promise((resolve) => this.#script.once("exit", resolve));
  }

  /** Ends the program, the hard way. */
  async close(): Promise<void> {
    if (this.#script.exitCode === null) {
      const children = spawnSync("pgrep", ["-P", `${this.#script.pid}`], { encoding: "utf8" }).stdout;
      for (const pid of children.split("\n").filter(Boolean)) process.kill(Number(pid), "SIGKILL");
      await this.ended();
    }
  }
}

/** CPU time (ms) that a process has used: its own, and that of all it started, whether they have ended or not. */
export function cpuTime(pid: number): { own: number; children: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Fields 14 to 17 of proc(5), in clock ticks of 10 ms.
  const [user, system, childrenUser, childrenSystem] = fields
    .slice(11, 15)
    .map((ticks) => Number(ticks) * 10);
  const living = spawnSync("pgrep", ["-P", `${pid}`], { encoding: "utf8" })
    .stdout.split("\n")
    .filter(Boolean);
  const ofLiving = living.map((child) => {
    try {
      const { own, children } = cpuTime(Number(child));
      return own + children;
    } catch {
      // It has ended meanwhile: its parent has its time by now, or will have.
      return 0;
    }
  });
  const children = ofLiving.reduce((sum, ms) => sum + ms, childrenUser! + childrenSystem!);
  return { own: user! + system!, children };
}

/** Resident memory of a process, in bytes. */
export function residentMemory(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) * 1024;
}
