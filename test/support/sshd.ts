/** A real sshd on a free port of the loopback, with keys made for it, for as long as a test needs it. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Sshd {
  readonly port: number;
  /** Its processes, keys and settings; also the client's. */
  readonly directory: string;
  /** ssh_config(5) of a client that knows this server as `stand-in`. */
  readonly config: string;
  readonly knownHosts: string;
  /** Private key of the client. */
  readonly key: string;
  readonly pid: number;
  /** What it logged so far, at level VERBOSE. */
  log(): string;
  stop(): Promise<void>;
}

export interface SshdOptions {
  /** Further lines of sshd_config(5). */
  readonly server?: readonly string[];
  /** Further lines of ssh_config(5), for `stand-in`. */
  readonly client?: readonly string[];
  /** Host keys it shows. */
  readonly hostKeys?: readonly ("ed25519" | "rsa" | "ecdsa")[];
  /** Types the client's known_hosts has; those of `hostKeys` unless told. */
  readonly known?: readonly ("ed25519" | "rsa" | "ecdsa")[];
  readonly port?: number;
}

/** Where programs are that a machine may not have, `null` where they are not. */
export function findProgram(name: string): string | null {
  for (const directory of [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"]) {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return join(directory, name);
    } catch {
      // The next one.
    }
  }
  return null;
}

/** Why no sshd can be started here, `false` where one can. For `skip`. */
export const withoutSshd: string | false =
  ["sshd", "ssh", "ssh-keygen"]
    .map((name) => findProgram(name) ?? name)
    .find((path) => !path.includes("/")) === undefined
    ? false
    : "there is no sshd, ssh or ssh-keygen here";

export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const directory = mkdtempSync(join(tmpdir(), "buildtop-sshd-"));
  const file = (name: string) => join(directory, name);
  const types = options.hostKeys ?? ["ed25519"];
  for (const type of new Set([...types, ...(options.known ?? [])])) makeKey(file(`host_${type}`), type);
  makeKey(file("id"), "ed25519");
  writeFileSync(file("authorized_keys"), readFileSync(file("id.pub")));
  const port = options.port ?? (await freePort());
  writeFileSync(
    file("sshd_config"),
    [
      ...(options.server ?? []),
      `ListenAddress 127.0.0.1:${port}`,
      ...types.map((type) => `HostKey ${file(`host_${type}`)}`),
      `AuthorizedKeysFile ${file("authorized_keys")}`,
      `PidFile none`,
      "LogLevel VERBOSE",
      "UsePAM no",
      "StrictModes no",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "PermitRootLogin yes",
      "",
    ].join("\n"),
  );
  writeFileSync(
    file("known_hosts"),
    (options.known ?? types)
      .map((type) => `[127.0.0.1]:${port} ${publicKey(file(`host_${type}`))}\n`)
      .join(""),
  );
  writeFileSync(
    file("config"),
    [
      "Host stand-in",
      ...(options.client ?? []),
      "HostName 127.0.0.1",
      `Port ${port}`,
      `User ${userInfo().username}`,
      `IdentityFile ${file("id")}`,
      "IdentitiesOnly yes",
      "IdentityAgent none",
      `UserKnownHostsFile ${file("known_hosts")}`,
      "GlobalKnownHostsFile /dev/null",
      "",
    ].join("\n"),
  );
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const child = spawn(findProgram("sshd") ?? "sshd", ["-D", "-e", "-f", file("sshd_config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (bytes: Buffer) => {
    log += bytes.toString("utf8");
  });
  const exited = once(child, "exit");
  // Not asked by a connection, which it would count as one more.
  for (let tries = 0; !log.includes("Server listening on"); tries++) {
    if (tries === 200 || child.exitCode !== null) throw new Error(`sshd did not come up: ${log}`);
    await sleep(50);
  }
  return {
    port,
    directory,
    config: file("config"),
    knownHosts: file("known_hosts"),
    key: file("id"),
    pid: child.pid ?? -1,
    log: () => log,
    async stop() {
      child.kill("SIGKILL");
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Makes a pair of keys: `path` and `path.pub`. */
export function makeKey(path: string, type: string, passphrase = ""): void {
  const size = type === "rsa" ? ["-b", "2048"] : [];
  execFileSync("ssh-keygen", ["-q", "-t", type, ...size, "-N", passphrase, "-C", "test", "-f", path]);
}

/** Type and base64 of a key, as they stand in known_hosts. */
export function publicKey(path: string): string {
  return readFileSync(`${path}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}
