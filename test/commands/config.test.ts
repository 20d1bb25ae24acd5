/** `buildtop config` as a person uses it: against a stand-in Mac, without a terminal and in a real one. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { daemonConfig, daemonJob, refusesOnce } from "../support/determinate-mac.ts";
import { finished } from "../support/lab.ts";
import { eventually } from "../support/lab-buildtop.ts";
import { terminalSkipReason } from "../support/lab-terminal.ts";
import { type Mac, type MacCase, macSkipReason, startMac } from "../support/mac.ts";
import { withSshOf } from "../support/ssh-of-mac.ts";
import { Terminal } from "../support/terminal.ts";

const root = resolve(import.meta.dirname, "../..");
const skip = macSkipReason();
/** A name that no ssh configuration but ours knows. */
const alias = "configured-mac";

interface Scene {
  readonly mac: Mac;
  readonly env: Record<string, string>;
  readonly start: (...args: string[]) => ChildProcess;
  readonly run: (...args: string[]) => Promise<{ status: number | null; stdout: string; stderr: string }>;
  readonly content: (path?: string) => Promise<string>;
}

const program = [process.execPath, "--import", "tsx", join(root, "src/cli.ts"), "config"];

async function scene(context: TestContext, more: MacCase = {}): Promise<Scene> {
  const state = { extends: "determinate-native-idle", host: { sudo: "nopasswd" }, ...more };
  const mac = await startMac(state, { alias });
  context.after(() => mac.down());
  const env = withSshOf(mac);
  const start: Scene["start"] = (...args) => {
    const [command = "", ...words] = [...program, ...args];
    return spawn(command, words, {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: root,
      env: { ...process.env, ...env },
    });
  };
  const run: Scene["run"] = (...args) => finished(start(...args), args);
  const content = async (path = daemonConfig) => (await mac.execAsRoot(["cat", path])).stdout;
  return { mac, env, start, run, content };
}

