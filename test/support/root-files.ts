/** Machines with files that belong to root, and the ways by which they are written. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostFor } from "../../src/adapters/hosts/choose-host.ts";
import type { Host } from "../../src/adapters/hosts/host.ts";
import { localHost } from "../../src/adapters/hosts/local-host.ts";
import { startMac } from "./mac.ts";
import { findProgram, startSshd } from "./sshd.ts";

export interface RootFiles {
  readonly host: Host;
  readonly sudo: boolean;
  /** A directory of root's over there, empty at first. */
  readonly directory: string;
  /** Runs a shell script there as root, past all that is tested; `$1`… are the words. Fails with it. */
  sh(script: string, ...words: string[]): Promise<string>;
  end(): Promise<void>;
}

const isRoot = process.getuid?.() === 0;
export const withoutRoot: string | false = isRoot ? false : "needs root";

/** Why no ordinary user with sudo can be made here; `false` where one can. */
export const withoutSudo: string | false =
  process.platform !== "linux"
    ? "users are made on Linux only"
    : !isRoot
      ? "only root can make a user"
      : (["sudo", "useradd", "userdel", "setpriv"]
          .filter((name) => findProgram(name) === null)
          .map((name) => `there is no ${name} here`)[0] ?? false);

async function here(script: string, words: readonly string[]): Promise<string> {
  return execFileSync("/bin/sh", ["-ec", script, "sh", ...words], { encoding: "utf8" });
}

function makeDirectory(): { directory: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), "buildtop-root-files-"));
  execFileSync("chmod", ["755", directory]);
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** This machine, as whoever runs the tests. */
export async function filesHere(): Promise<RootFiles> {
  const { directory, remove } = makeDirectory();
  const host = localHost();
  const end = async () => {
    await host.close();
    remove();
  };
  return { host, sudo: false, directory, sh: (script, ...words) => here(script, words), end };
}

export interface Person {
  readonly name: string;
  /** A command line that runs another as this person, with its own groups and no privilege. */
  as(command: readonly string[]): string[];
  remove(): void;
}

let people = 0;

/** An ordinary user of this machine, whom sudo lets do everything without a password. */
export function makePerson(): Person {
  const name = `bt-${process.pid}-${people++}`;
  execFileSync("useradd", ["--create-home", "--shell", "/bin/sh", name]);
  // A dot in its name, and sudo would pass over it.
  const rule = `/etc/sudoers.d/zz-${name}`;
  writeFileSync(rule, `${name} ALL=(ALL) NOPASSWD: ALL\n`, { mode: 0o440 });
  return {
    name,
    as: (command) => ["setpriv", `--reuid=${name}`, `--regid=${name}`, "--init-groups", ...command],
    remove: () => {
      rmSync(rule, { force: true });
      spawnSync("userdel", ["--remove", name], { stdio: "ignore" });
    },
  };
}

/** This machine, as an ordinary user with sudo. */
export async function filesBySudo(): Promise<RootFiles> {
  const { directory, remove } = makeDirectory();
  const person = makePerson();
  const local = localHost();
  const host: Host = { ...local, open: (command, options) => local.open(person.as(command), options) };
  const end = async () => {
    await local.close();
    person.remove();
    remove();
  };
  return { host, sudo: true, directory, sh: (script, ...words) => here(script, words), end };
}

/** This machine again, over a real sshd. */
export async function filesOverSsh(): Promise<RootFiles & { readonly port: number }> {
  const { directory, remove } = makeDirectory();
  const sshd = await startSshd();
  const host = await hostFor("stand-in", {
    configFile: sshd.config,
    ownKnownHosts: `${sshd.directory}/own`,
  });
  const end = async () => {
    await host.close();
    await sshd.stop();
    remove();
  };
  const sh = (script: string, ...words: string[]) => here(script, words);
  return { host, sudo: false, directory, port: sshd.port, sh, end };
}

/** A stand-in Mac, as its user with sudo. */
export async function filesOnMac(): Promise<RootFiles> {
  const mac = await startMac({ extends: "determinate-native-idle", host: { sudo: "nopasswd" } });
  const host = await hostFor(mac.alias, {
    configFile: join(mac.home, ".ssh/config"),
    ownKnownHosts: join(mac.home, "known_hosts"),
  });
  const directory = "/etc/buildtop-test";
  const sh = async (script: string, ...words: string[]) => {
    const done = await mac.execAsRoot(["/bin/sh", "-ec", script, "sh", ...words]);
    if (done.status !== 0) throw new Error(`${script}: ${done.stderr}`);
    return done.stdout;
  };
  await sh('mkdir -m 755 "$1"', directory);
  const end = async () => {
    await host.close();
    await mac.down();
  };
  return { host, sudo: true, directory, sh, end };
}
