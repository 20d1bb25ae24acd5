/** Stand-in Macs for tests, reached over a real sshd: what test/mac plays, in the state of one of its cases. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join, resolve } from "node:path";
import { aptKnowsPackages, finished, isDebian, onPath, type Result } from "./lab.ts";

const directory = resolve(import.meta.dirname, "../mac");
const script = join(directory, "mac.sh");
const built = process.env.BUILDTOP_MAC ?? "/var/tmp/buildtop-mac";

/** A state of a Mac; what may stand in it says test/mac/README.md. `truth` is for tests only and never in the Mac. */
export interface MacCase {
  /** Another case of test/mac/cases by its name, whose values this one changes. */
  extends?: string;
  note?: string;
  truth?: MacTruth;
  [key: string]: unknown;
}

/** What a right program says of a Mac: kinds, states and ids as `status --json` and `doctor --json` have them. */
export interface MacTruth {
  /** All that must be shown; others only as not-configured. */
  builders: MacBuilderTruth[];
  /** Must be found. */
  diagnoses: string[];
  /** Must not be found. */
  never: string[];
  /** By `host` or the name of a builder: figures that a right program shows. Bytes, kB or numbers, as the name says. */
  gauges: Record<string, Record<string, number>>;
}

export interface MacBuilderTruth {
  kind: string;
  /** Where it is missing, any name is right. */
  name?: string;
  state: string;
  /** States that are honest, too, when the true one cannot be seen from outside: without a way to root, say. */
  or?: string[];
  /** It may be left out. */
  maybe?: true;
}

/** Why no stand-in Mac can run on this machine, or false if it can. Hand it to a test's `skip`. */
export function macSkipReason(): string | false {
  if (process.platform !== "linux") return "the stand-in Mac needs Linux";
  if (process.getuid?.() !== 0) return "the stand-in Mac needs root";
  if (!["unshare", "nsenter", "flock", "setsid"].every(onPath)) return "the stand-in Mac needs util-linux";
  if (!onPath("python3")) return "the stand-in Mac needs python3";
  if (!onPath("ssh") || !onPath("ssh-keygen")) return "the stand-in Mac needs openssh-client";
  if (existsSync(join(built, "base"))) return false;
  if (!isDebian() || !onPath("mmdebstrap")) return "the stand-in Mac needs Debian with mmdebstrap";
  if (!aptKnowsPackages()) return "the stand-in Mac needs apt's package lists; run: apt-get update";
  return false;
}

/** The names of the cases in test/mac/cases, sorted. */
export function macCaseNames(): string[] {
  return readdirSync(join(directory, "cases"))
    .filter((file) => file.endsWith(".json"))
    .map((file) => basename(file, ".json"))
    .sort();
}

/** A case with its note and its truth, and all of what it extends. */
export function readMacCase(name: string): MacCase & { truth: MacTruth } {
  return readMacCases([name]).get(name)!;
}

/** The named cases, or all of them, by name; each as `readMacCase` has it. */
export function readMacCases(names = macCaseNames()): Map<string, MacCase & { truth: MacTruth }> {
  const argv = ["-IE", join(directory, "bin/case.py"), "-a", ...names.map(caseFile)];
  const done = spawnSync("python3", argv, { encoding: "utf8", maxBuffer: 1 << 26 });
  if (done.status !== 0) throw new Error(`${names} cannot be read: ${done.stderr || done.error}`);
  const lines = done.stdout.trimEnd().split("\n");
  return new Map(names.map((name, index) => [name, JSON.parse(lines[index]!)]));
}

function caseFile(name: string): string {
  return join(directory, "cases", `${name}.json`);
}

export interface MacOptions {
  /** Its name in .ssh/config, `mac` by default. */
  alias?: string;
  /** The home directory of another Mac: one .ssh/config then knows both. */
  home?: string;
}

/**
 * Starts a Mac in the state of a case, by name or as an object, on a free port; 0.3 s, and 25 s more if the root file
 * system was never made on this machine. Throws with the stand-in's own words if it does not come up. Take it down with
 * `down`; it also ends when this process ends, however it ends.
 */
export async function startMac(state: string | MacCase, options: MacOptions = {}): Promise<Mac> {
  mkdirSync(join(built, "macs"), { recursive: true });
  const place = mkdtempSync(join(built, "macs/"));
  try {
    const file = join(place, "case.json");
    if (typeof state === "string") writeFileSync(file, JSON.stringify({ extends: caseFile(state) }));
    else writeFileSync(file, JSON.stringify(withPathOfParent(state)));
    const keeper = spawn("bash", [script, "hold", place, file, "0"], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, MAC_BUILT: built },
    });
    const [user, port] = await ready(keeper);
    return new Mac(place, keeper, user, port, options);
  } catch (error) {
    rmSync(place, { recursive: true, force: true });
    throw error;
  }
}

function withPathOfParent(state: MacCase): MacCase {
  return state.extends ? { ...state, extends: caseFile(basename(state.extends, ".json")) } : state;
}