describe("buildtop config", { skip, concurrency: false }, () => {
  it("lists, gets, sets, and takes back", async (context) => {
    const { run, content } = await scene(context);
    const old = await content();
    const list = await run("list", alias);
    assert.equal(list.status, 0, list.stderr);
    assert.match(list.stdout, /^\/etc\/determinate\/config\.json\n {2}builder\.memoryBytes +8 GiB$/m);
    assert.match(list.stdout, /^ {2}trusted-users +root @admin$/m);
    assert.match(list.stdout, /^ {2}cores +not set: 0, which is all of them$/m);
    assert.deepEqual(await run("get", "builder.memoryBytes", alias), {
      ...{ status: 0, signal: null, stdout: "8589934592\n", stderr: "" },
    });
    const unset = await run("get", "cores", alias);
    assert.deepEqual([unset.status, unset.stdout], [1, ""]);

    const set = await run("set", "builder.memoryBytes", "16G", alias, "--yes");
    assert.equal(set.status, 0, set.stdout + set.stderr);
    assert.match(
      set.stdout,
      /^set builder\.memoryBytes on configured-mac\n {2}8 GiB → 16 GiB = 17179869184 bytes$/m,
    );
    assert.match(set.stdout, /^ {2}- +"memoryBytes": 8589934592,\n {2}\+ +"memoryBytes": 17179869184,$/m);
    assert.match(set.stdout, /^builder\.memoryBytes is saved and in force$/m);
    assert.match(set.stdout, /was restarted \(pid \d+\)/);
    assert.equal(await content(), old.replace("8589934592", "17179869184"));

    const undo = await run("undo", alias, "--yes", "--no-restart");
    assert.equal(undo.status, 1, undo.stdout + undo.stderr);
    assert.match(undo.stderr, /is saved; it holds when the Nix daemon on configured-mac is started again/);
    assert.equal(await content(), old);
  });

  it("walks back through what was saved, and never takes back its own taking back", async (context) => {
    const { run, content, mac } = await scene(context);
    const custom = "/etc/nix/nix.custom.conf";
    const before = [await content(), await content(custom)];
    const set = async (key: string, value: string) => {
      const { status, stderr } = await run("set", key, value, alias, "--yes", "--no-restart");
      assert.equal(status, 1, stderr);
    };
    const undo = () => run("undo", alias, "--yes", "--no-restart");
    await set("builder.cpuCount", "2");
    const first = await content();
    await set("cores", "4");
    await set("builder.cpuCount", "3");
    const second = await content();
    // The backup of the file holds the newest change only: the older is known by the words it replaced.
    await set("builder.memoryBytes", "16G");
    for (const [says, now] of [
      [/^take back builder\.memoryBytes on configured-mac\n {2}16 GiB → 8 GiB$/m, second],
      [/^take back builder\.cpuCount on configured-mac\n {2}3 → 2$/m, first],
      [/^take back cores on configured-mac\n {2}4 → not set$/m, first],
      [/^take back builder\.cpuCount on configured-mac\n {2}2 → /m, before[0]],
    ] as const) {
      const { status, stdout, stderr } = await undo();
      assert.equal(status, 1, stdout + stderr);
      assert.match(stdout, says);
      assert.equal(await content(), now);
    }
    assert.deepEqual([await content(), await content(custom)], before);
    mac.forgetCalls();
    for (let times = 0; times < 2; times++) {
      const { status, stdout, stderr } = await undo();
      assert.deepEqual([status, stdout], [2, ""], stderr);
      assert.match(
        stderr,
        /^buildtop: nothing is left to take back on configured-mac: every change .* is taken back\n$/,
      );
    }
    await set("builder.cpuCount", "5");
    assert.match((await undo()).stdout, /^ {2}5 → /m);
    assert.equal((await undo()).status, 2);
    assert.deepEqual([await content(), await content(custom)], before);
  });

  it("takes no older change back over what somebody else has written since", async (context) => {
    const { run, content, mac } = await scene(context);
    for (const value of ["2", "3"])
      assert.equal((await run("set", "builder.cpuCount", value, alias, "--yes", "--no-restart")).status, 1);
    assert.equal((await run("undo", alias, "--yes", "--no-restart")).status, 1);
    await mac.execAsRoot(["/bin/sh", "-c", `echo >>${daemonConfig}`]);
    const theirs = await content();
    const { status, stderr } = await run("undo", alias, "--yes", "--no-restart");
    assert.equal(status, 2, stderr);
    assert.match(stderr, /somebody has changed the file since builder\.cpuCount was saved/);
    assert.equal(await content(), theirs);
  });

  it("takes back what the daemon refuses, and says so with 1", async (context) => {
    const { run, content } = await scene(context, refusesOnce);
    const old = await content();
    const set = await run("set", "builder.memoryBytes", "16G", alias, "--yes");
    assert.equal(set.status, 1, set.stdout + set.stderr);
    assert.match(set.stderr, /does not come back with the new builder\.memoryBytes/);
    assert.match(
      set.stderr,
      /holds its old content again, byte for byte; the Nix daemon on configured-mac was restarted/,
    );
    assert.equal(await content(), old);
  });

  for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const)
    it(`ended by ${signal} while the daemon restarts tells at the next start what is in place`, async (context) => {
      const slow = { afterSeconds: 8, state: "not running", lastExitCode: 1 };
      const here = await scene(context, { launchd: { [daemonJob]: { onKickstart: slow } } });
      const args = ["set", "builder.memoryBytes", "16G", alias, "--yes"];
      const child = here.start(...args);
      const ended = finished(child, args);
      let said = "";
      await new Promise<void>((resolve) => {
        child.stdout?.on("data", (chunk) => {
          said += chunk;
          if (/kickstart -k \S+…/.test(said)) resolve();
        });
      });
      child.kill(signal);
      const { status, stderr } = await ended;
      const next = await here.run("get", "builder.memoryBytes", alias);
      assert.equal(next.stdout, "17179869184\n");
      if (signal === "SIGINT") {
        assert.equal(status, 130);
        assert.match(stderr, /is saved; nobody waited for the restart of the Nix daemon/);
        assert.equal(next.stderr, "");
      } else {
        assert.match(
          next.stderr,
          /the save of builder\.memoryBytes in .* was interrupted: the new content is in place/,
        );
        assert.equal((await here.run("get", "builder.memoryBytes", alias)).stderr, "", "once is enough");
      }
    });

  it("is told who is at it while another saves the same file", async (context) => {
    const slow = { afterSeconds: 5, state: "running" };
    const here = await scene(context, {
      launchd: { [daemonJob]: { state: "not running", onKickstart: slow } },
    });
    const args = ["set", "builder.memoryBytes", "16G", alias, "--yes"];
    const child = here.start(...args);
    const ended = finished(child, args);
    const saves = join(here.env.XDG_STATE_HOME ?? "", "buildtop/saves");
    const taken = () =>
      existsSync(saves) && readdirSync(saves).some((name) => /^[0-9a-f]{24}\.lock$/.test(name));
    await eventually("the lock of the first", taken);
    child.kill("SIGSTOP");
    const second = await here.run("set", "builder.memoryBytes", "12G", alias, "--yes");
    child.kill("SIGCONT");
    assert.equal(second.status, 2, second.stdout + second.stderr);
    assert.match(second.stderr, new RegExp(`is locked by another buildtop \\(process ${child.pid}, since `));
    await ended;
    assert.doesNotMatch(await here.content(), /12884901888/);
  });

  it("refuses nonsense with what to write instead, and touches nothing", async (context) => {
    const { run, content, mac } = await scene(context);
    const old = await content();
    mac.forgetCalls();
    for (const value of ["16", "-1", "1e9", "99T", "abc", "１６G"]) {
      const { status, stderr, stdout } = await run("set", "builder.memoryBytes", value, alias, "--yes");
      assert.deepEqual([status, stdout], [2, ""], `${value}: ${stderr}`);
      assert.match(stderr, /^buildtop: builder\.memoryBytes: .*\bwrite\b/, value);
      assert.equal(stderr.trim().split("\n").length, 1);
    }
    assert.equal(await content(), old);
    for (const [args, said] of [
      [["set", "builder.memorybytes", "16G", alias], /did you mean "builder\.memoryBytes"\?/],
      [["set", "nix.linux-builder.maxJobs", "4", alias], /stands in your flake or configuration\.nix/],
      [["set", "builder.memoryBytes"], /write what to set: buildtop config set builder\.memoryBytes 16G/],
      [["set", "machines.maxJobs", "4", alias], /\/etc\/nix\/machines names no machine/],
      [
        ["set", "builder.memoryBytes", "16G", alias],
        /to set builder\.memoryBytes on .* without being asked, add --yes/,
      ],
      [
        ["undo", alias, "--yes"],
        /nothing is left to take back on configured-mac: buildtop knows of no change/,
      ],
      [[], /write one of: buildtop config list, get KEY, set KEY VALUE, edit KEY, undo/],
    ] as const) {
      const { status, stderr } = await run(...args);
      assert.equal(status, 2, stderr);
      assert.match(stderr, said);
    }
    assert.ok(!mac.calls().some(({ command }) => /kickstart/.test(command)));
  });

  it("says that nothing was written where sudo wants a password and nobody is there to type it", async (context) => {
    const { run, content } = await scene(context, { host: { sudo: "password" } });
    const old = await content();
    const { status, stderr } = await run("set", "builder.memoryBytes", "16G", alias, "--yes");
    assert.equal(status, 2, stderr);
    assert.match(
      stderr,
      /^buildtop: nothing was written: sudo on configured-mac asks for a password, and there is no terminal/m,
    );
    assert.equal(await content(), old);
  });

  it("refuses a file that a configuration makes, and names what to change", async (context) => {
    const made = {
      "/etc/nix/nix.custom.conf": { content: null, symlink: "/etc/static/nix/nix.custom.conf" },
    };
    const { run } = await scene(context, { files: made });
    const { status, stderr } = await run("set", "cores", "4", alias, "--yes");
    assert.equal(status, 2, stderr);
    assert.match(stderr, /is a link to \/etc\/static/);
    assert.match(
      stderr,
      /change determinateNix\.customSettings\.cores in your configuration, and run: sudo darwin-rebuild/,
    );
  });

  it("sets a column of one machine, which nothing has to restart for", async (context) => {
    const content = "ssh-ng://builder@a aarch64-linux - 1\nssh-ng://builder@b aarch64-linux - 1 # mine\n";
    const here = await scene(context, { files: { "/etc/nix/machines": { content } } });
    const which = await here.run("set", "machines.maxJobs", "4", alias, "--yes");
    assert.equal(which.status, 2);
    assert.match(which.stderr, /has 2 machines; name one with --machine HOST/);
    const set = await here.run("set", "machines.maxJobs", "4", alias, "--machine", "b", "--yes");
    assert.equal(set.status, 0, set.stderr);
    assert.equal(await here.content("/etc/nix/machines"), content.replace("- 1 # mine", "- 4 # mine"));
  });
});

