/** Restarting as a person does it, in a real terminal, where a real sudo asks for a real password. */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { terminalSkipReason } from "../support/lab-terminal.ts";
import { type Mac, macSkipReason, startMac } from "../support/mac.ts";
import { withSshOf } from "../support/ssh-of-mac.ts";
import { Terminal } from "../support/terminal.ts";

const root = resolve(import.meta.dirname, "../..");
const bundle = join(root, "dist");
const skip =
  macSkipReason() ||
  terminalSkipReason() ||
  (existsSync(join(bundle, "buildtop.js")) ? false : "needs npm run build");
const label = "org.nixos.linux-builder";
/** A name that no ssh configuration but ours knows. */
const alias = "restarted-mac";
const question = /Do it\? \[y\/N\]/;
const prompt = /buildtop: password for ada: *$/m;
const refused = /sudo got no password that it accepts: nothing was done/;

/** buildtop on this machine, with an ssh that knows the Mac. */
function hereWith(mac: Mac): { command: string[]; env: Record<string, string> } {
  const env = {
    ...withSshOf(mac),
    BUILDTOP: `${process.execPath} ${bundle}/buildtop.js`,
    PS1: "here> ",
  };
  return { command: ["bash", "--norc", "--noprofile"], env };
}

/** Puts buildtop and its node into the Mac: the machine whose sudo asks is then this machine. */
async function installIn(mac: Mac): Promise<void> {
  const place = dirname(mac.home);
  const put = async (path: string, file: number) => {
    const script = `mkdir -p "$(dirname ${path})"; cat >${path}; chmod 755 ${path}`;
    const child = spawn(
      "bash",
      [join(root, "test/mac/mac.sh"), "exec", place, "-r", "/bin/sh", "-c", script],
      {
        stdio: [file, "ignore", "inherit"],
        env: { ...process.env, MAC_BUILT: process.env.BUILDTOP_MAC ?? "/var/tmp/buildtop-mac" },
      },
    );
    const [code] = await once(child, "exit");
    assert.equal(code, 0, path);
  };
  const libraries = execFileSync("ldd", [process.execPath], { encoding: "utf8" }).match(/\/\S+/g) ?? [];
  for (const path of [process.execPath, ...libraries])
    await put(`/opt/node/${basename(path)}`, openSync(path, "r"));
  const loader = basename(libraries.find((path) => /\/ld-/.test(path)) ?? "");
  const files = execFileSync("tar", ["-C", bundle, "-cf", "-", "buildtop.js", "chunks"], {
    maxBuffer: 2 ** 27,
  });
  const tar = spawnSync(
    "bash",
    [
      join(root, "test/mac/mac.sh"),
      "exec",
      place,
      "-r",
      "/bin/sh",
      "-c",
      "mkdir /opt/bt; cd /opt/bt; tar xf -",
    ],
    {
      input: files,
      env: { ...process.env, MAC_BUILT: process.env.BUILDTOP_MAC ?? "/var/tmp/buildtop-mac" },
    },
  );
  assert.equal(tar.status, 0, String(tar.stderr));
  const start = `#!/bin/sh\nexec /opt/node/${loader} --library-path /opt/node /opt/node/${basename(process.execPath)} /opt/bt/buildtop.js "$@"\n`;
  await mac.execAsRoot(
    ["/bin/sh", "-c", "cat >/usr/local/bin/buildtop; chmod 755 /usr/local/bin/buildtop"],
    start,
  );
}

async function pidOf(mac: Mac): Promise<string | undefined> {
  const { stdout } = await mac.ssh(`launchctl print system/${label}`);
  return /^\tpid = (\d+)$/m.exec(stdout)?.[1];
}

