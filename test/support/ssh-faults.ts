/** Servers that misbehave, on a free port of the loopback. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { type Host, HostError } from "../../src/adapters/hosts/host.ts";
import { localHost } from "../../src/adapters/hosts/local-host.ts";
import { opensshHost } from "../../src/adapters/hosts/openssh-host.ts";
import type { Sshd } from "./sshd.ts";

export interface FaultyServer {
  readonly port: number;
  /** Connections it has accepted so far, and those that are still open. */
  accepted(): number;
  open(): number;
  stop(): Promise<void>;
}

/** A TCP server that does this with each connection. */
export async function tcpServer(serve: (socket: Socket) => void): Promise<FaultyServer> {
  let accepted = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    serve(socket);
    // What is not read is not seen to end either.
    socket.resume();
  });
  return {
    port: await listening(server),
    accepted: () => accepted,
    open: () => sockets.size,
    stop: stop(server, sockets),
  };
}

export interface BlackHole extends FaultyServer {
  /** From now on nothing gets through, and nobody is told. */
  swallow(): void;
  /** New connections get through again. */
  relent(): void;
}

/** Passes on to another port, until it swallows everything without a word. */
export async function blackHole(target: number): Promise<BlackHole> {
  let swallowing = false;
  const pairs = new Set<Socket>();
  const server = await tcpServer((socket) => {
    const inner = connect(target, "127.0.0.1");
    pairs.add(inner);
    inner.on("error", () => {});
    const dead = () => swallowing || doomed.has(socket);
    socket.on("data", (bytes) => dead() || inner.write(bytes));
    inner.on("data", (bytes) => dead() || socket.write(bytes));
    socket.on("close", () => dead() || inner.destroy());
    inner.on("close", () => dead() || socket.destroy());
    live.add(socket);
  });
  const live = new Set<Socket>();
  const doomed = new Set<Socket>();
  return {
    ...server,
    swallow() {
      swallowing = true;
      for (const socket of live) doomed.add(socket);
    },
    relent() {
      swallowing = false;
    },
    async stop() {
      for (const inner of pairs) inner.destroy();
      await server.stop();
    },
  };
}

/** ssh_config(5) of a client that reaches the server through it, as `hole`. Returns its path. */
export function throughHole(
  sshd: Pick<Sshd, "directory" | "port" | "key" | "knownHosts">,
  hole: Pick<BlackHole, "port">,
): string {
  const path = join(sshd.directory, `config-${hole.port}`);
  writeFileSync(
    path,
    [
      "Host hole",
      `Port ${hole.port}`,
      `HostKeyAlias [127.0.0.1]:${sshd.port}`,
      "HostName 127.0.0.1",
      `IdentityFile ${sshd.key}`,
      "IdentitiesOnly yes",
      "IdentityAgent none",
      `UserKnownHostsFile ${sshd.knownHosts}`,
      "GlobalKnownHostsFile /dev/null",
      "",
    ].join("\n"),
  );
  return path;
}

/** The ssh program on its way through it, with nothing but the configuration of `throughHole`. */
export function opensshThroughHole(sshd: Parameters<typeof throughHole>[0], hole: BlackHole): Host {
  return opensshHost({ via: localHost(), target: "hole", words: ["-F", throughHole(sshd, hole)] });
}

/** ssh_config(5) for a server at that port, as `stand-in`; none of the machine's own files count. */
export function clientConfig(directory: string, port: number, lines: readonly string[] = []): string {
  const path = join(directory, `config-${port}`);
  writeFileSync(
    path,
    [
      "Host stand-in",
      ...lines,
      "HostName 127.0.0.1",
      `Port ${port}`,
      "User nobody-special",
      "IdentitiesOnly yes",
      "IdentityAgent none",
      `UserKnownHostsFile ${join(directory, "known_hosts")}`,
      "GlobalKnownHostsFile /dev/null",
      "",
    ].join("\n"),
  );
  return path;
}

/** The trouble that a host tells when a command is to be run on it; fails where it runs. */
export async function troubleOf(host: Host): Promise<HostError["trouble"]> {
  try {
    const channel = await host.open(["true"]);
    channel.kill();
  } catch (error) {
    if (error instanceof HostError) return error.trouble;
    throw error;
  }
  throw new Error("it runs commands");
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

function stop(server: Server, sockets: ReadonlySet<Socket>): () => Promise<void> {
  return async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  };
}
