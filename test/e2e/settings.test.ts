/** A setting changed as a person does it: by keys in a real terminal, on a stand-in Mac behind a real sshd and sudo. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { daemonConfig, daemonJob, refusesOnce } from "../support/determinate-mac.ts";
import { eventually } from "../support/lab-buildtop.ts";
import { terminalSkipReason } from "../support/lab-terminal.ts";
import { type Mac, type MacCase, macSkipReason, startMac } from "../support/mac.ts";
import { memoryHolds } from "../support/memory-of.ts";
import { nodesWith } from "../support/processes.ts";
import { withSshOf } from "../support/ssh-of-mac.ts";
import { Terminal } from "../support/terminal.ts";

const program = join(resolve(import.meta.dirname, "../.."), "dist/buildtop.js");
const skip = macSkipReason() || terminalSkipReason() || (existsSync(program) ? false : "needs npm run build");
/** A name that no ssh configuration but ours knows. */
const alias = "edited-mac";
const prompt = /buildtop: password for grace: *$/m;
const inForce = /builder\.memoryBytes is saved and in force/;

interface Scene {
  readonly mac: Mac;
  readonly terminal: Terminal;
  readonly content: () => Promise<string>;
}

/** The dashboard of the Mac, with its settings open. */
async function scene(context: TestContext, more: MacCase = {}): Promise<Scene> {
  const state = { extends: "determinate-native-idle", host: { sudo: "nopasswd" }, ...more };
  const mac = await startMac(state, { alias });
  context.after(() => mac.down());
  const line = `${process.execPath} ${program} ${alias}; echo "status $?"; exec sleep 600`;
  const terminal = Terminal.open(["sh", "-c", line], { ...withSshOf(mac), LANG: "C.UTF-8" });
  context.after(() => terminal.close());
  await terminal.shows(/native +\S+ +idle/, 60_000);
  terminal.press("e");
  await terminal.shows(/builder\.memoryBytes +8 GiB/);
  return { mac, terminal, content: async () => (await mac.execAsRoot(["cat", daemonConfig])).stdout };
}

/** Types the value, and waits for the question. */
async function ask(terminal: Terminal, value: string): Promise<string> {
  terminal.press("Enter");
  await terminal.shows(/builder\.memoryBytes +8G/);
  terminal.press("C-u");
  terminal.press(...value);
  await terminal.shows(/16 GiB = 17179869184 bytes/);
  terminal.press("Enter");
  return terminal.shows(/y {2}save, and restart the Nix daemon on edited-mac/);
}

