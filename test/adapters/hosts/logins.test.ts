/** Logging in: with the key that the settings name, whatever the agent holds, and never again and again. */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { hostFor } from "../../../src/adapters/hosts/choose-host.ts";
import { type Host, HostError } from "../../../src/adapters/hosts/host.ts";
import { run } from "../../../src/adapters/hosts/run.ts";
import { readLogins } from "../../../src/adapters/hosts/ssh-logins.ts";
import { resolveSsh } from "../../../src/adapters/hosts/ssh-resolve.ts";
import { needOfProgram } from "../../../src/model/hosts/ssh-need.ts";
import { troubleOf } from "../../support/ssh-faults.ts";
import { findProgram, makeKey, type Sshd, startSshd, withoutSshd } from "../../support/sshd.ts";

const deadlineMs = 20_000;

describe("a login by the ssh library", { skip: withoutSshd }, () => {
  let sshd: Sshd;
  let directory: string;
  let agent: ChildProcess | null = null;
  let host: Host | null = null;
  before(async () => {
    sshd = await startSshd();
    directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
  });
  afterEach(async () => {
    await host?.close();
    host = null;
    agent?.kill();
    agent = null;
  });
  after(async () => {
    await sshd?.stop();
    if (directory) rmSync(directory, { recursive: true });
  });

  const socket = () => join(directory, "agent");
  async function startAgent(keys: readonly string[]): Promise<void> {
    rmSync(socket(), { force: true });
    agent = spawn(findProgram("ssh-agent") ?? "ssh-agent", ["-D", "-a", socket()], { stdio: "ignore" });
    for (let tries = 0; !existsSync(socket()) && tries < 100; tries++) await sleep(20);
    for (const key of keys) {
      execFileSync("ssh-add", ["-q", key], {
        env: { ...process.env, SSH_AUTH_SOCK: socket() },
        stdio: "ignore",
      });
    }
  }
  function strangers(count: number): string[] {
    return Array.from({ length: count }, (_, at) => {
      const path = join(directory, `stranger${at}`);
      if (!existsSync(path)) makeKey(path, "ed25519");
      return path;
    });
  }
  /** Settings of our own for the server, in place of those that know the key. */
  async function reach(lines: readonly string[]): Promise<Host> {
    const config = join(directory, "config");
    writeFileSync(
      config,
      [
        "Host stand-in",
        ...lines,
        "HostName 127.0.0.1",
        `Port ${sshd.port}`,
        `User ${userInfo().username}`,
        `UserKnownHostsFile ${sshd.knownHosts}`,
        "GlobalKnownHostsFile /dev/null",
        "GSSAPIAuthentication no",
        "",
      ].join("\n"),
    );
    host = await hostFor("stand-in", { configFile: config, ownKnownHosts: join(directory, "own") });
    return host;
  }
  const works = async (reached: Host) => (await run(reached, ["true"], { deadlineMs })).code === 0;

  it("offers only the key that is named, where an agent holds many others", async () => {
    await startAgent([...strangers(8), sshd.key]);
    const reached = await reach([
      `IdentityAgent ${socket()}`,
      `IdentityFile ${sshd.key}.pub`,
      "IdentitiesOnly yes",
    ]);
    assert.equal(reached.transport, "ssh2");
    assert.ok(await works(reached));
  });

  it("offers the named key of an agent before all others", async () => {
    await startAgent([...strangers(8), sshd.key]);
    assert.ok(await works(await reach([`IdentityAgent ${socket()}`, `IdentityFile ${sshd.key}`])));
  });

  it("goes on with the next key where the agent is dead", async () => {
    const reached = await reach([`IdentityAgent ${join(directory, "dead")}`, `IdentityFile ${sshd.key}`]);
    assert.equal(reached.transport, "ssh2");
    assert.ok(await works(reached));
  });

  it("that is refused is not tried again before the host is closed: servers count it", async () => {
    const [stranger = ""] = strangers(1);
    const reached = await reach([`IdentityFile ${stranger}`, "IdentitiesOnly yes", "IdentityAgent none"]);
    const logins = () => sshd.log().match(/Connection from/g)?.length ?? 0;
    const already = logins();
    const troubles = await Promise.all([troubleOf(reached), troubleOf(reached)]);
    troubles.push(await troubleOf(reached));
    for (const { kind, retry } of troubles) assert.deepEqual([kind, retry], ["login", false]);
    assert.equal(logins(), already + 1);
    await reached.close();
    await troubleOf(reached);
    assert.equal(logins(), already + 2);
  });

  it("is left to the ssh program where the key has a passphrase, but not where the agent holds it", async () => {
    const path = join(directory, "encrypted");
    makeKey(path, "ed25519", "secret words");
    const reached = await reach([`IdentityFile ${path}`, "IdentitiesOnly yes", "IdentityAgent none"]);
    assert.equal(reached.transport, "openssh");
    assert.match(reached.transportReason ?? "", /has a passphrase and is not in the key agent/);
    const opened = join(directory, "opened");
    makeKey(opened, "ed25519");
    await startAgent([opened]);
    execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "secret words", "-f", opened]);
    const held = await reach([`IdentityFile ${opened}`, `IdentityAgent ${socket()}`, "IdentitiesOnly yes"]);
    assert.equal(held.transport, "ssh2");
  });

  for (const [line, words] of [
    ["ProxyCommand nc %h %p", /ProxyCommand/],
    ["KnownHostsCommand /bin/true", /KnownHostsCommand/],
    ["KexAlgorithms sntrup761x25519-sha512@openssh.com", /key exchange/],
    ["PKCS11Provider /lib/card.so", /smart card/],
  ] as const) {
    it(`is left to the ssh program, which says why: ${line}`, async () => {
      const reached = await reach([line, `IdentityFile ${sshd.key}`]);
      assert.equal(reached.transport, "openssh");
      assert.match(reached.transportReason ?? "", words);
    });
  }

  it("is left to the ssh program where there is a certificate", async () => {
    const path = join(directory, "certified");
    makeKey(path, "ed25519");
    execFileSync("ssh-keygen", ["-q", "-s", sshd.key, "-I", "me", "-n", "me", `${path}.pub`], {
      stdio: "ignore",
    });
    assert.match((await reach([`IdentityFile ${path}`])).transportReason ?? "", /certificate/);
  });

  it("knows a key that root alone may read from one that is not there", async () => {
    const path = join(directory, "of-root");
    makeKey(path, "ed25519");
    chmodSync(path, 0);
    const { settings } = await resolveSsh("stand-in", { configFile: sshd.config });
    // Root may read everything: for this it is somebody else.
    const root = process.getuid?.() === 0;
    chmodSync(directory, 0o755);
    if (root) process.seteuid?.(65_534);
    const logins = await readLogins({ ...settings, identityFiles: [path, `${path}-none`] }).finally(() => {
      if (root) process.seteuid?.(0);
    });
    assert.deepEqual(
      logins.unusable.map((each) => [each.path, each.rootOnly]),
      [[path, true]],
    );
    assert.deepEqual(needOfProgram(settings, [], logins), {
      why: `root alone may read its key ${path}`,
      asRoot: true,
    });
  });

  it("goes through the hosts before it, each with its own settings", async () => {
    const config = join(directory, "jump");
    const common = `User ${userInfo().username}\nIdentityFile ${sshd.key}\nIdentitiesOnly yes\nIdentityAgent none\nUserKnownHostsFile ${sshd.knownHosts}\nGlobalKnownHostsFile /dev/null\nHostName 127.0.0.1\nPort ${sshd.port}\n`;
    writeFileSync(config, `Host inner\nProxyJump gate\n${common}Host gate\n${common}`);
    host = await hostFor("inner", { configFile: config, ownKnownHosts: join(directory, "own") });
    assert.equal(host.transport, "ssh2");
    assert.ok(await works(host));
    await host.close();
    writeFileSync(
      config,
      `Host inner\nProxyJump gate\n${common}Host gate\n${common.replace(/Port \d+/, "Port 1")}`,
    );
    host = await hostFor("inner", { configFile: config, ownKnownHosts: join(directory, "own") });
    const error = await host.open(["true"]).catch((each: unknown) => each);
    assert.ok(error instanceof HostError);
    assert.match(error.trouble.details.join("\n"), /port 1: Connection refused/);
  });
});
