/** A builder's own log, read with the commands of this machine. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { logCommand } from "../../../src/adapters/actions/log-command.ts";
import { localHost } from "../../../src/adapters/hosts/local-host.ts";
import { run } from "../../../src/adapters/hosts/run.ts";

const deadlineMs = 20_000;

describe("the command that prints a log", () => {
  const directory = mkdtempSync(join(tmpdir(), "buildtop-log-"));
  after(() => rmSync(directory, { recursive: true }));
  const host = localHost();

  it("gives the last lines of a file, whatever it is called", async () => {
    const path = join(directory, "-n it's a $HOME");
    writeFileSync(path, "one\ntwo\nthree\n");
    const done = await run(host, logCommand({ kind: "file", path }, { lines: 2 }), { deadlineMs });
    assert.deepEqual([done.code, done.stdout], [0, "two\nthree\n"]);
  });

  it("follows a file, and leaves nothing behind when its input ends", async () => {
    const path = join(directory, "followed.log");
    writeFileSync(path, "one\n");
    const channel = await host.open(logCommand({ kind: "file", path }, { lines: 5, follow: true }));
    channel.stderr.resume();
    const [first] = await once(channel.stdout, "data");
    assert.equal(String(first), "one\n");
    appendFileSync(path, "two\n");
    const [second] = await once(channel.stdout, "data");
    assert.equal(String(second), "two\n");
    channel.stdout.resume();
    channel.stdin.end();
    await channel.exited;
    const { stdout } = await run(host, ["ps", "-axww", "-o", "args"], { deadlineMs });
    assert.ok(!stdout.includes(path), "a tail is left behind");
  });

  it("ends by itself where the program that follows does, with its status", async () => {
    const command = logCommand({ kind: "journal", unit: "x" }, { lines: 1, follow: true });
    const failing = command.map((word) => (word === "journalctl" ? "/nowhere/journalctl" : word));
    const channel = await host.open(failing);
    channel.stdout.resume();
    channel.stderr.resume();
    assert.equal((await channel.exited).code, 127);
  });

  it("is a journal where there is one, and on a Mac the file of its daemon, or a plain reason", async () => {
    const bin = join(directory, "mac bin");
    mkdirSync(bin);
    const log = join(directory, "the daemon's.log");
    writeFileSync(log, "one\ntwo\nthree\n");
    const stub = (name: string, body: string) =>
      writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    const ask = async () => {
      const command = logCommand({ kind: "journal", unit: "nix-daemon.service" }, { lines: 2 });
      const words = ["env", `PATH=${bin}:/usr/bin:/bin`, ...command];
      const { code, stdout, stderr } = await run(host, words, { deadlineMs });
      return { code, stdout, stderr };
    };
    stub("journalctl", 'echo "journal $*"');
    stub("uname", "echo Linux");
    assert.deepEqual(await ask(), {
      ...{ code: 0, stdout: "journal --no-pager -q -n 2 -u nix-daemon.service\n", stderr: "" },
    });
    stub("uname", "echo Darwin");
    stub("journalctl", "exit 99");
    stub(
      "launchctl",
      `[ "$2" = system/org.nixos.nix-daemon ] || exit 113; printf '\\tstate = running\\n\\tstderr path = %s\\n' "${log}"`,
    );
    assert.deepEqual(await ask(), { code: 0, stdout: "two\nthree\n", stderr: "" });
    stub("launchctl", "exit 113");
    const { code, stdout, stderr } = await ask();
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^it is a Mac, and its Nix daemon writes no log there[^\n]*\n$/);
  });

  it("is launchd's, the journal's and docker's own where they keep it", () => {
    const line = (log: Parameters<typeof logCommand>[0], follow = false) =>
      logCommand(log, { lines: 200, follow }).join(" ");
    assert.match(
      line({ kind: "unified", predicate: 'subsystem == "x"' }),
      /^\/usr\/bin\/log show .*--last 1h --predicate subsystem == "x"$/,
    );
    assert.match(
      line({ kind: "unified", predicate: "p" }, true),
      /\/usr\/bin\/log stream --style compact --predicate p$/,
    );
    assert.match(
      line({ kind: "journal", unit: "nix-daemon.service" }, true),
      /journalctl .*-n 200 -f -u nix-daemon\.service$/,
    );
    assert.match(line({ kind: "container", name: "nix" }), /docker logs --tail 200 nix$/);
  });
});
