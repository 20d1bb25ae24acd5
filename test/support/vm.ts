/** A Linux VM under QEMU with real Nix inside, as test/lab/vm.sh makes it: what a linux-builder is on a Mac. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { finished, labSkipReason, onPath, type Result, type Suite } from "./lab.ts";

const labDirectory = process.env.BUILDTOP_LAB ?? "/var/tmp/buildtop-lab";
const script = resolve(import.meta.dirname, "../lab/vm.sh");

export interface VmOptions {
  /** Whose Nix it has; that of forky by default. */
  suite?: Suite;
  /** Its ssh port on 127.0.0.1, a free one by default; with 31522 the lab's client knows it as lab-builder. */
  port?: number;
  /** 1024 by default. */
  memoryMib?: number;
  /** 2 by default. */
  cores?: number;
}

/** Why no VM can run on this machine, or false if it can. Hand it to a test's `skip`. */
export function vmSkipReason(): string | false {
  const reason = labSkipReason();
  if (reason) return reason;
  if (process.arch !== "x64") return "the VM needs an x86_64 machine";
  const programs: Record<string, string> = {
    "qemu-system-x86_64": "qemu-system-x86",
    cpio: "cpio",
    modprobe: "kmod",
    "mkfs.ext4": "e2fsprogs",
    ssh: "openssh-client",
  };
  const missing = Object.keys(programs).find((program) => !onPath(program));
  return missing ? `the VM needs ${programs[missing]}` : false;
}

/**
 * Boots a VM and waits until its sshd answers: 6 s without KVM, and 10 s more if its disk was never made. Throws with its
 * own words if it does not come up. It ends with `close`, and when this process ends, however it ends.
 */
export async function startVm(options: VmOptions = {}): Promise<Vm> {
  const { suite = "forky", memoryMib = 1024, cores = 2 } = options;
  const port = options.port ?? (await freePort());
  const directory = mkdtempSync(join(tmpdir(), "buildtop-vm-"));
  const keeper = spawn("bash", [script, "up", suite, directory, String(port)], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, MEM: String(memoryMib), CPUS: String(cores) },
  });
  let said = "";
  keeper.stderr.on("data", (chunk) => {
    said = (said + chunk).slice(-4096);
  });
  try {
    await new Promise<void>((ready, failed) => {
      keeper.once("error", failed);
      keeper.once("exit", (code) => failed(new Error(`the VM did not start (exit ${code}): ${said}`)));
      keeper.stdout.once("data", () => ready());
    });
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  return new Vm(suite, port, directory, keeper);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

/** A running VM; `builder` and `root` log in by key. */
export class Vm {
  /** On 127.0.0.1. */
  readonly port: number;
  /** The private key of both users, mode 600. */
  readonly key: string;
  /** A known_hosts that knows it as `lab-builder` (HostKeyAlias). */
  readonly knownHosts: string;
  readonly #directory: string;
  readonly #keeper: ChildProcess;

  constructor(suite: Suite, port: number, directory: string, keeper: ChildProcess) {
    this.port = port;
    this.key = join(labDirectory, `vm-${suite}/key`);
    this.knownHosts = join(labDirectory, `vm-${suite}/known_hosts`);
    this.#directory = directory;
    this.#keeper = keeper;
  }

  /** Runs a shell command in it. Its failure is a result, not an error; no answer within the deadline is one. */
  async ssh(command: string, user: "builder" | "root" = "builder", deadlineMs = 60_000): Promise<Result> {
    const options = [
      `UserKnownHostsFile=${this.knownHosts}`,
      "HostKeyAlias=lab-builder",
      "IdentitiesOnly=yes",
      "BatchMode=yes",
    ].flatMap((option) => ["-o", option]);
    const where = ["-F", "none", "-i", this.key, "-p", String(this.port), `${user}@127.0.0.1`];
    const argv = [...options, ...where, command];
    return await finished(spawn("ssh", argv, { stdio: ["ignore", "pipe", "pipe"] }), argv, deadlineMs);
  }

  /** Stops its processors, as a VM that hangs: the port accepts, and nobody says a word. */
  async pause(): Promise<void> {
    await this.#monitor("stop");
  }

  async resume(): Promise<void> {
    await this.#monitor("cont");
  }

  /** Ends QEMU at once, as a crash does. */
  async kill(): Promise<void> {
    process.kill(Number(readFileSync(join(this.#directory, "qemu.pid"), "utf8")), "SIGKILL");
    await this.close();
  }

  /** Ends it; what was written in it is gone. A second time does nothing. */
  async close(): Promise<void> {
    if (this.#keeper.exitCode === null && this.#keeper.signalCode === null) {
      const ended = new Promise((resolve) => this.#keeper.once("exit", resolve));
      this.#keeper.stdin?.end();
      await ended;
    }
    if (existsSync(this.#directory)) rmSync(this.#directory, { recursive: true });
  }

  /** One command to QEMU's monitor (QMP): a greeting, the handshake, the command; each answer is a line of JSON. */
  async #monitor(command: string): Promise<void> {
    const socket = createConnection(join(this.#directory, "qmp.sock"));
    try {
      const lines = createInterface({ input: socket });
      const steps = ["qmp_capabilities", command];
      for await (const line of lines) {
        const said = JSON.parse(line);
        if (said.error) throw new Error(`QEMU said: ${line}`);
        if (said.event) continue;
        const next = steps.shift();
        if (next === undefined) return;
        socket.write(`${JSON.stringify({ execute: next })}\n`);
      }
      throw new Error("QEMU closed its monitor");
    } finally {
      socket.destroy();
    }
  }
}
