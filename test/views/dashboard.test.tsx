import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeBuilds, type FakeLog, numberedLog } from "../support/fake-builds.ts";
import { asciiSettings, screens } from "../support/screen.tsx";

const show = screens();

/** One failed, two running, one planned, one done. */
function someBuilds(): FakeBuilds {
  const builds = new FakeBuilds();
  builds.add("hello-2.12", "done");
  builds.add("linux-6.12.3", "running", { log: numberedLog(100), logLines: 100 });
  builds.add("systemd-257", "running", {
    hostName: "linux-builder",
    stage: "uploading",
    transfer: { done: 84 << 20, expected: 112 << 20 },
  });
  builds.add("openssl-3.4.0", "failed", { phase: "checkPhase", reason: "builder failed with exit code 2" });
  builds.add("curl-8.9", "planned");
  return builds;
}

describe("the screen", () => {
  it("shows builds with the failed one first, and the log of the running one", async () => {
    const screen = show(someBuilds(), { columns: 120, rows: 36 });
    await screen.shows("line 99");
    const rows = screen.rows();
    assert.match(
      rows[0] ?? "",
      /^ buildtop {2}studio · macOS 26\.2 · Nix 2\.34\.8 · every Nix command +12:03$/,
    );
    assert.match(rows[1] ?? "", /^╭ Builds · 2 running · 1 done · 1 failed · 1 to go ─+ 40 % of builds ─╮$/);
    assert.match(rows[2] ?? "", /✖ openssl-3\.4\.0 .*checkPhase +exit code 2 +1s │$/);
    assert.match(rows[3] ?? "", /▶ linux-6\.12\.3 +local +buildPhase +10s │$/);
    assert.match(rows[4] ?? "", /▶ systemd-257 +linux-builder +uploading 84 \/ 112 MiB +█+░+ +10s │$/);
    assert.ok(
      rows.some((row) => /^╭ Log · linux-6\.12\.3 · buildPhase · 100 lines ─+ following ─╮$/.test(row)),
    );
    assert.match(rows.at(-1) ?? "", /tab pane.*\? help {3}q quit$/);
  });

  for (const [columns, rows] of [
    [80, 24],
    [120, 36],
    [200, 60],
    [60, 16],
    [40, 10],
    [39, 9],
    [2, 1],
  ] as const)
    it(`fills ${columns}x${rows} and never exceeds it`, async () => {
      const screen = show(someBuilds(), { columns, rows });
      await screen.until((text) => text.trim() !== "");
      const { buffer } = screen.stdout.terminal;
      assert.equal(buffer.active.type, "alternate");
      assert.equal(buffer.active.baseY, 0, "nothing scrolled away");
      if (columns < 40) assert.match(screen.text(), /^t/, "says that it is too small");
      else assert.match(screen.rows()[rows - 1] ?? "", /q quit$/, "the footer is the last row");
    });

  it("follows any resize", async () => {
    const screen = show(someBuilds());
    await screen.shows("q quit");
    for (const [columns, rows] of [
      [200, 60],
      [30, 5],
      [61, 17],
      [1, 1],
      [100, 20],
    ] as const)
      screen.resize(columns, rows);
    await screen.until(
      () => screen.rows()[1]?.length === 100 && screen.rows()[19]?.endsWith("q quit") === true,
    );
    assert.equal(screen.rows().length, 20);
  });

  it("draws nothing while nothing changes", async () => {
    const builds = new FakeBuilds();
    builds.add("hello-2.12", "done");
    const screen = show(builds);
    await screen.shows("hello-2.12");
    const before = screen.stdout.written.length;
    builds.changed();
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.equal(screen.stdout.written.length, before);
  });

  it("shows with ASCII alone", async () => {
    const screen = show(someBuilds(), { options: { settings: asciiSettings } });
    const text = await screen.shows("openssl");
    assert.doesNotMatch(text, /[^\x20-\x7e\n]/);
    assert.doesNotMatch(screen.stdout.written, /\x1b\[(3[0-7]|9[0-7])m/, "and in mono without any colour");
  });
});

describe("keys", () => {
  it("move the selection, also when several arrive at once", async () => {
    const screen = show(someBuilds(), { columns: 120 });
    await screen.shows("Log · linux");
    await screen.press("jjj");
    await screen.shows("Log · hello-2.12");
    await screen.press("\x1b[A");
    await screen.shows("Log · curl-8.9");
    await screen.press("g");
    await screen.shows("Log · openssl");
  });

  it("filter the builds by what is typed, and Esc shows all again", async () => {
    const screen = show(someBuilds());
    await screen.shows("systemd");
    await screen.press("/");
    await screen.shows("filter:");
    await screen.press("open");
    await screen.hides("systemd-257");
    await screen.press("\r");
    await screen.shows("filter: open");
    await screen.press("\x1b");
    await screen.shows("systemd-257");
  });

  it("search the log and go from match to match", async () => {
    const screen = show(someBuilds(), { columns: 120, rows: 36 });
    await screen.shows("line 99");
    await screen.press("\t");
    await screen.press("/");
    await screen.press("line 4");
    await screen.press("\r");
    await screen.shows('"line 4" in line 50');
    await screen.press("N");
    await screen.shows('"line 4" in line 49');
    await screen.press("nn");
    await screen.shows('"line 4" in line 5 ');
    await screen.press("\x1b");
    await screen.hides('"line 4"');
  });

  it("lead to the top of a log, which says how many lines before it are no longer kept", async () => {
    const builds = new FakeBuilds();
    const log = numberedLog(2_000);
    log.firstLine = 1_234;
    builds.add("linux-6.12.3", "running", { log, logLines: 2_000 });
    const screen = show(builds);
    assert.doesNotMatch(await screen.shows("line 1999"), /no longer kept/);
    await screen.press("\t");
    await screen.press("g");
    const top = /│ … 1,234 earlier lines are no longer kept +│\n│ line 1234 +│\n│ line 1235 /;
    await screen.until((text) => top.test(text));
    await screen.press("y");
    const copied = /Copied (\d+) lines/.exec(await screen.shows("Copied"));
    const shown = screen.rows().filter((row) => /^│ line \d/.test(row));
    assert.equal(Number(copied?.[1]), shown.length, "what is said of the log is no line of it");
    await screen.press("j");
    await screen.until((text) => /╭ Log .*\n│ line 1234 /.test(text));
    await screen.press("k");
    await screen.until((text) => top.test(text));
    log.firstLine = 1_999;
    builds.changed();
    await screen.until((text) => /│ … 1,999 earlier lines .*\n│ line 1999 /.test(text));
  });

  it("open the log as large as the screen, and Esc goes back", async () => {
    const screen = show(someBuilds());
    await screen.shows("Builds ·");
    await screen.press("\r");
    await screen.hides("Builds ·");
    await screen.press("\x1b");
    await screen.shows("Builds ·");
  });

  it("pause holds the picture while lines come in, and says how many wait", async () => {
    const builds = someBuilds();
    const screen = show(builds, { columns: 120 });
    await screen.shows("line 99");
    await screen.press(" ");
    await screen.shows("paused");
    const log = builds.derivations.find(({ name }) => name.startsWith("linux"))?.log as FakeLog;
    for (let n = 100; n < 130; n++) log.lines.push(`line ${n}`);
    builds.changed();
    await screen.shows("paused, 30 new");
    assert.doesNotMatch(screen.text(), /line 129/);
    Object.assign(builds.derivations.find(({ name }) => name.startsWith("systemd")) ?? {}, { state: "done" });
    builds.changed();
    await screen.press("jj");
    await screen.shows("Log · curl");
    assert.match(screen.text(), /2 running/, "the whole picture is held");
    await screen.press("kk");
    await screen.press(" ");
    await screen.shows("line 129");
    await screen.shows("1 running");
  });

  it("that cannot do anything now say why", async () => {
    const screen = show(someBuilds());
    await screen.shows("q quit");
    await screen.press("w");
    await screen.shows("is not to be had here");
  });

  it("w stands in the last row only where it can be used; help says why it cannot", async () => {
    const prepareWatch = async () => ({ title: "watch on", change: [], run: async () => "" });
    const wide = { columns: 120, rows: 36 };
    const can = show(someBuilds(), { ...wide, options: { actions: { prepareWatch } } });
    await can.shows("w watch");
    await can.close();
    const watchRefused = "There is no Nix on this machine.";
    const cannot = show(someBuilds(), { ...wide, options: { actions: { watchRefused } } });
    await cannot.shows("q quit");
    assert.doesNotMatch(cannot.rows().at(-1) ?? "", /w watch/);
    await cannot.press("w");
    await cannot.shows(watchRefused);
    await cannot.press("?");
    await cannot.until((text) =>
      /stop that \(now: There is no Nix on this machine\.\)/.test(text.replace(/[│\s]+/g, " ")),
    );
  });

  it("help shows the whole table and scrolls", async () => {
    const screen = show(someBuilds());
    await screen.shows("q quit");
    await screen.press("?");
    await screen.shows("Everywhere in the panes");
    await screen.press("G");
    await screen.shows("While typing");
    await screen.press("k");
    await screen.press("q");
    await screen.shows("Builds ·");
  });

  it("the palette finds a command by its name and runs it", async () => {
    const screen = show(someBuilds());
    await screen.shows("q quit");
    await screen.press(":");
    await screen.shows("Commands");
    await screen.press("large as");
    await screen.press("\x1b[B");
    await screen.press("\r");
    await screen.hides("Log ·");
  });

  it("the palette says how many of its commands are not in sight", async () => {
    for (const [columns, rows] of [
      [40, 10],
      [80, 24],
    ] as const) {
      const screen = show(someBuilds(), { columns, rows });
      await screen.shows("q quit");
      await screen.press(":");
      const [, below] = /Commands ─+ (\d+) more below ─╮/.exec(await screen.shows("more below")) ?? [];
      await screen.press("\x1b[B".repeat(40));
      await screen.shows(`${below} more above`);
      await screen.press("zoom");
      await screen.until((text) => !/more (?:above|below)/.test(text));
      await screen.close();
    }
  });

  it("the table of Nix commands", async () => {
    const builds = someBuilds();
    builds.sessions.push({
      id: 1,
      label: "nix build .#hello",
      pid: 4711,
      startedAt: 0,
      endedAt: null,
      outcome: "unfinished",
      lastRecordAt: 0,
      error: null,
      diagnosis: null,
      active: true,
    });
    const screen = show(builds);
    await screen.shows("q quit");
    await screen.press("S");
    const text = await screen.shows("Nix commands");
    assert.match(text, /nix build \.#hello +│ 4711 +│ 10s +│ running/);
  });

  it("pasted text acts as no key", async () => {
    const screen = show(someBuilds());
    await screen.shows("q quit");
    await screen.press("\x1b[200~qqq\x1b[201~");
    await screen.shows("Pasted text is only taken");
  });
});

describe("the mouse", () => {
  it("selects a row by click and scrolls a log by wheel", async () => {
    const screen = show(someBuilds(), { columns: 120, rows: 36 });
    await screen.shows("line 99");
    await screen.press("\x1b[<0;10;3M");
    await screen.shows("Log · openssl");
    await screen.press("\x1b[<0;10;4M");
    await screen.shows("following");
    await screen.press("\x1b[<64;10;30M");
    await screen.shows("line 97 of 100");
  });
});

describe("leaving", () => {
  it("q quits and leaves the terminal as it was", async () => {
    const screen = show(someBuilds());
    await screen.shows("q quit");
    await screen.press("q");
    assert.equal(await screen.dashboard.closed, "quit");
    await screen.until(() => screen.stdout.terminal.buffer.active.type === "normal");
    assert.equal(screen.stdin.isRaw, false);
    for (const mode of ["1000", "1006", "1004", "2004", "1049", "25"])
      assert.equal(lastSwitch(screen.stdout.written, mode), mode === "25" ? "h" : "l", `mode ${mode}`);
    assert.ok(screen.stdout.written.includes("\x1b[23;2t"), "the title is restored");
  });

  it("Ctrl-C with nothing to stop ends with that word", async () => {
    const screen = show(someBuilds());
    await screen.shows("q quit");
    await screen.press("\x03");
    assert.equal(await screen.dashboard.closed, "interrupted");
  });

  it("q asks what becomes of a command that runs; Ctrl-C stops it", async () => {
    let interrupts = 0;
    const command = {
      running: true,
      note: null,
      canContinueInText: true,
      interrupt: () => {
        interrupts += 1;
      },
    };
    const screen = show(someBuilds(), { options: { mode: "run", title: "nix build .#hello", command } });
    await screen.shows("q quit");
    await screen.press("\x03");
    assert.equal(interrupts, 1);
    await screen.press("q");
    await screen.shows("This still runs:");
    assert.match(screen.text(), /nix build \.#hello/);
    await screen.press("\x1b");
    await screen.hides("still runs:");
    await screen.press("q");
    await screen.shows("still runs:");
    await screen.press("t");
    assert.equal(await screen.dashboard.closed, "continue-in-text");
    assert.equal(interrupts, 1);
  });

  it("a change of the machine is shown in full and done only after yes", async () => {
    let done = 0;
    const prepareWatch = async () => ({
      title: "watch on",
      change: ["~/.config/nix/nix.conf", "+ json-log-path = /home/me/log"],
      run: async () => {
        done += 1;
        return "Every Nix command of yours is watched now.";
      },
    });
    const screen = show(someBuilds(), { options: { actions: { prepareWatch } } });
    await screen.shows("q quit");
    await screen.press("w");
    await screen.shows("+ json-log-path = /home/me/log");
    await screen.press("\r");
    await screen.hides("json-log-path");
    assert.equal(done, 0, "Enter alone leaves it as it is");
    await screen.press("w");
    await screen.shows("json-log-path");
    await screen.press("y");
    await screen.shows("is watched now");
    assert.equal(done, 1);
  });

  it("a failure of drawing ends in one line, with the terminal restored", async () => {
    const builds = someBuilds();
    const screen = show(builds);
    await screen.shows("q quit");
    const linux = builds.derivations.find(({ name }) => name.startsWith("linux"));
    Object.defineProperty(linux, "phase", {
      get: () => {
        throw new Error("broken on purpose\nwith a second line");
      },
    });
    const failed = assert.rejects(screen.dashboard.closed, {
      message: "The screen could not be drawn: broken on purpose",
    });
    builds.changed();
    await failed;
    await screen.until(() => screen.stdout.terminal.buffer.active.type === "normal");
    assert.equal(lastSwitch(screen.stdout.written, "1000"), "l");
  });
});

/** "h" or "l": how a mode was switched last. */
function lastSwitch(written: string, mode: string): string | undefined {
  return [...written.matchAll(new RegExp(`\\x1b\\[\\?${mode}([hl])`, "g"))].at(-1)?.[1];
}
