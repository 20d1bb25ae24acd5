/**
 * The lab with disks that can be filled: both machines' /nix are small file systems of their own, in a directory of its own,
 * so that a test that fills one leaves the stores of other tests alone.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statfsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab, Suite } from "./lab.ts";

type Machine = "client" | "builder";

/** Room for what a few small derivations need, their tools and Nix's database. */
const diskBytes = 96 * 1024 * 1024;
const usualDirectory = process.env.BUILDTOP_LAB ?? "/var/tmp/buildtop-lab";
const prefix = "buildtop-small-disks-";

export class SmallDiskLab {
  readonly lab: Lab;
  readonly #directory: string;

  private constructor(lab: Lab, directory: string) {
    this.lab = lab;
    this.#directory = directory;
  }

  static async open(suite: Suite): Promise<SmallDiskLab> {
    removeLeftovers();
    const directory = join("/var/tmp", `${prefix}${process.pid}`);
    // test/support/lab.ts reads where everything lies when it is loaded.
    const { openLab } = await labIn(usualDirectory);
    if (!rootIsThere(suite)) await (await openLab(suite)).close();
    mkdirSync(directory, { mode: 0o755 });
    symlinkSync(join(usualDirectory, `root-${suite}`), join(directory, `root-${suite}`));
    for (const machine of ["client", "builder"] as const) {
      const path = join(directory, `run-${suite}`, machine);
      mkdirSync(path, { recursive: true });
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${diskBytes},mode=0755`, "buildtop-lab", path]);
    }
    process.once("exit", () => removeDirectory(directory));
    return new SmallDiskLab(await (await labIn(directory)).openLab(suite), directory);
  }

  /** Leaves that machine's disk with so many bytes of room, until `clear`. */
  fill(machine: Machine, roomBytes: number): void {
    const disk = join(this.lab.directory, machine);
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(this.#filler(machine), Buffer.alloc(bavail * bsize - roomBytes));
  }

  clear(machine: Machine): void {
    rmSync(this.#filler(machine), { force: true });
  }

  async close(): Promise<void> {
    await this.lab.close();
    removeDirectory(this.#directory);
  }

  #filler(machine: Machine): string {
    return join(this.lab.directory, machine, "filler");
  }
}

async function labIn(directory: string): Promise<typeof import("./lab.ts")> {
  process.env.BUILDTOP_LAB = directory;
  return await import(`./lab.ts?${encodeURIComponent(directory)}`);
}

function rootIsThere(suite: Suite): boolean {
  const script = new URL("../lab/make-root.sh", import.meta.url).pathname;
  const env = { ...process.env, BUILDTOP_LAB: usualDirectory };
  return spawnSync("bash", [script, "--is-there", suite], { env }).status === 0;
}

/** Of tests that were killed. */
function removeLeftovers(): void {
  for (const name of readdirSync("/var/tmp")) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : 0;
    if (pid > 0 && spawnSync("kill", ["-0", String(pid)]).status !== 0)
      removeDirectory(join("/var/tmp", name));
  }
}

function removeDirectory(directory: string): void {
  for (const suite of ["forky", "trixie", "bookworm"])
    for (const machine of ["client", "builder"])
      spawnSync("umount", ["--lazy", join(directory, `run-${suite}`, machine)], { stdio: "ignore" });
  // Never into a disk that is still there.
  spawnSync("rm", ["-rf", "--one-file-system", directory]);
}
