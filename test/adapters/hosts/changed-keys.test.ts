/** A host key that is not the known one, at first or later on, by both ways to a machine: nothing more is said to it. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { hostFor } from "../../../src/adapters/hosts/choose-host.ts";
import { type Host, HostError } from "../../../src/adapters/hosts/host.ts";
import { run } from "../../../src/adapters/hosts/run.ts";
import { openCollector } from "../../../src/adapters/hosts/shell-collector.ts";
import { fingerprint } from "../../../src/model/hosts/known-hosts.ts";
import { type KeyChangingServer, keyChangingServer } from "../../support/key-changing-server.ts";
import { clientConfig, troubleOf } from "../../support/ssh-faults.ts";
import { makeKey, publicKey, startSshd, withoutSshd } from "../../support/sshd.ts";

const deadlineMs = 20_000;

/** What makes the ssh program the way; else it is the library. */
const ways = { ssh2: [], openssh: ["KnownHostsCommand /bin/true"] } as const;

for (const way of ["ssh2", "openssh"] as const) {
  describe(`a host key (${way})`, { skip: withoutSshd }, () => {
    let directory: string;
    const file = (name: string) => join(directory, name);
    before(() => {
      directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
      for (const name of ["first", "second", "id"]) makeKey(file(name), "ed25519");
    });
    after(() => rmSync(directory, { recursive: true }));

    async function hostAt(configFile: string): Promise<Host> {
      const host = await hostFor("stand-in", { configFile, ownKnownHosts: file("own") });
      assert.equal(host.transport, way);
      return host;
    }
    /** A server with the first key; `known`: what known_hosts says of it, behind the name. */
    async function withServer(
      use: (host: Host, server: KeyChangingServer) => Promise<void>,
      { known = "first", marker = "", strict = "ask" } = {},
    ): Promise<void> {
      const server = await keyChangingServer(file("first"));
      const line = `${marker}[127.0.0.1]:${server.port} ${known === "" ? "" : publicKey(file(known))}\n`;
      writeFileSync(file("known_hosts"), known === "" ? "" : line);
      const lines = [`StrictHostKeyChecking ${strict}`, ...ways[way], `IdentityFile ${file("id")}`];
      const host = await hostAt(clientConfig(directory, server.port, lines));
      try {
        await use(host, server);
      } finally {
        await host.close();
        await server.stop();
      }
    }
    async function cat(host: Host) {
      const channel = await host.open(["cat"]);
      channel.stderr.resume();
      let said = "";
      channel.stdout.on("data", (bytes: Buffer) => {
        said += bytes;
      });
      return { channel, said: () => said };
    }

    it("that changes while we are connected ends the connection: what runs is lost, and not tried again", async () => {
      await withServer(async (host, server) => {
        const { channel } = await cat(host);
        server.changeKeys(file("second"));
        assert.deepEqual(await channel.exited, { code: null, signal: null });
        const trouble = await troubleOf(host);
        assert.deepEqual([trouble.kind, trouble.retry], ["host-key-changed", false]);
      });
    });

    it("that is shown again while we are connected is the same one still", async () => {
      await withServer(async (host, server) => {
        const { channel, said } = await cat(host);
        server.changeKeys(file("first"));
        channel.stdin.end("still there\n");
        assert.deepEqual(await channel.exited, { code: 0, signal: null });
        assert.equal(said(), "still there\n");
        assert.equal(server.accepted(), 1);
      });
    });

    it("that is another after the machine was lost is refused, and no login is tried", async () => {
      const before = await startSshd({ client: ways[way] });
      const known = readFileSync(before.knownHosts, "utf8");
      const host = await hostAt(before.config);
      const collector = openCollector(host);
      assert.equal((await collector.sample(["now"])).sections.get("now")?.code, 0);
      const gone = await cat(host);
      await before.stop();
      await host.close();
      await gone.channel.exited;
      // Another machine has its address now; we know the one before.
      const after = await startSshd({ port: before.port, client: ways[way] });
      writeFileSync(after.knownHosts, known);
      const again = await hostAt(after.config);
      try {
        const asked = openCollector(again).sample(["now"]);
        const error = await asked.catch((each: unknown) => each);
        assert.ok(error instanceof HostError, String(error));
        assert.deepEqual([error.trouble.kind, error.trouble.retry], ["host-key-changed", false]);
        const details = error.trouble.details.join("\n");
        const shown = publicKey(join(after.directory, "host_ed25519")).split(" ")[1] ?? "";
        assert.ok(details.includes(fingerprint(shown)), details);
        assert.ok(details.includes(`${after.knownHosts}:1`), details);
        assert.doesNotMatch(after.log(), /Accepted|Failed|Postponed|userauth/);
      } finally {
        await again.close();
        await after.stop();
      }
    });

    for (const strict of ["no", "accept-new", "ask", "yes"]) {
      it(`that is another than the known one is refused with StrictHostKeyChecking ${strict}`, async () => {
        const check = async (host: Host) => assert.equal((await troubleOf(host)).kind, "host-key-changed");
        await withServer(check, { known: "second", strict });
      });
      it(`that was revoked is refused with StrictHostKeyChecking ${strict}`, async () => {
        const check = async (host: Host) => assert.equal((await troubleOf(host)).kind, "host-key-revoked");
        await withServer(check, { marker: "@revoked ", strict });
      });
    }

    it("that nobody knows is accepted with StrictHostKeyChecking no, but not kept", async () => {
      const check = async (host: Host, { port }: KeyChangingServer) => {
        assert.equal((await run(host, ["true"], { deadlineMs })).code, 0);
        for (const path of [file("known_hosts"), file("own")])
          assert.doesNotMatch(textOf(path), new RegExp(`:${port}\\b`));
      };
      await withServer(check, { known: "", strict: "no" });
    });

    it("that nobody knows is kept with accept-new, in our file and not in theirs", async () => {
      const check = async (host: Host, { port }: KeyChangingServer) => {
        assert.equal((await run(host, ["true"], { deadlineMs })).code, 0);
        assert.equal(textOf(file("known_hosts")), "");
        assert.ok(textOf(file("own")).includes(`[127.0.0.1]:${port} ${publicKey(file("first"))}`));
        assert.deepEqual(host.notes, []);
      };
      await withServer(check, { known: "", strict: "accept-new" });
    });

    it("that cannot be kept is told once, and it works all the same", async () => {
      rmSync(file("own"), { force: true });
      writeFileSync(file("no-directory"), "");
      const server = await keyChangingServer(file("first"));
      writeFileSync(file("known_hosts"), "");
      const lines = ["StrictHostKeyChecking accept-new", ...ways[way], `IdentityFile ${file("id")}`];
      const configFile = clientConfig(directory, server.port, lines);
      const own = join(file("no-directory"), "known_hosts");
      const host = await hostFor("stand-in", { configFile, ownKnownHosts: own });
      assert.equal(host.transport, way);
      for (let times = 0; times < 2; times++) {
        assert.equal((await run(host, ["true"], { deadlineMs })).code, 0);
        await host.close();
      }
      assert.equal(host.notes?.length, 1);
      assert.match(
        host.notes?.[0] ?? "",
        /host key of stand-in cannot be kept in .*no-directory.* \((ENOTDIR|EEXIST)\)/,
      );
      assert.equal(textOf(file("known_hosts")), "");
      await server.stop();
    });
  });
}

describe("a host key that could not be kept", { skip: withoutSshd }, () => {
  it("is the only one that will do as long as we run", async () => {
    const directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
    for (const name of ["first", "second", "id"]) makeKey(join(directory, name), "ed25519");
    writeFileSync(join(directory, "file"), "");
    const server = await keyChangingServer(join(directory, "first"));
    const lines = ["StrictHostKeyChecking accept-new", `IdentityFile ${join(directory, "id")}`];
    const configFile = clientConfig(directory, server.port, lines);
    const host = await hostFor("stand-in", { configFile, ownKnownHosts: join(directory, "file/own") });
    assert.equal((await run(host, ["true"], { deadlineMs })).code, 0);
    await host.close();
    server.changeKeys(join(directory, "second"));
    const trouble = await troubleOf(host);
    assert.equal(trouble.kind, "host-key-changed");
    assert.match(trouble.details.join("\n"), /this session/);
    await host.close();
    await server.stop();
    rmSync(directory, { recursive: true });
  });
});

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
