/** Whom we talk to: no key that nobody vouches for, no other key than the known one, and nothing said before that is clear. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { hostFor } from "../../../src/adapters/hosts/choose-host.ts";
import type { Host } from "../../../src/adapters/hosts/host.ts";
import { HostKeyCheck, type HostKeyCheckOptions } from "../../../src/adapters/hosts/host-key-check.ts";
import { knownKeys } from "../../../src/adapters/hosts/known-hosts.ts";
import { run } from "../../../src/adapters/hosts/run.ts";
import { resolveSsh } from "../../../src/adapters/hosts/ssh-resolve.ts";
import { fingerprint, parseFoundKeys } from "../../../src/model/hosts/known-hosts.ts";
import { clientConfig, troubleOf } from "../../support/ssh-faults.ts";
import {
  makeKey,
  publicKey,
  type Sshd,
  type SshdOptions,
  startSshd,
  withoutSshd,
} from "../../support/sshd.ts";

const deadlineMs = 20_000;

describe("the host key of a server", { skip: withoutSshd }, () => {
  let sshd: Sshd | undefined;
  let host: Host | undefined;
  const own = () => join(sshd?.directory ?? "", "own/known_hosts");
  async function reach(options: SshdOptions, prepare: (sshd: Sshd) => void = () => {}): Promise<Host> {
    await end();
    sshd = await startSshd(options);
    prepare(sshd);
    host = await hostFor("stand-in", { configFile: sshd.config, ownKnownHosts: own() });
    return host;
  }
  async function end() {
    await host?.close();
    await sshd?.stop();
    host = undefined;
    sshd = undefined;
  }
  after(end);
  const works = async (reached: Host) => (await run(reached, ["true"], { deadlineMs })).code === 0;
  const theirs = () => readFileSync(sshd?.knownHosts ?? "", "utf8");
  /** Another key than the server's, for the same name. */
  const otherKey = (to: Sshd, type: string, marker = "") => {
    makeKey(join(to.directory, "other"), type);
    writeFileSync(
      to.knownHosts,
      `${marker}[127.0.0.1]:${to.port} ${publicKey(join(to.directory, "other"))}\n`,
    );
  };

  it("that changed is refused, with both fingerprints and the place, and no login is tried", async () => {
    const reached = await reach({ known: [] }, (to) => otherKey(to, "ed25519"));
    const trouble = await troubleOf(reached);
    assert.equal(trouble.kind, "host-key-changed");
    assert.equal(trouble.retry, false);
    const shown = publicKey(join(sshd?.directory ?? "", "host_ed25519")).split(" ")[1] ?? "";
    const known = publicKey(join(sshd?.directory ?? "", "other")).split(" ")[1] ?? "";
    const details = trouble.details.join("\n");
    assert.ok(details.includes(fingerprint(shown)) && details.includes(fingerprint(known)), details);
    assert.ok(details.includes(`${sshd?.knownHosts}:1`), details);
    assert.doesNotMatch(sshd?.log() ?? "", /Accepted|Failed|Postponed|userauth/);
  });

  it("that is of another type than the known one is taken for changed, not for unknown", async () => {
    const reached = await reach({ known: [] }, (to) => otherKey(to, "ecdsa"));
    assert.equal((await troubleOf(reached)).kind, "host-key-changed");
  });

  it("is asked for by the type that is known, where the server has several", async () => {
    assert.ok(await works(await reach({ hostKeys: ["ed25519", "ecdsa", "rsa"], known: ["ecdsa"] })));
    assert.ok(await works(await reach({ hostKeys: ["ed25519", "ecdsa", "rsa"], known: ["rsa"] })));
  });

  for (const strict of ["no", "accept-new", "ask", "yes"]) {
    it(`that was revoked is refused with StrictHostKeyChecking ${strict}`, async () => {
      const reached = await reach({ client: [`StrictHostKeyChecking ${strict}`] }, (to) => {
        appendFileSync(to.knownHosts, `@revoked * ${publicKey(join(to.directory, "host_ed25519"))}\n`);
      });
      assert.equal((await troubleOf(reached)).kind, "host-key-revoked");
    });
  }

  for (const strict of ["ask", "yes"]) {
    it(`that nobody knows is refused with StrictHostKeyChecking ${strict}, with its fingerprint`, async () => {
      const reached = await reach({ known: [], client: [`StrictHostKeyChecking ${strict}`] });
      const trouble = await troubleOf(reached);
      assert.equal(trouble.kind, "host-key-unknown");
      const shown = publicKey(join(sshd?.directory ?? "", "host_ed25519")).split(" ")[1] ?? "";
      assert.ok(trouble.details.join("\n").includes(fingerprint(shown)));
      assert.doesNotMatch(sshd?.log() ?? "", /Accepted|Failed|Postponed|userauth/);
    });
  }

  it("that nobody knows is kept with accept-new: in our file, for us alone, and never in theirs", async () => {
    const reached = await reach({ known: [], client: ["StrictHostKeyChecking accept-new"] });
    assert.ok(await works(reached));
    assert.equal(theirs(), "");
    assert.equal(
      readFileSync(own(), "utf8"),
      `[127.0.0.1]:${sshd?.port} ${publicKey(join(sshd?.directory ?? "", "host_ed25519"))}\n`,
    );
    assert.equal(statSync(own()).mode & 0o777, 0o600);
    // It is known from now on: not added again.
    await reached.close();
    assert.ok(await works(reached));
    assert.equal(readFileSync(own(), "utf8").split("\n").length, 2);
  });

  it("that nobody knows is accepted with StrictHostKeyChecking no, but not kept", async () => {
    assert.ok(await works(await reach({ known: [], client: ["StrictHostKeyChecking no"] })));
    assert.equal(existsSync(own()), false);
  });

  it("that changed is refused with StrictHostKeyChecking no as well", async () => {
    const reached = await reach({ known: [], client: ["StrictHostKeyChecking no"] }, (to) =>
      otherKey(to, "ed25519"),
    );
    assert.equal((await troubleOf(reached)).kind, "host-key-changed");
  });

  it("is checked at each change of keys, and stays accepted while it is the same", async () => {
    const reached = await reach({ server: ["RekeyLimit 1M"] });
    const { stdout, code } = await run(reached, ["head", "-c", "9000000", "/dev/zero"], {
      deadlineMs,
      maxBytes: 10_000_000,
    });
    assert.equal(code, 0);
    assert.equal(stdout.length, 9_000_000);
  });

  it("that only a certificate authority vouches for is left to the ssh program, which says so", async () => {
    const reached = await reach({ known: [] }, (to) => otherKey(to, "ed25519", "@cert-authority "));
    assert.equal(reached.transport, "openssh");
    assert.match(reached.transportReason ?? "", /certificate authority/);
  });
});