describe("buildtop config in a terminal", { skip: skip || terminalSkipReason(), concurrency: false }, () => {
  const open = (context: TestContext, { env }: Scene, ...args: string[]) => {
    const line = [...program, ...args].join(" ");
    const terminal = Terminal.open(["sh", "-c", `${line}; echo "status $?"; exec sleep 600`], env);
    context.after(() => terminal.close());
    return terminal;
  };

  it("asks before it saves and before it restarts", async (context) => {
    const here = await scene(context);
    const terminal = open(context, here, "set", "builder.memoryBytes", "16G", alias);
    await terminal.shows(/Save it\? \[y\/N\]/);
    terminal.type("y");
    await terminal.shows(/Restart the Nix daemon on configured-mac now\? \[y\/N\]/);
    terminal.type("y");
    await terminal.shows(/is saved and in force[\s\S]*status 0/, 60_000);
    assert.match(await here.content(), /17179869184/);
  });

  it("leaves everything alone at a no", async (context) => {
    const here = await scene(context);
    const terminal = open(context, here, "set", "builder.memoryBytes", "16G", alias);
    await terminal.shows(/Save it\? \[y\/N\]/);
    terminal.type("n");
    await terminal.shows(/Nothing was saved\.\s+status 2/);
    assert.match(await here.content(), /8589934592/);
  });

  it("lets sudo over there ask for the password, and saves with it", async (context) => {
    const here = await scene(context, { host: { sudo: "password" } });
    const terminal = open(context, here, "set", "builder.memoryBytes", "16G", alias, "--no-restart");
    await terminal.shows(/Save it\? \[y\/N\]/);
    terminal.type("y");
    await terminal.shows(/buildtop: password for grace: *$/m);
    terminal.type("hunter2");
    await terminal.shows(/is saved; it holds when[\s\S]*status 1/, 60_000);
    assert.match(await here.content(), /17179869184/);
    assert.equal((await here.mac.execAsRoot(["sh", "-c", "ls /tmp | grep buildtop"])).stdout, "");
  });

  it("saves nothing where no password is given", async (context) => {
    const here = await scene(context, { host: { sudo: "password" } });
    const terminal = open(context, here, "set", "builder.memoryBytes", "16G", alias, "--no-restart");
    await terminal.shows(/Save it\? \[y\/N\]/);
    terminal.type("y");
    await terminal.shows(/buildtop: password for grace: *$/m);
    terminal.press("C-c");
    await terminal.shows(/sudo got no password that it accepts: nothing was done[\s\S]*status 2/, 60_000);
    assert.match(await here.content(), /8589934592/);
    assert.equal((await here.mac.execAsRoot(["sh", "-c", "ls /tmp | grep buildtop"])).stdout, "");
  });
});
