/** Real Nix for tests: a client with its daemon and a remote builder, as test/lab makes them. */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Nix 2.34, 2.26 and 2.8, by the Debian release that they come from. */
export type Suite = "forky" | "trixie" | "bookworm";

/** Whose command: `dev`, whom the daemon trusts; `guest`, whom it does not; `root`; or root at the builder. */
export type Who = "client" | "guest" | "root" | "builder";

export interface RunOptions {
  who?: Who;
  /** Environment of the command; only `NIX_*`, `TERM`, `COLORTERM`, `COLUMNS` and `LINES` reach it. */
  env?: Record<string, string>;
  /** What it reads from stdin; nothing by default. */
  stdin?: string;
  /** After so long it is killed and the call fails, so that a test never hangs. */
  deadlineMs?: number;
}

export interface Result {
  /** `null` if a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

const labDirectory = process.env.BUILDTOP_LAB ?? "/var/tmp/buildtop-lab";
const script = resolve(import.meta.dirname, "../lab/lab.sh");
const suites: readonly Suite[] = ["forky", "trixie", "bookworm"];

/** Why the lab cannot run on this machine, or false if it can. Hand it to a test's `skip`. */
export function labSkipReason(): string | false {
  if (process.platform !== "linux") return "the lab of real Nix needs Linux";
  if (process.getuid?.() !== 0) return "the lab of real Nix needs root";
  if (!onPath("unshare") || !onPath("setpriv") || !onPath("flock"))
    return "the lab of real Nix needs util-linux";
  if (!onPath("pgrep")) return "the lab of real Nix needs procps";
  if (suites.every((suite) => existsSync(join(labDirectory, `root-${suite}/etc/buildtop-lab`)))) return false;
  if (!isDebian() || !onPath("mmdebstrap")) return "the lab of real Nix needs Debian with mmdebstrap";
  if (!aptKnowsPackages()) return "the lab of real Nix needs apt's package lists; run: apt-get update";
  return false;
}

/** Relatives have other mirrors, and those have no Debian releases. */
export function isDebian(): boolean {
  return existsSync("/etc/os-release") && /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
}

/** Whether apt-get update was ever run, without which no root file system can be made. */
export function aptKnowsPackages(): boolean {
  const lists = "/var/lib/apt/lists";
  return existsSync(lists) && readdirSync(lists).some((name) => name.endsWith("Release"));
}

/** Whether the program is in a directory of PATH. */
export function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(":").some((directory) => existsSync(join(directory, program)));
}

/**
 * Starts the lab with that release's Nix and waits until it answers. Waits for another lab on this machine, and
 * ends whatever an earlier one left running. Throws with the lab's own words if it does not come up.
 */
