/** What the ssh program complains about, told in our words; and what it keeps silent about, ended by our own clock. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Host, HostError } from "../../../src/adapters/hosts/host.ts";
import { localHost } from "../../../src/adapters/hosts/local-host.ts";
import { opensshHost } from "../../../src/adapters/hosts/openssh-host.ts";
import { run } from "../../../src/adapters/hosts/run.ts";
import { openCollector } from "../../../src/adapters/hosts/shell-collector.ts";
import { resolveSsh } from "../../../src/adapters/hosts/ssh-resolve.ts";
import { ssh2Host } from "../../../src/adapters/hosts/ssh2-host.ts";
import {
  blackHole,
  clientConfig,
  opensshThroughHole,
  tcpServer,
  troubleOf,
} from "../../support/ssh-faults.ts";
import {
  findProgram,
  freePort,
  makeKey,
  publicKey,
  type SshdOptions,
  startSshd,
  withoutSshd,
} from "../../support/sshd.ts";

const deadlineMs = 20_000;
const withoutSsh = findProgram("ssh") === null && "there is no ssh here";

describe("the ssh program", { skip: withoutSsh }, () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
  });
  after(() => rmSync(directory, { recursive: true }));
  const hostAt = (port: number, lines: readonly string[] = [], waitMs?: number) =>
    opensshHost({
      via: localHost(),
      target: "stand-in",
      words: ["-F", clientConfig(directory, port, lines)],
      ...(waitMs === undefined ? {} : { deadlineMs: waitMs }),
    });

  it("that waits for a port that says nothing is ended by our own clock", async () => {
    const server = await tcpServer(() => {});
    const trouble = await troubleOf(hostAt(server.port, [], 800));
    assert.deepEqual([trouble.kind, trouble.retry], ["timeout", true]);
    await server.stop();
  });

  it("gives up a port that says nothing by itself as well, and says that it is no SSH server", async () => {
    const server = await tcpServer(() => {});
    assert.equal((await troubleOf(hostAt(server.port, ["ConnectTimeout 1"]))).kind, "not-ssh");
    await server.stop();
  });

  it("that meets HTTP says that it is no SSH server", async () => {
    const server = await tcpServer((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    assert.equal((await troubleOf(hostAt(server.port))).kind, "not-ssh");
    await server.stop();
  });

  it("that finds nothing says so", async () => {
    assert.equal((await troubleOf(hostAt(await freePort()))).kind, "refused");
    assert.equal((await troubleOf(hostAt(22, ["HostName no-such-machine.invalid"]))).kind, "name");
  });

  it("that is set up wrongly says where", async () => {
    const trouble = await troubleOf(hostAt(22, ["NoSuchOption yes"]));
    assert.equal(trouble.kind, "config");
    assert.match(trouble.details.join("\n"), /line 2: Bad configuration option: nosuchoption/);
  });
});

describe("the ssh program at a server", { skip: withoutSshd }, () => {
  async function troubleAt(options: SshdOptions, knownHosts: (directory: string, port: number) => string) {
    const sshd = await startSshd(options);
    writeFileSync(sshd.knownHosts, knownHosts(sshd.directory, sshd.port));
    const host = opensshHost({ via: localHost(), target: "stand-in", words: ["-F", sshd.config] });
    const trouble = await troubleOf(host);
    await sshd.stop();
    return trouble;
  }
  const key = (directory: string, port: number, name: string) =>
    `[127.0.0.1]:${port} ${publicKey(join(directory, name))}\n`;

  it("refuses a key that nobody knows, one that changed, and one that was revoked", async () => {
    assert.equal((await troubleAt({}, () => "")).kind, "host-key-unknown");
    const changed = await troubleAt({}, (directory, port) => {
      makeKey(join(directory, "other"), "ed25519");
      return key(directory, port, "other");
    });
    assert.deepEqual([changed.kind, changed.retry], ["host-key-changed", false]);
    const revoked = await troubleAt(
      {},
      (directory, port) => `@revoked ${key(directory, port, "host_ed25519")}`,
    );
    assert.equal(revoked.kind, "host-key-revoked");
  });

  it("that is not let in says so, and is not to be tried again", async () => {
    const trouble = await troubleAt(
      { server: ["PubkeyAuthentication no", "KbdInteractiveAuthentication yes"] },
      (directory, port) => key(directory, port, "host_ed25519"),
    );
    assert.deepEqual([trouble.kind, trouble.retry], ["login", false]);
  });

  it("says that the connection was lost, and not that the command ended with 255", async () => {
    const sshd = await startSshd();
    const hole = await blackHole(sshd.port);
    const host = opensshThroughHole(sshd, hole);
    const channel = await host.open(["cat"]);
    channel.stdout.resume();
    channel.stderr.resume();
    await hole.stop();
    assert.deepEqual(await channel.exited, { code: null, signal: null });
    await sshd.stop();
  });

  it("notices by itself that nothing comes through any more, and the next command connects anew", async () => {
    const sshd = await startSshd();
    const hole = await blackHole(sshd.port);
    const host = opensshThroughHole(sshd, hole);
    const channel = await host.open(["cat"]);
    channel.stdout.resume();
    channel.stderr.resume();
    hole.swallow();
    // After three questions of ssh's own, five seconds each.
    assert.deepEqual(await channel.exited, { code: null, signal: null });
    hole.relent();
    assert.equal((await run(host, ["true"], { deadlineMs })).code, 0);
    assert.equal(hole.accepted(), 2);
    await hole.stop();
    await sshd.stop();
  });

  it("lets a collector go on with a new connection where the old one is silent", async () => {
    const sshd = await startSshd();
    const hole = await blackHole(sshd.port);
    const host = opensshThroughHole(sshd, hole);
    const collector = openCollector(host, { deadlineMs: 1000 });
    await collector.sample(["now"]);
    hole.swallow();
    const error = await collector.sample(["now"]).catch((each: unknown) => each);
    assert.ok(error instanceof HostError, String(error));
    assert.equal(error.trouble.retry, true);
    assert.match(error.trouble.message, /did not answer within 1 s/);
    hole.relent();
    assert.equal((await collector.sample(["now"])).sections.get("now")?.code, 0);
    collector.close();
    await hole.stop();
    await sshd.stop();
  });

  it("that is not let in after a banner full of escapes says it in few clean lines", async () => {
    const banner = join(mkdtempSync(join(tmpdir(), "buildtop-test-")), "banner");
    writeFileSync(banner, "\u001b]0;title\u0007\u001b[2Jhello \u202e\u0007there\n".repeat(1000));
    const trouble = await troubleAt(
      { server: [`Banner ${banner}`, "PubkeyAuthentication no", "KbdInteractiveAuthentication yes"] },
      (directory, port) => key(directory, port, "host_ed25519"),
    );
    rmSync(dirname(banner), { recursive: true });
    assert.deepEqual([trouble.kind, trouble.retry], ["login", false]);
    assert.ok(trouble.details.length > 0 && trouble.details.length <= 10);
    for (const line of trouble.details) assert.doesNotMatch(line, /[\p{Cc}\p{Bidi_Control}]/u);
    assert.match(trouble.details.join("\n"), /Permission denied/);
  });

  it("leaves 255 to a command that ends with it and says why", async () => {
    const sshd = await startSshd();
    const host = opensshHost({ via: localHost(), target: "stand-in", words: ["-F", sshd.config] });
    assert.equal((await run(host, ["sh", "-c", "echo no >&2; exit 255"], { deadlineMs })).code, 255);
    await sshd.stop();
  });

  it("is run on another machine to reach what only that one can: one within the other", async () => {
    const [outer, inner] = await Promise.all([startSshd(), startSshd()]);
    const resolved = await resolveSsh("stand-in", { configFile: outer.config });
    const mac = ssh2Host({ resolved, ownKnownHosts: join(outer.directory, "own") });
    const guest = opensshHost({ via: mac, target: "stand-in", words: ["-F", inner.config] });
    const { stdout } = await run(guest, ["sh", "-c", 'echo "$1 $SSH_CONNECTION"', "sh", "it's"], {
      deadlineMs,
    });
    assert.match(stdout, new RegExp(`^it's .* ${inner.port}\n$`));
    await guest.close();
    await mac.close();
    await Promise.all([outer.stop(), inner.stop()]);
  });
});

describe("ssh as root", () => {
  const answering = (script: string): { via: Host; asked: string[][] } => {
    const asked: string[][] = [];
    const local = localHost();
    const via: Host = {
      ...local,
      open(command, options) {
        asked.push([...command]);
        return local.open(["sh", "-c", script], options);
      },
    };
    return { via, asked };
  };

  it("is asked of sudo, which never asks for a password", async () => {
    const { via, asked } = answering("echo 'sudo: a password is required' >&2; exit 1");
    const trouble = await troubleOf(opensshHost({ via, target: "linux-builder", asRoot: true }));
    assert.deepEqual(asked[0]?.slice(0, 4), ["sudo", "-n", "ssh", "-T"]);
    assert.ok(asked[0]?.includes("BatchMode=yes"));
    assert.deepEqual(asked[0]?.slice(-3, -1), ["--", "linux-builder"]);
    assert.deepEqual([trouble.kind, trouble.retry], ["login", false]);
    assert.match(trouble.message, /sudo asks for a password/);
  });

  it("is not possible where sudo does not let us, and says so", async () => {
    const { via } = answering("echo 'me is not in the sudoers file.' >&2; exit 1");
    const trouble = await troubleOf(opensshHost({ via, target: "linux-builder", asRoot: true }));
    assert.match(trouble.message, /sudo does not let us/);
  });
});

describe("a login shell that is none", () => {
  const via = (script: string): Host => {
    const local = localHost();
    return { ...local, open: (_command, options) => local.open(["sh", "-c", script], options) };
  };

  it("and only prints is given up", async () => {
    const host = opensshHost({ via: via("while :; do echo welcome to this machine; done"), target: "mini" });
    assert.equal((await troubleOf(host)).kind, "protocol");
  });

  it("and ends at once is told with its last words", async () => {
    const host = opensshHost({
      via: via("echo 'This account is not available.' >&2; exit 1"),
      target: "mini",
    });
    const { kind, details } = await troubleOf(host);
    assert.equal(kind, "protocol");
    assert.deepEqual(details, ["This account is not available."]);
  });

  it("is not waited for beyond what the caller allows", async () => {
    const host = opensshHost({ via: via("exec sleep 600"), target: "mini" });
    await assert.rejects(run(host, ["true"], { deadlineMs: 200 }), /did not answer within 0\.2 s/);
  });
});
