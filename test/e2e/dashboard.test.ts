/** The dashboard in a real terminal while real Nix builds. */
import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { grow } from "../bench/grow.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { buildtop, endToEndSkipReason, eventually, nixBuild, quick } from "../support/lab-buildtop.ts";
import { LabTerminal, terminalSkipReason } from "../support/lab-terminal.ts";

describe("the dashboard in a real terminal", { skip: endToEndSkipReason() || terminalSkipReason() }, () => {
  let lab: Lab;
  let terminal: LabTerminal;
  before(async () => {
    lab = await openLab("forky");
  });
  after(() => lab?.close());
  afterEach(() => terminal?.close());

  const runs = (...argv: string[]) => `buildtop run -- ${argv.join(" ")}`;
  const slow = () => nixBuild("failures", "slow", lab.stamp()).join(" ");

  for (const [columns, rows] of [
    [80, 24],
    [120, 36],
    [200, 60],
    [60, 16],
  ] as const) {
    it(`at ${columns}x${rows}: shows the build and its log, then leaves a digest and the terminal as it was`, async () => {
      terminal = await LabTerminal.open(lab, columns, rows);
      const before = terminal.state();
      const build = nixBuild("fail", "small", lab.stamp(), "--print-out-paths", "--arg", "percent", "200");
      terminal.type(`${runs(...build)}; echo "status=$?"`);
      await terminal.shows(/Builds · .*running/);
      await terminal.shows(/base|side-\d/);
      assert.equal(terminal.state().alternateScreen, true);
      await terminal.shows(/status=0\n/);
      assert.match(
        terminal.scrollback(),
        /^\/nix\/store\/\w+-small$/m,
        "stdout comes after the screen is restored",
      );
      assert.match(terminal.scrollback(), /7 .*built|built 7|7 done/i);
      assert.deepEqual(terminal.state(), before);
    });
  }

  it("survives any size at any moment, and draws the last one right", async () => {
    terminal = await LabTerminal.open(lab, 100, 30);
    terminal.type(runs(slow()));
    await terminal.shows(/slow-1\.0/);
    const sizes = [1, 2, 3, 9, 10, 39, 40, 60, 79, 80, 99, 100, 101, 200, 300];
    for (const [n, columns] of [...sizes, ...sizes.toReversed()].entries()) {
      terminal.resize(columns, [1, 2, 5, 9, 10, 16, 24, 36, 60, 100][n % 10]!);
      await sleep(n % 3 === 0 ? 40 : 5);
    }
    terminal.resize(39, 9);
    await terminal.shows(/40/); // says how large it would have to be
    terminal.resize(80, 24);
    const screen = await terminal.shows(/Builds · 1 running[\s\S]*tick \d+/);
    assert.ok(screen.split("\n").every((row) => [...row].length <= 80));
    assert.equal((screen.match(/Builds · /g) ?? []).length, 1, screen);
    terminal.press("C-c");
    await terminal.prompts();
  });

  it("ends the build with Ctrl-C, status 130, and the terminal as it was", async () => {
    terminal = await LabTerminal.open(lab, 100, 30);
    const before = terminal.state();
    terminal.type(`${runs(slow())}; echo "status=$?"`);
    await terminal.shows(/tick \d+/);
    terminal.press("C-c");
    await terminal.shows(/status=130\n/);
    assert.deepEqual(terminal.state(), before);
    await eventually("the builder is gone", () => lab.builders().length === 0);
  });

  it("goes to the background with Ctrl-Z, leaves the terminal to the shell, and comes back with fg", async () => {
    terminal = await LabTerminal.open(lab, 100, 30);
    const before = terminal.state();
    terminal.type(runs(slow()));
    await terminal.shows(/tick \d+/);
    terminal.press("C-z");
    await terminal.shows(/Stopped[\s\S]*lab>$/);
    const { stty: _, ...modes } = terminal.state();
    const { stty: __, ...modesBefore } = before;
    assert.deepEqual(modes, modesBefore);
    assert.match(await terminal.command("echo still a $((6 * 7)) shell"), /still a 42 shell/);
    terminal.type("fg");
    await terminal.shows(/Builds · 1 running[\s\S]*tick \d+/);
    assert.equal(terminal.state().alternateScreen, true);
    terminal.press("C-c");
    await terminal.prompts();
    assert.deepEqual(terminal.state(), before);
  });

  it("asks before it quits a running build: back, on in plain text, or stop", async () => {
    terminal = await LabTerminal.open(lab, 100, 30);
    const before = terminal.state();
    const build = nixBuild("fail", "small", lab.stamp(), "--print-out-paths", "--arg", "percent", "300");
    terminal.type(`${runs(...build)}; echo "status=$?"`);
    await terminal.shows(/Builds · .*running/);
    terminal.press("q");
    await terminal.shows(/stop it/);
    terminal.press("b");
    await terminal.shows(/^(?![\s\S]*stop it)[\s\S]*Builds · /);
    terminal.press("q");
    await terminal.shows(/stop it/);
    terminal.press("t");
    await eventually("the screen is the shell's", () => !terminal.state().alternateScreen);
    await terminal.shows(/status=0\n/);
    assert.match(terminal.scrollback(), /^\/nix\/store\/\w+-small$/m);
    assert.deepEqual(terminal.state(), before);

    terminal.type(`clear; ${runs(slow())}; echo "status=$?"`);
    await terminal.shows(/tick \d+/);
    terminal.press("q");
    await terminal.shows(/stop it/);
    terminal.press("s");
    await terminal.shows(/status=130\n/);
    assert.deepEqual(terminal.state(), before);
    await eventually("the builder is gone", () => lab.builders().length === 0);
  });

  it("leaves a redirected stdin to the command and still reads keys; a redirected stdout gets the command's words only", async () => {
    terminal = await LabTerminal.open(lab, 100, 30);
    const stamp = lab.stamp();
    const expression = `(import /lab/cases/fail.nix { stamp = \\"${stamp}\\"; percent = 200; }).small`;
    await terminal.command(`echo "${expression}" >/tmp/expression; clear`);
    terminal.type(`buildtop run -- nix-build - --no-out-link </tmp/expression; echo "status=$?"`);
    await terminal.shows(/Builds · .*running/);
    terminal.press("?");
    await terminal.shows(/next pane/);
    terminal.press("Escape");
    await terminal.shows(/status=0\n/);
    assert.match(terminal.scrollback(), /^\/nix\/store\/\w+-small$/m);

    await terminal.command(
      "clear; buildtop run -- nix-build /tmp/expression --no-out-link >/tmp/printed; clear",
    );
    assert.match(
      await terminal.command("cat -A /tmp/printed"),
      /cat -A \/tmp\/printed\n\/nix\/store\/\w+-small\$\nlab>$/,
    );
  });

  it("gives the terminal back when it is told to end (SIGTERM, SIGHUP)", async () => {
    for (const signal of ["SIGTERM", "SIGHUP"] as const) {
      terminal = await LabTerminal.open(lab, 100, 30);
      const before = terminal.state();
      terminal.type(runs(slow()));
      await terminal.shows(/tick \d+/);
      const [pid] = terminal.processes().children;
      process.kill(pid!, signal);
      await terminal.prompts();
      assert.deepEqual(terminal.state(), before, signal);
      terminal.close();
    }
  });

  it("shows a failure with its cause, and says it again in the digest", async () => {
    terminal = await LabTerminal.open(lab, 120, 36);
    terminal.type(`${runs(...nixBuild("fail", "above", lab.stamp(), ...quick))}; echo "status=$?"`);
    await terminal.shows(/status=1\n/);
    const left = terminal.scrollback();
    assert.match(left, /broken-0\.9/);
    assert.match(left, /exit code 2/);
    assert.match(left, /error: expected ';' before 'return'/);
  });

  it("shows a remote build as one row with its machine, here over ssh-ng and there over ssh", async () => {
    for (const store of ["ssh-ng://lab-builder", "ssh://lab-builder"]) {
      terminal = await LabTerminal.open(lab, 120, 36);
      const machine = `'${store} x86_64-linux /etc/nix/builder_ed25519 2 1 - -'`;
      const build = nixBuild(
        "fail",
        "small",
        lab.stamp(),
        "--max-jobs",
        "0",
        "--builders",
        machine,
        "--arg",
        "percent",
        "100",
      );
      terminal.type(`${runs(...build)}; echo "status=$?"`);
      const screen = await terminal.shows(/base +.*lab-builder/);
      assert.equal(screen.match(/[▶⇡⇣] base/g)?.length, 1, screen);
      await terminal.shows(/status=0\n/);
      assert.match(terminal.scrollback(), /7 built/);
      terminal.close();
    }
  });

  it("reads the stream of a pipe, and keys from the terminal", async () => {
    terminal = await LabTerminal.open(lab, 100, 30);
    const before = terminal.state();
    terminal.type(`${slow()} --log-format internal-json -v |& buildtop`);
    await terminal.shows(/slow-1\.0[\s\S]*tick \d+/);
    terminal.press("?");
    await terminal.shows(/next pane/);
    terminal.press("Escape");
    await terminal.shows(/^(?![\s\S]*next pane)[\s\S]*tick \d+/);
    terminal.press("C-c");
    await terminal.prompts();
    assert.deepEqual(terminal.state(), before);
    await eventually("the builder is gone", () => lab.builders().length === 0);
  });

  it("builds what nix shell needs in sight, then gives the terminal to the shell itself", async () => {
    terminal = await LabTerminal.open(lab, 100, 30);
    const stamp = lab.stamp();
    const shell = `nix shell -f cases/fail.nix small --argstr stamp ${stamp} --arg percent 40 --command sh -c 'read line; echo heard $line'`;
    terminal.type(`${runs(shell)}; echo "status=$?"`);
    await terminal.shows(/side-\d/);
    await eventually("the screen is the shell's", () => !terminal.state().alternateScreen);
    terminal.type("hello");
    await terminal.shows(/heard hello\n[\s\S]*status=0\n/);
  });
});