describe("a setting, by keys", { skip, concurrency: false }, () => {
  it("is typed, shown as a diff, saved, in force, and taken back", async (context) => {
    const { terminal, content, mac } = await scene(context);
    const old = await content();
    const question = await ask(terminal, "16G");
    assert.match(question, /- +"memoryBytes": 8589934592,/);
    assert.match(question, /\+ +"memoryBytes": 17179869184,/);
    assert.match(question, new RegExp(`launchctl kickstart -k system/${daemonJob}`));
    assert.equal(await content(), old, "nothing is written before the answer");
    terminal.press("y");
    await terminal.shows(inForce, 60_000);
    await terminal.shows(/builder\.memoryBytes +16 GiB/);
    assert.equal(await content(), old.replace("8589934592", "17179869184"));
    assert.ok(mac.calls().some(({ command }) => /kickstart/.test(command)));

    terminal.press("u");
    await terminal.shows(/take back builder\.memoryBytes on edited-mac/);
    terminal.press("y");
    await terminal.shows(/builder\.memoryBytes +8 GiB/, 60_000);
    assert.equal(await content(), old);
    terminal.press("u");
    await terminal.shows(/nothing is left to take back on edited-mac/i, 60_000);
    assert.equal(await content(), old);
    terminal.press("Escape");
    // Esc and a key right behind it would be that key with Alt: what Esc does has to be seen first.
    await terminal.shows(/╭ Builders/);
    terminal.press("q");
    await terminal.shows(/status 0/);
  });

  it("is left as it is at a no, and the line is there again", async (context) => {
    const { terminal, content, mac } = await scene(context);
    const old = await content();
    await ask(terminal, "16G");
    terminal.press("n");
    await terminal.shows(/builder\.memoryBytes +16G\s/);
    assert.equal(await content(), old);
    assert.ok(!mac.calls().some(({ command }) => /kickstart/.test(command)));
  });

  it("asks for sudo's password on the person's own terminal, and keeps no trace of it", async (context) => {
    const { terminal, content, mac } = await scene(context, { host: { sudo: "password" } });
    const old = await content();
    const question = await ask(terminal, "16G");
    assert.match(
      question,
      /sudo asks for your password in this terminal, twice: to write the file, and to restart/,
    );
    terminal.press("y");
    await terminal.shows(
      new RegExp(`buildtop: to write ${daemonConfig} on ${alias}\\s+${prompt.source}`, "m"),
    );
    terminal.type("hunter2");
    // A login of its own for the restart: sudo asks for each over there.
    await eventually("the new value in the file", async () => (await content()) !== old);
    // The first prompt still stands on the screen: what is typed before the second one is there would be lost.
    const restart = `buildtop: to restart the Nix daemon on ${alias}\\s+${prompt.source}`;
    await terminal.shows(new RegExp(`${prompt.source}[\\s\\S]*${restart}`, "m"));
    terminal.type("hunter2");
    const screen = await terminal.shows(inForce, 90_000);
    assert.doesNotMatch(screen, /hunter2/);
    const [pid = 0] = nodesWith(program, alias);
    // What it could have read would be found: the name of the machine is.
    assert.ok(memoryHolds(pid, alias), "its memory can be looked through");
    assert.equal(memoryHolds(pid, "hunter2"), false);
    assert.equal(spawnSync("grep", ["-r", "hunter2", mac.home]).status, 1);
    assert.equal(await content(), old.replace("8589934592", "17179869184"));
    assert.equal((await mac.execAsRoot(["sh", "-c", "ls /tmp | grep buildtop"])).stdout, "");
  });

  it("is not saved where no password is given, and the screen is there again", async (context) => {
    const { terminal, content } = await scene(context, { host: { sudo: "password" } });
    const old = await content();
    await ask(terminal, "16G");
    terminal.press("y");
    await terminal.shows(prompt);
    terminal.press("C-z");
    // Before sudo asks on, it would not hear of Ctrl-C.
    await terminal.shows(new RegExp(`(?:${prompt.source}[\\s\\S]*){2}`, "m"));
    terminal.press("C-c");
    await terminal.shows(/was not written: sudo got no password that it accepts/, 60_000);
    terminal.press("Escape");
    await terminal.shows(/builder\.memoryBytes +8 GiB/);
    assert.equal(await content(), old);
  });

  it("that the daemon does not take is rolled back byte for byte, and that stays to be read", async (context) => {
    const { terminal, content } = await scene(context, refusesOnce);
    const old = await content();
    await ask(terminal, "16G");
    terminal.press("y");
    await terminal.shows(/does not come back with the new builder\.memoryBytes/, 90_000);
    terminal.press("y");
    await terminal.shows(/holds its old content again, byte for byte/, 90_000);
    assert.equal(await content(), old);
    terminal.press("Escape");
    await terminal.shows(/builder\.memoryBytes +8 GiB/);
  });

  it("of the person's own Nix code is changed where it stands, and said what has to be run", async (context) => {
    const path = "/Users/grace/.config/nix-darwin/flake.nix";
    const code = "{ nix.linux-builder = { enable = true; maxJobs = 4; /* enough */ }; }\n";
    const { terminal, mac } = await scene(context, { files: { [path]: { content: code, owner: "grace" } } });
    terminal.press("/");
    terminal.press(..."builder.maxJobs");
    terminal.press("Enter");
    await terminal.shows(/nix\.linux-builder\.maxJobs +4/);
    terminal.press("Enter", "BSpace", "6", "Enter");
    const question = await terminal.shows(/y {2}save$|y {2}save /m);
    assert.match(
      question,
      /\+ \{ nix\.linux-builder = \{ enable = true; maxJobs = 6; \/\* enough \*\/ \}; \}/,
    );
    terminal.press("y");
    await terminal.shows(/darwin-rebuild switch/, 60_000);
    const written = async () => (await mac.execAsRoot(["cat", path])).stdout;
    await eventually("the new value in the file", async () => (await written()) === code.replace("4", "6"));
    await terminal.shows(/is saved/);
    assert.ok(
      !mac.calls().some(({ command }) => /darwin-rebuild/.test(command)),
      "that is the person's to run",
    );
  });
});
