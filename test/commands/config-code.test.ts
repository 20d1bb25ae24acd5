/** `buildtop config` for options in a person's own Nix code: on this machine, and on a stand-in Mac over ssh. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { finished } from "../support/lab.ts";
import { terminalSkipReason } from "../support/lab-terminal.ts";
import { macSkipReason, startMac } from "../support/mac.ts";
import { withSshOf } from "../support/ssh-of-mac.ts";
import { Terminal } from "../support/terminal.ts";

const root = resolve(import.meta.dirname, "../..");
const program = ["--import", "tsx", join(root, "src/cli.ts"), "config"];
const jobs = "nix.linux-builder.maxJobs";
const memory = "nix.linux-builder.config.virtualisation.darwin-builder.memorySize";
const flake = `{
  outputs = { darwin, ... }: {
    darwinConfigurations.heron = darwin.lib.darwinSystem {
      modules = [ ./builder.nix { nix.linux-builder.maxJobs = 4; } ]; # a comment: maxJobs = 9;
    };
  };
}
`;
const builder = `{ lib, ... }: {
  nix.linux-builder = {
    enable = true;
    speedFactor = lib.mkDefault 2;
    config.virtualisation = {
      darwin-builder.memorySize = 4096; # MiB
      cores = 4;
    };
  };
}
`;

type Ended = { status: number | null; stdout: string; stderr: string };

function runner(env: Record<string, string>, cwd = root) {
  return (...args: string[]): Promise<Ended> => {
    const tsx = ["--import", join(root, "node_modules/tsx/dist/esm/index.mjs"), ...program.slice(2)];
    const child = spawn(process.execPath, [...tsx, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      cwd,
      env: { ...process.env, ...env },
    });
    return finished(child, args);
  };
}

/** A home of its own on this machine. */
function home(context: TestContext, files: Readonly<Record<string, string>>) {
  const directory = mkdtempSync(join(tmpdir(), "buildtop-home-"));
  context.after(() => rmSync(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  const env = { HOME: directory, XDG_STATE_HOME: join(directory, "state"), VISUAL: "", EDITOR: "true" };
  return {
    directory,
    env,
    run: runner(env),
    text: (name: string) => readFileSync(join(directory, name), "utf8"),
  };
}

describe("buildtop config and the Nix code of this machine", { concurrency: false }, () => {
  const file = ".config/nix-darwin/flake.nix";

  it("sets the one plain value, keeps what was beside it, and takes it back", async (context) => {
    const { run, text, directory } = home(context, {
      [file]: flake,
      ".config/nix-darwin/builder.nix": builder,
    });
    const set = await run("set", jobs, "2", "--yes");
    assert.equal(set.status, 1, set.stdout + set.stderr);
    assert.match(set.stdout, /^ {2}4 → 2$/m);
    assert.match(
      set.stdout,
      /^ {2}holds after darwin-rebuild switch, which restarts linux-builder and ends its builds$/m,
    );
    assert.match(set.stdout, /^ {2}- +modules = .*maxJobs = 4; .*\n {2}\+ +modules = .*maxJobs = 2; /m);
    assert.match(
      set.stderr,
      new RegExp(`is saved; it holds after a rebuild; run: sudo darwin-rebuild switch --flake ${directory}/`),
    );
    assert.equal(text(file), flake.replace("maxJobs = 4", "maxJobs = 2"));
    assert.equal(text(`${file}.buildtop-bak`), flake);

    const undo = await run("undo", "--yes");
    assert.equal(undo.status, 1, undo.stdout + undo.stderr);
    assert.match(undo.stderr, /run: sudo darwin-rebuild switch/);
    assert.equal(text(file), flake);
  });

  it("lists and gets values with their file and line", async (context) => {
    const { run, directory } = home(context, { [file]: flake, ".config/nix-darwin/builder.nix": builder });
    const { stdout, status } = await run("list");
    assert.equal(status, 0);
    const path = `${directory}/.config/nix-darwin/builder.nix`;
    assert.match(stdout, new RegExp(`^${path}\\n(?: {2}.*\\n)* {2}${memory} +4 GiB {2}\\(line 6\\)$`, "m"));
    assert.match(stdout, /^ {2}nix\.linux-builder\.speedFactor +no plain value {2}\(line 4\)$/m);
    const got = await run("get", memory);
    assert.deepEqual([got.status, got.stdout, got.stderr], [0, "4096\n", `${path}:6\n`]);
    const computed = await run("get", "nix.linux-builder.speedFactor");
    assert.deepEqual([computed.status, computed.stdout], [1, ""]);
    assert.match(computed.stderr, new RegExp(`${path}:4:\\d+: .*'lib\\.mkDefault 2', not a bare value`));
  });

  it("changes nothing where the value is computed, or set twice, and says where", async (context) => {
    const twice = { [file]: flake, ".config/nix-darwin/builder.nix": builder, "dotfiles/hosts/b.nix": flake };
    const { run, text, directory } = home(context, twice);
    const computed = await run("set", "nix.linux-builder.speedFactor", "3", "--yes");
    assert.equal(computed.status, 2);
    assert.match(computed.stderr, /builder\.nix:4:\d+: /);
    assert.match(computed.stderr, /to open it there: buildtop config edit nix\.linux-builder\.speedFactor$/m);
    const several = await run("set", jobs, "2", "--yes");
    assert.equal(several.status, 2);
    assert.match(several.stderr, /flake\.nix:4: 4$/m);
    assert.match(several.stderr, /hosts\/b\.nix:4: 4$/m);
    const none = await run("set", "determinateNix.customSettings.cores", "1", "--yes");
    assert.equal(none.status, 2);
    assert.match(none.stderr, /is not set in any Nix code that was found/);
    assert.match(none.stderr, new RegExp(`looked for it in: ${directory}/`));
    for (const name of Object.keys(twice)) assert.equal(text(name), twice[name as keyof typeof twice]);

    const named = await run("set", jobs, "2", "--file", join(directory, "dotfiles/hosts/b.nix"), "--yes");
    assert.equal(named.status, 1, named.stderr);
    assert.equal(text("dotfiles/hosts/b.nix"), flake.replace("maxJobs = 4", "maxJobs = 2"));
    assert.equal(text(file), flake);
    const missing = await run("get", jobs, "--file", join(directory, "none.nix"));
    assert.match(missing.stderr, /none\.nix; none of them is there/);
    assert.match((await run("get", "cores", "--file", "x.nix")).stderr, /--file is for settings in Nix code/);
  });

  it("changes the file behind a link, and leaves one of somebody else alone", async (context) => {
    const { run, text, directory } = home(context, { "mine/darwin.nix": flake });
    mkdirSync(join(directory, ".nixpkgs"));
    symlinkSync("../mine/darwin.nix", join(directory, ".nixpkgs/darwin-configuration.nix"));
    assert.equal((await run("set", jobs, "2", "--yes")).status, 1);
    assert.match(text("mine/darwin.nix"), /maxJobs = 2;/);
    if (process.getuid?.() !== 0) return;
    chownSync(join(directory, "mine/darwin.nix"), 4242, 4242);
    const foreign = await run("set", jobs, "3", "--yes");
    assert.equal(foreign.status, 2);
    assert.match(foreign.stderr, /does not belong to you but to the user with the number 4242/);
    assert.match(text("mine/darwin.nix"), /maxJobs = 2;/);
  });

  it("opens the person's editor at the line", async (context) => {
    const { env, directory } = home(context, { [file]: flake, ".config/nix-darwin/builder.nix": builder });
    const opened = async (editor: Record<string, string>, key = memory) =>
      runner({ ...env, ...editor })("edit", key);
    const path = `${directory}/.config/nix-darwin/builder.nix`;
    const { stdout, status } = await opened({ EDITOR: "echo with" });
    assert.deepEqual([status, stdout], [0, `with +6 ${path}\n`]);
    assert.equal((await opened({ EDITOR: "false", VISUAL: "echo" })).stdout, `+6 ${path}\n`);
    assert.equal((await opened({ EDITOR: "false" })).status, 1);
    assert.match((await opened({ EDITOR: "no-such-editor" })).stderr, /there is no editor "no-such-editor"/);
    const computed = await opened({ EDITOR: "echo" }, "nix.linux-builder.speedFactor");
    assert.equal(computed.stdout, `+4 ${path}\n`);
    assert.equal((await opened({ EDITOR: "echo" }, "cores")).status, 2);
  });
});

describe("buildtop config and Nix code in a terminal", { skip: terminalSkipReason() }, () => {
  it("offers the editor at the line where it changes nothing itself", async (context) => {
    const { env, text } = home(context, { "nix-config/builder.nix": builder });
    const line = [process.execPath, ...program, "set", "nix.linux-builder.speedFactor", "3"].join(" ");
    const words = ["sh", "-c", `cd ${root}; ${line}; echo "status $?"; exec sleep 600`];
    const terminal = Terminal.open(words, { ...env, EDITOR: "echo opened" });
    context.after(() => terminal.close());
    await terminal.shows(/builder\.nix at line 4 in your editor\? \[y\/N\]/);
    terminal.type("y");
    await terminal.shows(/opened \+4 \S+[\s\S]*status 2/);
    assert.equal(text("nix-config/builder.nix"), builder);
  });
});

const skip = macSkipReason();
const alias = "coded-mac";

describe("buildtop config and the Nix code of a Mac", { skip, concurrency: false }, () => {
  const path = "/Users/ada/.config/nix-darwin/flake.nix";

  async function scene(context: TestContext, files: Readonly<Record<string, unknown>>) {
    const mac = await startMac(
      { extends: "healthy-linux-builder", host: { sudo: "none" }, files },
      { alias },
    );
    context.after(() => mac.down());
    const run = runner(withSshOf(mac));
    const content = async (name = path) => (await mac.execAsRoot(["cat", name])).stdout;
    return { mac, run, content };
  }

  it("sets the memory of its builder without any sudo, and takes it back", async (context) => {
    const { run, content, mac } = await scene(context, { [path]: { content: builder, owner: "ada" } });
    mac.forgetCalls();
    const set = await run("set", memory, "6G", alias, "--yes");
    assert.equal(set.status, 1, set.stdout + set.stderr);
    assert.match(set.stdout, /^ {2}4 GiB → 6 GiB = 6144 MiB/m);
    assert.match(set.stderr, /run: sudo darwin-rebuild switch --flake \/Users\/ada\/\.config\/nix-darwin$/m);
    assert.equal(await content(), builder.replace("4096", "6144"));
    const calls = mac.calls().map(({ command }) => command);
    assert.ok(
      calls.some((command) => command.includes("nix-instantiate")),
      calls.join("\n"),
    );
    assert.ok(!calls.some((command) => /darwin-rebuild|^sudo .*bt-put/.test(command)), calls.join("\n"));
    const { stdout } = await mac.ssh(`ls -l ${path}`);
    assert.match(stdout, /ada/, "it is still the person's");

    const undo = await run("undo", alias, "--yes");
    assert.equal(undo.status, 1, undo.stdout + undo.stderr);
    assert.equal(await content(), builder);
  });

  it("leaves alone what Nix does not read, and says what it says", async (context) => {
    const broken = `${builder.trimEnd()} }\n`;
    const { run, content, mac } = await scene(context, { [path]: { content: broken, owner: "ada" } });
    const set = await run("set", memory, "6G", alias, "--yes");
    assert.equal(set.status, 2, set.stdout + set.stderr);
    assert.match(set.stderr, /flake\.nix:10:\d+: .*not Nix code that we can read/);
    assert.equal(await content(), broken);

    // Our own reading takes the brackets as they come; Nix over there has the last word.
    const doubled = builder.replace("enable = true;", "enable = true enable = false;");
    await mac.execAsRoot(["sh", "-c", 'cat >"$1"', "sh", path], doubled);
    const again = await run("set", memory, "6G", alias, "--yes");
    assert.equal(again.status, 2, again.stdout + again.stderr);
    assert.match(
      again.stderr,
      /^buildtop: nothing was written: Nix does not read this content of .*\n {2}error: syntax error/m,
    );
    assert.equal(await content(), doubled);
  });

  it("leaves a file of root's alone, and prints the command that opens the editor over there", async (context) => {
    const { run, content } = await scene(context, {
      "/etc/nix-darwin/flake.nix": { content: builder, owner: "root" },
    });
    const set = await run("set", memory, "6G", alias, "--yes");
    assert.equal(set.status, 2, set.stdout + set.stderr);
    assert.match(set.stderr, /\/etc\/nix-darwin\/flake\.nix does not belong to you but to root/);
    assert.equal(await content("/etc/nix-darwin/flake.nix"), builder);
    const edit = await run("edit", memory, alias);
    assert.equal(edit.status, 0, edit.stderr);
    assert.match(edit.stdout, /^ssh -t coded-mac 'vi \+6 \/(?:private\/)?etc\/nix-darwin\/flake\.nix'\n$/);
    assert.equal(spawnSync("sh", ["-n", "-c", edit.stdout]).status, 0, "a shell reads it");
  });
});