describe("the dashboard with Nix 2.8", { skip: endToEndSkipReason() || terminalSkipReason() }, () => {
  let lab: Lab;
  let terminal: LabTerminal | undefined;
  before(async () => {
    lab = await openLab("bookworm");
  });
  after(() => lab?.close());
  afterEach(() => terminal?.close());

  it("shows an old nix-build and its log, then leaves what it printed, a digest and the terminal as it was", async () => {
    terminal = await LabTerminal.open(lab, 80, 24);
    const before = terminal.state();
    terminal.type(
      `buildtop run -- nix-build cases/fail.nix -A small --argstr stamp ${lab.stamp()} --arg percent 200 --no-out-link; echo "status=$?"`,
    );
    await terminal.shows(/Builds · .*running/);
    await terminal.shows(/compiling part\d+/);
    await terminal.shows(/status=0\n/);
    assert.match(terminal.scrollback(), /^\/nix\/store\/\w+-small$/m);
    assert.match(terminal.scrollback(), /7 built/);
    assert.deepEqual(terminal.state(), before);
  });
});

describe("buildtop watching in a terminal", { skip: endToEndSkipReason() || terminalSkipReason() }, () => {
  let lab: Lab;
  let terminal: LabTerminal | undefined;
  before(async () => {
    lab = await openLab("forky");
  });
  after(() => lab?.close());
  afterEach(() => terminal?.close());
  const guest = (argv: readonly string[]) => lab.run(argv, { who: "guest" });

  it("may be killed with SIGKILL: the build that it showed goes on, and no Nix command says a word", async () => {
    assert.equal((await guest([...buildtop, "watch", "on"])).status, 0);
    terminal = await LabTerminal.open(lab, 100, 30, "guest");
    terminal.type("buildtop");
    await terminal.shows(/Builds/);
    const build = lab.run(nixBuild("fail", "small", lab.stamp(), "--arg", "percent", "200"), {
      who: "guest",
    });
    await terminal.shows(/base|side-\d/);
    const [pid] = terminal.processes().children;
    process.kill(pid!, "SIGKILL");
    await eventually("buildtop is gone", () => terminal?.processes().children.length === 0);
    const { status, stderr } = await build;
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, /error|warning|cannot|failed/i);
    const next = await guest(nixBuild("fail", "small", lab.stamp(), ...quick));
    assert.equal(next.status, 0);
    assert.doesNotMatch(next.stderr, /error|warning|cannot|failed/i);
    assert.equal((await guest([...buildtop, "watch", "off"])).status, 0);
  });

  it("does not show the builds of a Nix command that was killed as running for ever", async () => {
    assert.equal((await guest([...buildtop, "watch", "on"])).status, 0);
    terminal = await LabTerminal.open(lab, 100, 30, "guest");
    terminal.type("buildtop");
    const build = lab.start(nixBuild("failures", "slow", lab.stamp()), { who: "guest", stdio: "ignore" });
    await terminal.shows(/1 running/);
    build.kill("SIGKILL");
    await terminal.shows(/Builds(?![^\n]*running)/);
    terminal.press("q");
    await terminal.prompts();
    assert.equal((await guest([...buildtop, "watch", "off"])).status, 0);
  });

  it("keeps its log small: one that has grown large is emptied once it was read, and watching goes on", async () => {
    assert.equal((await guest([...buildtop, "watch", "on"])).status, 0);
    const log = join(lab.root, "home/guest/.local/state/buildtop/nix-log.jsonl");
    // Finished sessions of processes that are long gone.
    const recording = readFileSync(new URL("../fixtures/nix-log/2.34.8/high-pid.log", import.meta.url));
    for (const block of grow({ lines: 800_000, logs: [recording] })) {
      appendFileSync(log, block.toString("latin1").replaceAll(/^@nix /gm, ""), "latin1");
    }
    assert.ok(statSync(log).size > 64 * 2 ** 20);
    terminal = await LabTerminal.open(lab, 100, 30, "guest");
    terminal.type("buildtop");
    await eventually("the log is small", () => statSync(log).size < 2 ** 20);
    const build = guest(nixBuild("fail", "small", lab.stamp(), "--arg", "percent", "100"));
    await terminal.shows(/[1-9] running/);
    assert.equal((await build).status, 0);
    await terminal.shows(/Builds(?![^\n]*running)/);
    terminal.press("q");
    await terminal.prompts();
    assert.equal((await guest([...buildtop, "watch", "off"])).status, 0);
    assert.equal(existsSync(dirname(log)), false);
  });
});