export async function openLab(suite: Suite): Promise<Lab> {
  const keeper = spawn("bash", [script, "up", suite], { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  keeper.stderr.on("data", (chunk) => {
    said = (said + chunk).slice(-4096);
  });
  await new Promise<void>((ready, failed) => {
    keeper.once("error", failed);
    keeper.once("exit", (code) => failed(new Error(`the lab did not start (exit ${code}): ${said}`)));
    keeper.stdout.once("data", () => ready());
  });
  return new Lab(suite, keeper);
}

/** A running lab. It ends with `close`, and by itself when this process ends, however it ends. */
export class Lab {
  readonly suite: Suite;
  /** The run's directory here; inside it is /lab/run. */
  readonly directory: string;
  /** The directory here that is `/` inside. */
  readonly root: string;
  /** The process that holds the lab up; only a test of the lab itself does anything to it. */
  readonly keeper: ChildProcess;
  #stamps = 0;

  constructor(suite: Suite, keeper: ChildProcess) {
    this.suite = suite;
    this.directory = join(labDirectory, `run-${suite}`);
    this.root = join(labDirectory, `root-${suite}`);
    this.keeper = keeper;
  }

  /** For `--argstr stamp`: a new one makes each derivation of cases/*.nix one that was never built. */
  stamp(): string {
    return `${Date.now().toString(36)}-${process.pid}-${this.#stamps++}`;
  }

  /** The command line that runs `argv` inside; as it replaces itself, its process id is that of the command. */
  commandLine(argv: readonly string[], who: Who = "client"): [string, ...string[]] {
    return ["bash", script, who, this.suite, ...argv];
  }

  /** What `commandLine` needs in its environment. */
  environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("NIX_"));
    return { ...Object.fromEntries(kept), TERM: "xterm-256color", LAB_NODE: process.execPath, ...more };
  }

  /** Starts a command and hands over the process: for tests that send signals, write to it or watch its output. */
  start(
    argv: readonly string[],
    options: RunOptions & { stdio?: SpawnOptions["stdio"]; detached?: boolean } = {},
  ) {
    const [file, ...rest] = this.commandLine(argv, options.who);
    return spawn(file, rest, {
      stdio: options.stdio ?? ["pipe", "pipe", "pipe"],
      env: this.environment(options.env),
      detached: options.detached ?? false,
    });
  }

  /** Runs a command to its end. Its failure is a result, not an error; passing the deadline is an error. */
  async run(argv: readonly string[], options: RunOptions = {}): Promise<Result> {
    const child = this.start(argv, options);
    child.stdin?.on("error", () => {}); // it need not read what it is given
    child.stdin?.end(options.stdin ?? "");
    return await finished(child, argv, options.deadlineMs);
  }

  /** `run` that expects success and returns stdout without its last line end. */
  async output(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    const result = await this.run(argv, options);
    if (result.status !== 0)
      throw new Error(`${argv.join(" ")}: exit ${result.status ?? result.signal}\n${result.stderr}`);
    return result.stdout.replace(/\n$/, "");
  }

  /** Restarts the client's daemon, which reads its settings only when it starts. */
  async restartDaemon(): Promise<void> {
    await this.#verb(["restart-daemon", this.suite]);
  }

  /** Starts the builder's sshd anew, perhaps with another host key than the client knows. */
  async restartSshd(hostKey?: string): Promise<void> {
    await this.stopSshd();
    await this.#verb(["start-sshd", this.suite, ...(hostKey ? [hostKey] : [])]);
  }

  /** Ends the builder's sshd and all its sessions at once, as a machine that goes away does. */
  async stopSshd(): Promise<void> {
    await this.#verb(["stop-sshd", this.suite]);
  }

  async #verb(argv: string[]): Promise<void> {
    // sshd keeps what it inherits open, so it must not inherit a pipe that we wait for.
    const child = spawn("bash", [script, ...argv], { stdio: ["ignore", "ignore", "inherit"] });
    const result = await finished(child, argv);
    if (result.status !== 0) throw new Error(`lab.sh ${argv.join(" ")} failed`);
  }

  /** Process ids of the builders that are at work at the client. */
  builders(): number[] {
    const found = spawnSync("pgrep", ["-U", "32001,32002,32003,32004,32005,32006,32007,32008"], {
      encoding: "utf8",
    });
    return found.stdout.split("\n").filter(Boolean).map(Number);
  }

  /** Stops everything that runs inside. */
  async close(): Promise<void> {
    if (this.keeper.exitCode !== null || this.keeper.signalCode !== null) return;
    const ended = new Promise((resolve) => this.keeper.once("exit", resolve));
    this.keeper.stdin?.end();
    await ended;
  }
}

/** Waits for a process and collects what it prints; kills it and throws when `deadlineMs` (60 s) have passed. */
export async function finished(
  child: ChildProcess,
  argv: readonly string[],
  deadlineMs = 60_000,
): Promise<Result> {
  const printed = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout?.on("data", (chunk) => printed.stdout.push(chunk));
  child.stderr?.on("data", (chunk) => printed.stderr.push(chunk));
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, deadlineMs);
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve([code, signal]));
  }).finally(() => clearTimeout(deadline));
  const result = {
    status,
    signal,
    stdout: Buffer.concat(printed.stdout).toString(),
    stderr: Buffer.concat(printed.stderr).toString(),
  };
  if (late)
    throw new Error(`${argv.join(" ")}: not done after ${deadlineMs} ms\n${result.stdout}\n${result.stderr}`);
  return result;
}