describe("known keys", { skip: withoutSshd }, () => {
  let directory: string;
  let key: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
    makeKey(join(directory, "key"), "ed25519");
    key = publicKey(join(directory, "key"));
  });
  after(() => rmSync(directory, { recursive: true }));

  const lookedUp = async (port: number, hostname: string, lines: string) => {
    writeFileSync(join(directory, "known_hosts"), lines);
    const configFile = clientConfig(directory, port, [`HostName ${hostname}`]);
    const { settings } = await resolveSsh("stand-in", { configFile });
    return (await knownKeys(settings, join(directory, "none"))).map(({ marker, where }) => [
      marker,
      where.replace(directory, ""),
    ]);
  };

  it("are found where they are plain, in lists, hashed, by wildcard, with a port, and marked", async () => {
    const hashed = join(directory, "hashed");
    writeFileSync(hashed, `mini.example ${key}\n`);
    execFileSync("ssh-keygen", ["-H", "-f", hashed], { stdio: "ignore" });
    const found = await lookedUp(
      22,
      "Mini.Example",
      [
        `other.example ${key}`,
        `a.example,mini.example ${key}`,
        readFileSync(hashed, "utf8").trim(),
        `*.example,!other.example ${key}`,
        `*.example,!mini.example ${key}`,
        `@revoked mini.example ${key}`,
        `[mini.example]:2222 ${key}`,
        "",
      ].join("\n"),
    );
    assert.deepEqual(found, [
      [null, "/known_hosts:2"],
      [null, "/known_hosts:3"],
      [null, "/known_hosts:4"],
      ["revoked", "/known_hosts:6"],
    ]);
    assert.deepEqual(
      await lookedUp(2222, "mini.example", `mini.example ${key}\n[mini.example]:2222 ${key}\n`),
      [[null, "/known_hosts:2"]],
    );
  });

  it("are none where there is no file, and garbage is none", async () => {
    assert.deepEqual(
      await lookedUp(22, "mini.example", "mini.example\nmini.example ssh-ed25519\n\0\0\n"),
      [],
    );
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseFoundKeys(text, "file"))));
  });
});

describe("the answer to a host key", () => {
  const blobOf = (type: string, body: string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(type.length);
    return Buffer.concat([length, Buffer.from(type), Buffer.from(body)]);
  };
  const good = blobOf("ssh-ed25519", "good");
  const wellKnown = Buffer.from(
    "AAAAC3NzaC1lZDI1NTE5AAAAIJBWcxb/Blaqt1auOtE+F8QUWrUotiC5qBJ+UuEWdVCb",
    "base64",
  );
  const known = [
    { marker: null, type: "ssh-ed25519", base64: good.toString("base64"), where: "known_hosts:1" },
  ] as const;
  const check = (more: Partial<HostKeyCheckOptions> = {}) =>
    new HostKeyCheck({ name: "mini", known, strict: "ask", loopback: false, ...more });

  it("is literally yes or no, at once: the ssh library takes all else for a yes", () => {
    assert.equal(check().verify(good), true);
    const never = fc.oneof(
      fc.uint8Array(),
      fc.uint8Array().map((bytes) => Buffer.concat([good, bytes, good])),
    );
    fc.assert(fc.property(never, (bytes) => check().verify(Buffer.from(bytes)) === false));
  });

  it("is no for what is no key at all, with a reason", () => {
    for (const blob of [Buffer.alloc(0), Buffer.alloc(3), Buffer.alloc(8), Buffer.alloc(9, 255)]) {
      const one = check();
      assert.equal(one.verify(blob), false);
      assert.ok(one.trouble);
    }
  });

  it("is no for any other key later on, whatever the settings say", () => {
    for (const strict of ["no", "accept-new", "ask", "yes"] as const) {
      const one = check({ strict });
      assert.equal(one.verify(good), true);
      assert.equal(one.verify(good), true);
      assert.equal(one.verify(blobOf("ssh-ed25519", "other")), false);
      assert.equal(one.trouble?.trouble.kind, "host-key-changed");
    }
  });

  it("is yes for the public key of Linux builder VMs on the loopback, and there only", () => {
    assert.equal(check({ known: [], loopback: true }).verify(wellKnown), true);
    assert.equal(check({ known: [], loopback: false }).verify(wellKnown), false);
    assert.equal(check({ loopback: true }).verify(wellKnown), false, "another key is pinned");
  });

  it("is no for a key that a certificate authority has, as it is no host's", () => {
    const authority = known.map((key) => ({ ...key, marker: "cert-authority" as const }));
    assert.equal(check({ known: authority }).verify(good), false);
  });
});
