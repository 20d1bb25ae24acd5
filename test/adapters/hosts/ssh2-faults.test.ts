/** Servers that are no servers, connections that die without a word: one clear reason, in time, and nothing left open. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import ssh2 from "ssh2";
import { type Host, HostError } from "../../../src/adapters/hosts/host.ts";
import { run } from "../../../src/adapters/hosts/run.ts";
import { openCollector } from "../../../src/adapters/hosts/shell-collector.ts";
import { resolveSsh } from "../../../src/adapters/hosts/ssh-resolve.ts";
import { type Ssh2Options, ssh2Host } from "../../../src/adapters/hosts/ssh2-host.ts";
import {
  blackHole,
  clientConfig,
  type FaultyServer,
  tcpServer,
  throughHole,
  troubleOf,
} from "../../support/ssh-faults.ts";
import { findProgram, freePort, startSshd, withoutSshd } from "../../support/sshd.ts";

const deadlineMs = 20_000;
const withoutSsh = findProgram("ssh") === null && "there is no ssh here";

describe("a connection to what is no SSH server", { skip: withoutSsh }, () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  const hostAt = async (port: number, more: Partial<Ssh2Options> = {}) => {
    const configFile = clientConfig(directory, port);
    const resolved = await resolveSsh("stand-in", { configFile });
    return ssh2Host({ resolved, configFile, ownKnownHosts: join(directory, "own"), ...more });
  };
  async function fails(server: FaultyServer, more: Partial<Ssh2Options> = {}) {
    const host = await hostAt(server.port, more);
    const trouble = await troubleOf(host);
    for (let tries = 0; server.open() > 0 && tries < 100; tries++) await sleep(20);
    assert.equal(server.open(), 0);
    assert.equal(server.accepted(), 1);
    await host.close();
    await server.stop();
    return trouble;
  }

  it("that accepts and says nothing ends by our own clock", async () => {
    const trouble = await fails(await tcpServer(() => {}), { bannerMs: 300 });
    assert.equal(trouble.kind, "not-ssh");
    assert.match(trouble.message, /says nothing within 0\.3 s/);
  });

  it("that speaks HTTP is told as that it speaks no SSH, at once", async () => {
    const server = await tcpServer((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
    });
    const trouble = await fails(server);
    assert.equal(trouble.kind, "not-ssh");
    assert.match(trouble.message, /does not speak SSH/);
  });

  it("that says garbage is one trouble, not many", async () => {
    const server = await tcpServer((socket) => void socket.write(Buffer.alloc(100_000, 0)));
    assert.equal((await fails(server)).kind, "not-ssh");
  });

  it("that never stops greeting is one trouble, and the connection is closed", async () => {
    const server = await tcpServer((socket) => {
      const timer = setInterval(() => socket.write("welcome, please wait\r\n".repeat(100)), 5);
      socket.on("close", () => clearInterval(timer));
    });
    assert.equal((await fails(server)).kind, "not-ssh");
  });

  it("that greets slowly and for ever ends by our own clock", async () => {
    const server = await tcpServer((socket) => {
      const timer = setInterval(() => socket.write("wait\r\n"), 20);
      socket.on("close", () => clearInterval(timer));
    });
    assert.equal((await fails(server, { bannerMs: 300 })).kind, "not-ssh");
  });

  it("that closes at once says what that may mean", async () => {
    const trouble = await fails(await tcpServer((socket) => void socket.end()));
    assert.equal(trouble.kind, "not-ssh");
    assert.match(trouble.message, /before it said anything/);
  });

  it("that begins to speak SSH and stops is given up in time", async () => {
    const server = await tcpServer((socket) => void socket.write("SSH-2.0-Stopped_1.0\r\n"));
    const trouble = await fails(server, { loginMs: 300 });
    assert.equal(trouble.kind, "timeout");
  });

  it("where nothing listens is told as refused", async () => {
    const trouble = await troubleOf(await hostAt(await freePort()));
    assert.equal(trouble.kind, "refused");
    assert.equal(trouble.retry, true);
  });

  it("whose name does not exist is told as that", async () => {
    const configFile = clientConfig(directory, 22, ["HostName no-such-machine.invalid"]);
    const resolved = await resolveSsh("stand-in", { configFile });
    const host = ssh2Host({ resolved, configFile, ownKnownHosts: join(directory, "own") });
    assert.equal((await troubleOf(host)).kind, "name");
  });

  it("that floods us with a banner full of escapes shows ten clean lines of it", async () => {
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    const banner = "\u001b]0;title\u0007\u001b[2Jhello \u202e\u0007there\n".repeat(1000);
    const server = new ssh2.Server({ hostKeys: [privateKey], banner }, (client) => {
      client.on("error", () => {});
      client.on("authentication", (context) => context.reject(["publickey"]));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    const configFile = clientConfig(directory, address.port, ["StrictHostKeyChecking no"]);
    const resolved = await resolveSsh("stand-in", { configFile });
    const host = ssh2Host({ resolved, configFile, ownKnownHosts: join(directory, "own") });
    const { kind, details } = await troubleOf(host);
    server.close();
    assert.equal(kind, "login");
    const said = details.filter((line) => line.startsWith("the server says: "));
    assert.equal(said.length, 10);
    for (const line of said) assert.equal(line, "the server says: hello there");
  });
});

describe("a connection that dies without a word", { skip: withoutSshd }, () => {
  async function behindBlackHole(
    use: (host: Host, hole: Awaited<ReturnType<typeof blackHole>>) => Promise<void>,
  ) {
    const sshd = await startSshd();
    const hole = await blackHole(sshd.port);
    const configFile = throughHole(sshd, hole);
    const resolved = await resolveSsh("hole", { configFile });
    const host = ssh2Host({
      ...{ resolved, configFile, keepaliveMs: 600 },
      ownKnownHosts: join(sshd.directory, "own"),
    });
    try {
      await use(host, hole);
    } finally {
      await host.close();
      await hole.stop();
      await sshd.stop();
    }
  }

  it("is noticed by itself; what ran is told as lost, and the next command connects anew", async () => {
    await behindBlackHole(async (host, hole) => {
      const channel = await host.open(["cat"]);
      channel.stdout.resume();
      channel.stderr.resume();
      hole.swallow();
      assert.deepEqual(await channel.exited, { code: null, signal: null });
      hole.relent();
      assert.equal((await run(host, ["true"], { deadlineMs })).code, 0);
      assert.equal(hole.accepted(), 2);
    });
  });

  it("fails a collector with the word lost, which comes back when the machine does", async () => {
    await behindBlackHole(async (host, hole) => {
      const collector = openCollector(host);
      await collector.sample(["now"]);
      hole.swallow();
      const error = await collector.sample(["now"]).catch((each: unknown) => each);
      assert.ok(error instanceof HostError, String(error));
      assert.deepEqual([error.trouble.kind, error.trouble.retry], ["lost", true]);
      hole.relent();
      assert.equal((await collector.sample(["now"])).sections.get("now")?.code, 0);
      collector.close();
    });
  });

  it("does not hold up a command beyond its deadline", async () => {
    await behindBlackHole(async (host, hole) => {
      await run(host, ["true"], { deadlineMs });
      hole.swallow();
      const late = await run(host, ["true"], { deadlineMs: 300 }).catch((error: unknown) => error);
      assert.match(String(late), /did not answer|closed the connection|had no channel/);
    });
  });
});

describe("a server that allows two channels", { skip: withoutSshd }, () => {
  it("gets what is more one after the other, on the same connection", async () => {
    const sshd = await startSshd({ server: ["MaxSessions 2"] });
    const resolved = await resolveSsh("stand-in", { configFile: sshd.config });
    const host = ssh2Host({ resolved, ownKnownHosts: join(sshd.directory, "own") });
    const all = Array.from({ length: 8 }, () => run(host, ["sleep", "0.1"], { deadlineMs: 60_000 }));
    assert.deepEqual(
      (await Promise.all(all)).map(({ code }) => code),
      all.map(() => 0),
    );
    await host.close();
    const logins = sshd.log().match(/Accepted publickey/g)?.length;
    await sshd.stop();
    assert.equal(logins, 1);
  });
});