/** Waits for `ready PID USER PORT`. The first Mac of a machine makes the root file system, so it may take minutes. */
async function ready(keeper: ChildProcess): Promise<[user: string, port: number]> {
  let said = "";
  keeper.stderr!.on("data", (chunk) => {
    said = (said + chunk).slice(-4096);
  });
  const line = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => {
      keeper.kill("SIGKILL");
      reject(new Error(`the stand-in Mac is not up after 15 minutes: ${said}`));
    }, 900_000);
    keeper.once("error", reject);
    keeper.once("exit", (code) =>
      reject(new Error(`the stand-in Mac did not start (exit ${code}): ${said}`)),
    );
    keeper.stdout!.once("data", (chunk) => resolve(String(chunk)));
    keeper.once("exit", () => clearTimeout(late));
    keeper.stdout!.once("data", () => clearTimeout(late));
  });
  const [, , user, port] = line.trim().split(" ");
  if (!user || !port) throw new Error(`the stand-in Mac said ${JSON.stringify(line)}`);
  // A test that forgets it still ends: the Mac does not keep this process running, and ends with it.
  keeper.unref();
  for (const pipe of [keeper.stdin, keeper.stdout, keeper.stderr])
    (pipe as unknown as { unref(): void }).unref();
  return [user, Number(port)];
}

/** One call of a program that the stand-in answers. */
export interface MacCall {
  /** Seconds since 1970. */
  at: number;
  uid: number;
  pid: number;
  /** The words, quoted as for a shell; `connect 127.0.0.1:PORT` and `woke LABEL` for what came over the network. */
  command: string;
}

/** A running stand-in Mac. */
export class Mac {
  readonly alias: string;
  /** To be `$HOME`: a directory whose `.ssh/config` knows `alias` with port, user, key and known host. */
  readonly home: string;
  readonly user: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** The private key that opens it, mode 600. */
  readonly key: string;
  readonly #place: string;
  readonly #keeper: ChildProcess;

  constructor(place: string, keeper: ChildProcess, user: string, port: number, options: MacOptions) {
    this.alias = options.alias ?? "mac";
    this.user = user;
    this.port = port;
    this.#place = place;
    this.#keeper = keeper;
    this.home = options.home ?? join(place, "home");
    const ssh = join(this.home, ".ssh");
    this.key = join(ssh, "mac_ed25519");
    mkdirSync(ssh, { recursive: true, mode: 0o700 });
    copyFileSync(join(built, "keys/client"), this.key);
    const hostKey = readFileSync(join(built, "keys/host.pub"), "utf8").split(" ").slice(0, 2).join(" ");
    appendFileSync(join(ssh, "known_hosts"), `[127.0.0.1]:${port} ${hostKey}\n`);
    appendFileSync(
      join(ssh, "config"),
      `Host ${this.alias}
  HostName 127.0.0.1
  Port ${port}
  User ${user}
  IdentityFile ${this.key}
  IdentitiesOnly yes
  UserKnownHostsFile ${join(ssh, "known_hosts")}
`,
    );
  }

  /** Runs a shell command over ssh as the Mac's user. Its failure is a result, not an error. */
  async ssh(command: string, stdin?: string): Promise<Result> {
    return await this.#run(["ssh", this.#place, command], stdin);
  }

  /** Runs a command inside as root, past ssh and sudo: to arrange things and to look. */
  async execAsRoot(argv: readonly string[], stdin?: string): Promise<Result> {
    return await this.#run(["exec", this.#place, "-r", ...argv], stdin);
  }

  /** What was called so far, in order; since `forgetCalls`. */
  calls(): MacCall[] {
    const lines = readFileSync(join(this.#place, "run/log/calls"), "utf8").split("\n").filter(Boolean);
    return lines.map((line) => {
      const [at, uid, pid, ...command] = line.split("\t");
      return { at: Number(at), uid: Number(uid), pid: Number(pid), command: command.join("\t") };
    });
  }

  forgetCalls(): void {
    writeFileSync(join(this.#place, "run/log/calls"), "");
  }

  /** Every process that ended so far, as the kernel counts them; CPU time in steps of 10 ms each. */
  async forks(): Promise<{ count: number; cpuMs: number; text: string }> {
    const { stdout: text, stderr } = await this.#run(["forks", this.#place]);
    const found = text.match(/^(\d+) processes, (\d+) ms CPU/);
    if (!found) throw new Error(`mac.sh forks said: ${text}${stderr}`);
    return { count: Number(found[1]), cpuMs: Number(found[2]), text };
  }

  async forgetForks(): Promise<void> {
    await this.#run(["forks", this.#place, "-c"]);
  }

  /** Ends it and removes all of it; a second time does nothing. */
  async down(): Promise<void> {
    if (this.#keeper.exitCode === null && this.#keeper.signalCode === null) {
      const ended = new Promise((resolve) => this.#keeper.once("exit", resolve));
      this.#keeper.ref();
      this.#keeper.stdin?.end();
      await ended;
    }
    rmSync(this.#place, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }

  async #run(argv: string[], stdin = ""): Promise<Result> {
    const child = spawn("bash", [script, ...argv], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, MAC_BUILT: built },
    });
    child.stdin.on("error", () => {}); // it need not read what it is given
    child.stdin.end(stdin);
    return await finished(child, argv);
  }
}
