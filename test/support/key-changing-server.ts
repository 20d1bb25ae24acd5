/** An SSH server that shows another host key when the keys of a running connection are changed, which no sshd does. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import ssh2, { type Connection, type ParsedKey } from "ssh2";

export interface KeyChangingServer {
  readonly port: number;
  /** Connections it has accepted so far. */
  accepted(): number;
  /** Shows the host key of this private key from now on, and changes the keys of all connections (RFC 4253, 9). */
  changeKeys(privateKey: string): void;
  stop(): Promise<void>;
}

/** What ssh2's server keeps its host keys in, by their algorithm; it looks there at each exchange of keys. */
interface Inside {
  readonly _protocol: { readonly _hostKeys: Record<string, ParsedKey> };
}

/** On a free port of the loopback; lets everybody in, and runs what it is told to. The key is an ed25519 one. */
export async function keyChangingServer(privateKey: string): Promise<KeyChangingServer> {
  const clients = new Set<Connection>();
  let accepted = 0;
  // The same for all its connections.
  let keys: Record<string, ParsedKey> = {};
  const server = new ssh2.Server({ hostKeys: [readFileSync(privateKey)] }, (client) => {
    accepted += 1;
    keys = (client as unknown as Inside)._protocol._hostKeys;
    clients.add(client);
    client.on("error", () => {});
    client.on("close", () => clients.delete(client));
    client.on("authentication", (context) => context.accept());
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        const child = spawn("/bin/sh", ["-c", command], { stdio: "pipe" });
        channel.on("error", () => {});
        child.stdin.on("error", () => {});
        channel.pipe(child.stdin);
        child.stdout.pipe(channel, { end: false });
        child.stderr.pipe(channel.stderr, { end: false });
        channel.on("close", () => child.kill());
        child.on("close", (code) => {
          channel.exit(code ?? 1);
          channel.end();
        });
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    accepted: () => accepted,
    changeKeys(path) {
      const key = ssh2.utils.parseKey(readFileSync(path));
      if (key instanceof Error) throw key;
      keys[key.type] = key;
      for (const client of clients) client.rekey(() => {});
    },
    async stop() {
      for (const client of clients) client.end();
      server.close();
      await once(server, "close");
    },
  };
}