for (const where of ["over ssh", "on the machine itself"] as const) {
  describe(`a restart ${where}`, { skip, concurrency: false }, () => {
    let mac: Mac;
    let terminal: Terminal;
    let command: string;
    before(async () => {
      mac = await startMac({ extends: "healthy-linux-builder", host: { sudo: "password" } }, { alias });
      const here = hereWith(mac);
      terminal = Terminal.open(here.command, here.env);
      if (where === "over ssh") {
        command = `$BUILDTOP restart linux-builder ${alias}`;
      } else {
        await installIn(mac);
        terminal.type(`ssh -tt ${alias} 'PATH=$PATH:/usr/local/bin PS1="there> " exec /bin/sh'`);
        command = "buildtop restart linux-builder";
      }
      await terminal.shows(where === "over ssh" ? /here> *$/ : /there> *$/);
    });
    after(async () => {
      terminal?.close();
      await mac?.down();
    });
    let runs = 0;
    /** Starts it on a screen that has nothing of the run before. */
    const run = async (line: string) => {
      runs += 1;
      terminal.type(`clear; echo run ${runs}; ${line}; echo "status=$?"`);
      await terminal.shows(new RegExp(`^run ${runs}$`, "m"));
    };

    it("asks first, and does nothing where the answer is not yes", async () => {
      const pid = await pidOf(mac);
      await run(command);
      const screen = await terminal.shows(question);
      assert.match(screen, new RegExp(`sudo /bin/launchctl kickstart -k system/${label}`));
      terminal.type("n");
      await terminal.shows(/Nothing was done\.\nstatus=2/);
      assert.equal(await pidOf(mac), pid);
    });

    it("is given up with Ctrl-C at sudo's prompt", async () => {
      const pid = await pidOf(mac);
      await run(command);
      await terminal.shows(question);
      terminal.type("y");
      await terminal.shows(prompt);
      terminal.press("C-c");
      const screen = await terminal.shows(/status=\d+\nt?here> *$/);
      assert.match(screen, refused);
      assert.match(screen, /status=2/);
      assert.equal(await pidOf(mac), pid);
    });

    it("goes on at sudo's prompt after Ctrl-Z", async () => {
      const pid = await pidOf(mac);
      await run(command);
      await terminal.shows(question);
      terminal.type("y");
      await terminal.shows(prompt);
      terminal.press("C-z");
      if (where === "over ssh") {
        // It goes to the other machine, where no shell waits for it: sudo asks on.
        await terminal.shows(new RegExp(`(?:${prompt.source}[\\s\\S]*){2}`, "m"));
      } else {
        // The shell of this terminal has it now.
        await terminal.shows(/Stopped[\s\S]*there>/);
        terminal.type("echo still a $((6 * 7)) shell; fg");
        await terminal.shows(/still a 42 shell[\s\S]*buildtop: password for ada: *$/);
      }
      terminal.press("C-c");
      const screen = await terminal.shows(/nothing was done\n(?:status=\d+\n)?t?here> *$/);
      assert.match(screen, refused);
      assert.equal(await pidOf(mac), pid);
    });

    it("is not done with wrong passwords", async () => {
      const pid = await pidOf(mac);
      await run(`${command} --yes`);
      for (let i = 0; i < 3; i++) {
        await terminal.shows(new RegExp(`(?:${prompt.source}[^]*){${i + 1}}`, "m"));
        terminal.type("not-it");
      }
      const screen = await terminal.shows(/status=\d+\nt?here> *$/);
      assert.match(screen, refused);
      assert.match(screen, /status=2/);
      assert.equal(await pidOf(mac), pid);
    });

    it("is done with the right one, which is nowhere to be seen", async () => {
      const pid = await pidOf(mac);
      await run(`${command} --yes`);
      await terminal.shows(prompt);
      terminal.type("hunter2");
      const screen = await terminal.shows(/status=\d+\nt?here> *$/, 90_000);
      assert.match(screen, /linux-builder(?: on restarted-mac)? was restarted \(pid \d+\)/);
      assert.match(screen, /status=0/);
      assert.doesNotMatch(screen, /hunter2/);
      assert.notEqual(await pidOf(mac), pid);
    });
  });
}
