/** How a machine is to be reached is asked of ssh, and never waited for; what is no name never gets that far. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { HostError } from "../../../src/adapters/hosts/host.ts";
import { resolveSsh } from "../../../src/adapters/hosts/ssh-resolve.ts";
import { eventually } from "../../support/lab-buildtop.ts";
import { findProgram } from "../../support/sshd.ts";

describe("the way to a machine", { skip: findProgram("ssh") === null && "there is no ssh here" }, () => {
  let directory: string;
  let path: string | undefined;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
    path = process.env.PATH;
  });
  after(() => rmSync(directory, { recursive: true }));

  const config = (lines: string) => {
    const file = join(directory, "config");
    writeFileSync(file, lines);
    return { configFile: file };
  };
  const troubleOf = async (name: string, options: Parameters<typeof resolveSsh>[1]) => {
    const error = await resolveSsh(name, options).catch((each: unknown) => each);
    assert.ok(error instanceof HostError, String(error));
    return error.trouble;
  };

  it("is what ssh says, with the user and the port of the name before those of the files", async () => {
    const options = config("Host mini\n HostName mini.example\n User builder\n Port 2200\n");
    const plain = await resolveSsh("mini", options);
    const { hostname, user, port } = plain.settings;
    assert.deepEqual([hostname, user, port], ["mini.example", "builder", 2200]);
    const named = await resolveSsh("me@mini:2222", options);
    assert.deepEqual([named.settings.user, named.settings.port, named.name.host], ["me", 2222, "mini"]);
    assert.deepEqual(named.words, ["-F", options.configFile, "-p", "2222", "-l", "me"]);
  });

  it("is not asked of anyone for what is no name: nothing is started", async () => {
    const trace = join(directory, "started");
    writeFileSync(join(directory, "ssh"), `#!/bin/sh\necho "$@" >>${trace}\n`, { mode: 0o755 });
    process.env.PATH = `${directory}:${path}`;
    try {
      for (const name of ["-oProxyCommand=touch x", "$(touch x)", "a\nb", "a b", "`x`", "\u001b[2J"]) {
        const trouble = await troubleOf(name, {});
        assert.equal(trouble.kind, "name");
        assert.doesNotMatch(trouble.message, /[\n\u001b]/);
      }
      assert.equal(existsSync(trace), false);
      // It would have been seen.
      await troubleOf("mini", {});
      assert.equal(existsSync(trace), true);
    } finally {
      process.env.PATH = path;
      rmSync(join(directory, "ssh"));
    }
  });

  it("that a wrong configuration bars is told with its line", async () => {
    const trouble = await troubleOf("mini", config("Host mini\n Bogus yes\n"));
    assert.equal(trouble.kind, "config");
    assert.match(trouble.message, /line 2: Bad configuration option: bogus/);
  });

  it("that a command in the configuration holds up is given up", async () => {
    const options = config('Match exec "sleep 600"\n Port 2\n');
    const trouble = await troubleOf("mini", { ...options, deadlineMs: 400 });
    assert.equal(trouble.kind, "config");
    assert.match(trouble.message, /did not say within 0\.4 s.*Match exec/);
  });

  it("leaves nothing of such a command behind, and says what it complained about", async () => {
    const trace = join(directory, "pid");
    const script = join(directory, "hangs");
    writeFileSync(script, `#!/bin/sh\necho "waiting for the VPN" >&2\necho $$ >${trace}\nsleep 600\n`, {
      mode: 0o755,
    });
    const options = config(`Match exec "${script}"\n Port 2\n`);
    const trouble = await troubleOf("mini", { ...options, deadlineMs: 1500 });
    assert.match(trouble.details.join("\n"), /waiting for the VPN/);
    const pid = Number(readFileSync(trace, "utf8"));
    await eventually("its processes are gone", () => {
      const lines = execFileSync("ps", ["-axww", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
      return !lines.split("\n").some((line) => new RegExp(`\\b${pid}\\b`).test(line.split(" /")[0] ?? ""));
    });
  });
});
