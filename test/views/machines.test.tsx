import "../support/in-colour.ts";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DashboardActions, MachineAction } from "../../src/views/dashboard-options.ts";
import { FakeBuilds, numberedLog } from "../support/fake-builds.ts";
import {
  FakeMachines,
  fakeBuilder,
  fakeDisk,
  fakeGauges,
  fakeHistory,
  fakeMachine,
  fakeProcess,
  lostConnection,
} from "../support/fake-machines.ts";
import { asciiSettings, type ScreenOptions, screens, type TestScreen, wide } from "../support/screen.tsx";

const open = screens();
function show(machines: FakeMachines, given: ScreenOptions = {}): TestScreen {
  const builds = new FakeBuilds();
  builds.add("linux-6.12.3", "running", { log: numberedLog(100), logLines: 100 });
  builds.add("hello-2.12", "done");
  return open(builds, { ...given, options: { machines, ...given.options } });
}

function studio(): ReturnType<typeof fakeMachine> {
  return fakeMachine("studio", {
    builders: [
      fakeBuilder("linux-builder", "building"),
      fakeBuilder("native", "idle", {
        kind: "determinate-native",
        uri: null,
        why: "granted, and no build runs",
      }),
      fakeBuilder("mini", "unreachable", {
        kind: "remote",
        why: "ssh: connect to host mini port 22: timed out",
        control: { kind: "none", why: "Start it on mini." },
        log: { kind: "none", why: "Its log is on mini." },
      }),
    ],
    builderHistory: new Map([["linux-builder", fakeHistory(Array(30).fill(0.86))]]),
    builderProcesses: new Map([["linux-builder", [fakeProcess("cc1plus", 1.78, "linux-6.18.9")]]]),
  });
}

const mini = (change: Parameters<typeof fakeMachine>[1] = {}) =>
  fakeMachine("mini", {
    transport: "ssh2",
    os: "macOS 26.1",
    builders: [fakeBuilder("rosetta-builder", "healthy", { kind: "rosetta-builder" })],
    ...change,
  });

describe("builders and gauges", () => {
  it("stand beside each other above the builds at 120x36", async () => {
    const screen = show(new FakeMachines(studio()), wide);
    await screen.shows("line 99");
    const rows = screen.rows();
    assert.match(
      rows[0] ?? "",
      /^ buildtop {2}studio · macOS 26\.2 · every Nix command +1 problem: builder mini is unreachable {2}d {3}12:03$/,
    );
    assert.match(rows[1] ?? "", /^╭ Builders ─+╮╭ linux-builder · 4 cores · 8 GiB · up 3h ─+╮$/);
    assert.match(rows[2] ?? "", /^│ ● studio +this Mac +││ cpu {2}▇{25} +86 % {2}load 3\.9 +│$/);
    assert.match(
      rows[3] ?? "",
      /│ ▶ linux-builder +aarch64-linux +2\/4 jobs +10 ms +││ mem {2}━{18}─{7} 5\.6 \/ 8\.0 GiB +│$/,
    );
    assert.match(
      rows[4] ?? "",
      /│ ◐ native +aarch64-linux +idle, no VM +││ disk ━{23}─{2} {3}36 \/ 40 GiB +│$/,
    );
    assert.match(
      rows[5] ?? "",
      /│ ○ mini +aarch64-linux +unreachable +││ cc1plus +178 % +1\.8 GiB {2}linux-6\.18\.9 +│$/,
    );
    assert.match(rows[8] ?? "", /^╭ Builds /);
  });

  it("are one line for each builder, with its gauges in it, at 80x24", async () => {
    const screen = show(new FakeMachines(studio()));
    await screen.shows("line 99");
    const rows = screen.rows();
    assert.match(rows[0] ?? "", /1 problem {2}d {3}12:03$/);
    assert.match(rows[2] ?? "", /● studio +cpu {2}31 % {2}mem {2}64 % {2}disk {2}51 % │$/);
    assert.match(
      rows[3] ?? "",
      /▶ linux-builder +2\/4 jobs +10 ms {2}cpu {2}86 % {2}mem {2}70 % {2}disk {2}90 % │$/,
    );
    assert.match(rows[4] ?? "", /◐ native +idle, no VM +│$/);
    assert.match(rows[5] ?? "", /○ mini +unreachable · ssh: connect to host mini/);
    assert.match(rows[7] ?? "", /^╭ Builds /);
  });

  it("are not there where no machine is watched", async () => {
    const screen = show(new FakeMachines(), wide);
    await screen.shows("line 99");
    assert.match(screen.rows()[1] ?? "", /^╭ Builds /);
    await screen.press("3");
    await screen.shows("There are 2 panes.");
    await screen.press("R");
    await screen.shows("No machine is watched.");
  });

  for (const [columns, rows] of [
    [80, 24],
    [120, 36],
    [200, 60],
    [100, 20],
    [80, 50],
    [60, 16],
    [40, 10],
  ] as const)
    it(`fill ${columns}x${rows} without a gap and never exceed it, whichever pane is focused`, async () => {
      const screen = show(new FakeMachines(studio(), mini()), { columns, rows });
      await screen.shows("q quit");
      for (const key of ["1", "2", "3", "4"]) {
        await screen.press(key);
        await screen.until(() => {
          const lines = screen.rows();
          return (
            lines.length === rows &&
            lines.slice(1, -1).every((line) => line.length === columns) &&
            screen.isWhole() &&
            lines[rows - 1]?.endsWith("q quit") === true
          );
        });
      }
    });

  it("follow any resize", async () => {
    const screen = show(new FakeMachines(studio()), wide);
    await screen.shows("up 3h");
    for (const [columns, rows] of [
      [200, 60],
      [30, 5],
      [61, 17],
      [1, 1],
      [80, 24],
    ] as const)
      screen.resize(columns, rows);
    await screen.until(() => /disk {2}90 % │$/.test(screen.rows()[3] ?? ""));
  });

  it("are shown with ASCII alone, and in mono without any colour", async () => {
    const machines = new FakeMachines(studio(), mini({ connection: lostConnection(790) }));
    const screen = show(machines, { ...wide, options: { settings: asciiSettings } });
    const text = await screen.shows("linux-builder");
    assert.match(text, /cpu {2}%{25}/);
    assert.match(text, /mem {2}#{18}\.{7}/);
    assert.match(text, /x|o mini/);
    for (const key of ["1", "G", "\r"]) {
      await screen.press(key);
      assert.doesNotMatch(screen.text(), /[^\x20-\x7e\n]/);
    }
    assert.doesNotMatch(screen.stdout.written, /\x1b\[(3[0-7]|9[0-7])m/);
  });

  it("draw only what is in sight of two hundred builders", async () => {
    const builders = Array.from({ length: 200 }, (_, n) =>
      fakeBuilder(`builder-${n}`, n % 7 ? "healthy" : "wedged"),
    );
    const screen = show(new FakeMachines(fakeMachine("studio", { builders })), wide);
    await screen.shows("Builders · 200");
    assert.match(screen.text(), /29 problems: builder builder-0 does not answer/);
    assert.match(screen.text(), /191 more below/);
    await screen.press("1");
    await screen.press("G");
    await screen.shows("builder-199");
    assert.match(screen.rows()[1] ?? "", /191 more above ─╮╭ builder-199 · 4 cores/);
    for (let times = 0; times < 11; times += 1) await screen.press("k");
    await screen.shows("189 above, 2 below");
  });

  it("of two Macs are all in sight at 80x24, and nothing moves when a build begins", async () => {
    const machines = new FakeMachines(
      fakeMachine("studio", { builders: [fakeBuilder("native", "idle"), fakeBuilder("vm", "healthy")] }),
      mini(),
    );
    const builds = new FakeBuilds();
    const screen = open(builds, { options: { machines } });
    const before = await screen.shows("rosetta-builder");
    assert.doesNotMatch(before, /more (?:below|above)/);
    builds.add("linux-6.12.3", "running");
    builds.changed();
    await screen.shows("linux-6.12.3");
    assert.deepEqual(screen.rows().slice(1, 8), before.split("\n").slice(1, 8));
    assert.match(screen.rows()[8] ?? "", /^╭ Builds /);
  });

  it("write nothing to the terminal while the machines say the same", async () => {
    const machines = new FakeMachines(studio());
    const screen = show(machines, wide);
    await screen.shows("line 99");
    await new Promise((resolve) => setTimeout(resolve, 150));
    const before = screen.stdout.written.length;
    for (let look = 0; look < 3; look += 1) {
      machines.setBuilder(0, "linux-builder", {
        answerMs: 11 + look / 2,
        gauges: fakeGauges({ cpu: 0.86 + look / 1000 }),
      });
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    assert.equal(screen.stdout.written.length, before);
  });

  it("cannot be broken by hostile names", async () => {
    const name = `${"漢".repeat(50)}-${"x".repeat(300)}-1.0`;
    const builders = [
      fakeBuilder(name, "building", { systems: Array(30).fill(`${name}-linux`) }),
      fakeBuilder(`${name}2`, "wedged", { why: `${name} ${name}` }),
    ];
    const builderProcesses = new Map([[name, [fakeProcess(name, 12.5, name)]]]);
    const machines = new FakeMachines(
      fakeMachine(name, { builders, builderProcesses, os: name, machineProblems: [name] }),
    );
    for (const [columns, rows] of [
      [120, 36],
      [80, 24],
      [40, 10],
    ] as const) {
      const screen = show(machines, { columns, rows });
      await screen.shows("q quit");
      for (const key of ["1", "j", "2"]) {
        await screen.press(key);
        await screen.until(() => screen.isWhole());
      }
      await screen.close();
    }
  });
});

describe("several machines", () => {
  it("are a heading each for their builders, and stand in the header by their names", async () => {
    const screen = show(new FakeMachines(studio(), mini()), wide);
    const text = await screen.shows("rosetta-builder");
    assert.match(screen.rows()[0] ?? "", /^ buildtop {2}studio, mini · every Nix command/);
    assert.match(text, /│ ● studio +this Mac/);
    assert.match(text, /│ {3}▶ linux-builder +aarch64 +2\/4 jobs/);
    assert.match(text, /│ ● mini +macOS 26\.1 connected/);
    assert.match(text, /│ {3}● rosetta-builder/);
  });

  it("say since when one is lost, with its last figures", async () => {
    const machines = new FakeMachines(studio(), mini());
    const screen = show(machines, wide);
    await screen.shows("connected");
    await screen.press("1");
    await screen.press("Gk");
    await screen.shows("╭ mini · macOS 26.1 · 14 cores");
    machines.set(1, { connection: lostConnection(790) });
    const text = await screen.shows("lost 3m");
    assert.match(text, /│ ○ mini +macOS 26\.1 lost 3m/);
    assert.match(text, /mini does not answer: nothing came within 10 s/);
    assert.match(text, /Lost 3m ago\. It is tried again by itself\./);
    assert.match(text, /cpu .* 31 %/);
    assert.match(screen.rows()[0] ?? "", /2 problems:/);
  });

  it("that is connecting says so", async () => {
    const nothing = {
      connection: { state: "connecting" },
      gauges: null,
      builders: [],
      os: null,
      nix: null,
    } as const;
    const screen = show(new FakeMachines(fakeMachine("mini", { ...nothing, transport: "ssh2" })), wide);
    const text = await screen.shows("Connecting");
    assert.match(text, /◐ mini +connecting/);
    assert.match(screen.rows()[0] ?? "", /^ buildtop {2}mini · every Nix command/);
  });
});

describe("looking around", () => {
  it("tab goes through four panes, and past folded gauges", async () => {
    const focused = (screen: TestScreen) => {
      const bold = [...Array(screen.stdout.terminal.rows).keys()].flatMap((y) => {
        const line = screen.stdout.terminal.buffer.active.getLine(y);
        return [...Array(screen.stdout.columns).keys()].flatMap((x) => {
          const cell = line?.getCell(x);
          const corner = line?.getCell(x - 2)?.getChars();
          return corner === "╭" && cell?.isBold()
            ? [line?.translateToString(true, x).match(/^\S+/)?.[0]]
            : [];
        });
      });
      return bold.join();
    };
    const screen = show(new FakeMachines(studio()), wide);
    await screen.shows("line 99");
    for (const name of ["Log", "Builders", "linux-builder", "Builds"]) {
      await screen.press("\t");
      await screen.until(() => focused(screen) === name);
    }
    screen.resize(80, 24);
    for (const name of ["Log", "Builders", "Builds"]) {
      await screen.press("\t");
      await screen.until(() => focused(screen) === name);
    }
  });

  it("the selected row is the one whose gauges are shown", async () => {
    const screen = show(new FakeMachines(studio()), wide);
    await screen.shows("╭ linux-builder ·");
    await screen.press("1");
    await screen.press("jj");
    const text = await screen.shows("╭ mini ·");
    assert.match(text, /ssh: connect to host mini port 22: timed out/);
    assert.match(text, /Start it on mini\./);
    await screen.press("g");
    await screen.shows("╭ studio · this Mac · 14 cores · 64 GiB · up 3d04h");
    await screen.press("\x1b");
    await screen.shows("╭ linux-builder ·");
  });

  it("enter shows the gauges as large as the screen with what else is known, Esc goes back", async () => {
    const screen = show(new FakeMachines(studio()));
    await screen.shows("line 99");
    await screen.press("1");
    await screen.press("\r");
    const text = await screen.shows("ssh-ng://builder@linux-builder");
    assert.match(text, /cc1plus +178 %/);
    assert.doesNotMatch(text, /╭ Builds/);
    await screen.press("\x1b");
    await screen.shows("╭ Builds");
    await screen.shows("closer");
  });

  it("a click focuses and selects, the wheel scrolls what lies under it", async () => {
    const why = "a reason that is long ".repeat(30);
    const builders = [fakeBuilder("first", "wedged", { why }), fakeBuilder("second", "healthy")];
    const screen = show(new FakeMachines(fakeMachine("studio", { builders })), wide);
    await screen.shows("╭ second ·");
    await screen.press("\x1b[<0;10;4M");
    await screen.shows("╭ first ·");
    await screen.shows("closer");
    assert.match(screen.text(), /more below/);
    await screen.press("\x1b[<65;100;4M");
    await screen.press("\x1b[<65;100;4M");
    await screen.press("\x1b[<65;100;4M");
    await screen.until(() => !screen.text().includes("more below"));
    await screen.press("\x1b[<65;10;4M");
    await screen.shows("╭ second ·");
  });

  it("pause holds builders and gauges too", async () => {
    const machines = new FakeMachines(studio());
    const screen = show(machines, wide);
    await screen.shows("2/4 jobs");
    await screen.press(" ");
    await screen.shows("paused");
    machines.setBuilder(0, "linux-builder", { jobs: { used: 4, max: 4 } });
    machines.set(0, { connection: lostConnection(900) });
    await new Promise((resolve) => setTimeout(resolve, 250));
    await screen.press("1");
    assert.match(screen.text(), /2\/4 jobs/);
    assert.match(screen.text(), /1 problem:/);
    await screen.press(" ");
    await screen.shows("not known");
    await screen.shows("studio does not answer");
  });
});

describe("a machine whose login was refused", () => {
  it("is tried again with ctrl-r, and says so", async () => {
    const machines = new FakeMachines(studio());
    let tries = 0;
    const options = { actions: { lookAgain: () => tries++ } };
    const screen = show(machines, { ...wide, options });
    const trouble = { kind: "login" as const, message: "studio refused the login", retry: false };
    machines.set(0, { connection: lostConnection(900, trouble) });
    await screen.shows("studio refused the login");
    await screen.press("1");
    await screen.shows("ctrl-r tries again");
    await screen.press("\x12");
    await screen.shows("Looking again…");
    assert.equal(tries, 1);
  });
});

describe("acting on a builder", () => {
  const asked: unknown[][] = [];
  function actions(run: MachineAction["run"], more: Partial<MachineAction> = {}): DashboardActions {
    asked.length = 0;
    const change = ["sudo -n launchctl kickstart -k system/org.nixos.linux-builder"];
    return {
      prepareBuilderAction: async (verb, machineIndex, key) => {
        asked.push([verb, machineIndex, key]);
        return { title: `${verb} ${key}`, change, run, ...more };
      },
      prepareDaemonRestart: async (machineIndex) => {
        asked.push(["daemon", machineIndex]);
        return { title: "restart the daemon", change, run, ...more };
      },
    };
  }

  it("r shows exactly what will be done, then its steps, then what is true", async () => {
    let step = (_: string) => {};
    let end = (_: string) => {};
    const run: MachineAction["run"] = (_, progress) => {
      step = progress;
      return new Promise((resolve) => {
        end = resolve;
      });
    };
    const screen = show(new FakeMachines(studio()), { ...wide, options: { actions: actions(run) } });
    await screen.shows("line 99");
    await screen.press("1");
    await screen.press("r");
    await screen.shows("sudo -n launchctl kickstart -k system/org.nixos.linux-builder");
    assert.deepEqual(asked, [["restart", 0, "linux-builder"]]);
    await screen.press("y");
    step("new pid 4711");
    await screen.shows("restart linux-builder: new pid 4711");
    step("ssh answers");
    await screen.shows("restart linux-builder: ssh answers");
    await screen.press("r");
    await screen.shows("This is still under way: restart linux-builder.");
    end("linux-builder answers after 23 s");
    await screen.shows("linux-builder answers after 23 s");
  });

  it("what the tool that failed said stays until it is closed", async () => {
    const lines = Array.from({ length: 40 }, (_, n) => `Boot-out failed, line ${n}`);
    const run = () => Promise.reject(new Error(lines.join("\n")));
    const screen = show(new FakeMachines(studio()), { options: { actions: actions(run) } });
    await screen.shows("line 99");
    await screen.press("1");
    await screen.press("S");
    await screen.shows("stop linux-builder");
    await screen.press("y");
    await screen.shows("stop linux-builder: failed");
    assert.match(screen.text(), /Boot-out failed, line 0 /);
    assert.doesNotMatch(screen.text(), /line 39/);
    await screen.press("G");
    await screen.shows("Boot-out failed, line 39");
    await screen.press("\x1b");
    await screen.hides("Boot-out");
  });

  it("the terminal is handed over where sudo wants a password, and taken back", async () => {
    let at = -1;
    let screen: TestScreen | null = null;
    const terminalFirst = () => {
      at = screen?.stdout.written.length ?? -1;
      return null;
    };
    const run = async () => "done with root";
    screen = show(new FakeMachines(studio()), { options: { actions: actions(run, { terminalFirst }) } });
    await screen.shows("line 99");
    await screen.press("1");
    await screen.press("r");
    await screen.shows("do it");
    await screen.press("y");
    await screen.shows("done with root");
    const before = screen.stdout.written.slice(0, at);
    const after = screen.stdout.written.slice(at);
    assert.ok(before.lastIndexOf("\x1b[?1049l") > before.lastIndexOf("\x1b[?1049h"), "on the normal screen");
    assert.ok(after.includes("\x1b[?1049h"), "and back");
    await screen.shows("╭ Builders");
  });

  it("t tests it, R restarts the daemon from any pane", async () => {
    const run = async () => "done";
    const screen = show(new FakeMachines(mini(), studio()), { ...wide, options: { actions: actions(run) } });
    await screen.shows("line 99");
    await screen.press("R");
    await screen.shows("restart the daemon");
    await screen.press("\x1b");
    await screen.hides("restart the daemon");
    await screen.press("1");
    await screen.press("Gkk");
    await screen.press("t");
    await screen.shows("test linux-builder");
    assert.deepEqual(asked, [
      ["daemon", 0],
      ["test", 1, "linux-builder"],
    ]);
  });

  it("what speaks against it before it is begun is shown in full", async () => {
    const prepareBuilderAction = () =>
      Promise.reject(
        new Error("sudo on studio asks for a password: allow it with a rule for exactly:\n  me ALL=(root)"),
      );
    const screen = show(new FakeMachines(studio()), { options: { actions: { prepareBuilderAction } } });
    await screen.shows("line 99");
    await screen.press("1");
    await screen.press("r");
    const text = await screen.shows("This cannot be done");
    assert.match(text, /me ALL=\(root\)/);
    await screen.press("\x1b");
    await screen.hides("This cannot be done");
  });

  it("keys that cannot be used say why", async () => {
    const screen = show(new FakeMachines(studio()), {
      ...wide,
      options: { actions: actions(async () => "") },
    });
    await screen.shows("line 99");
    await screen.press("1");
    await screen.press("G");
    await screen.until(() => /t test .*q quit$/.test(screen.rows().at(-1) ?? ""));
    assert.doesNotMatch(screen.rows().at(-1) ?? "", /restart {3}|log|pager/, "and are not in the footer");
    await screen.press("r");
    await screen.shows("Start it on mini.");
    await screen.press("g");
    await screen.press("l");
    await screen.shows("Select a builder first");
  });

  it("a reason that is longer than the last row stays until it is read", async () => {
    const why = `nix-darwin gives it no log; ${"sudo launchctl debug and so on, ".repeat(4)}then r`;
    const builders = [fakeBuilder("vm", "healthy", { log: { kind: "none", why } })];
    const screen = show(new FakeMachines(fakeMachine("studio", { builders })));
    await screen.shows("line 99");
    await screen.press("1");
    await screen.press("l");
    const text = await screen.shows("╭ Not now");
    assert.match(text, /nix-darwin gives it no log/);
    assert.match(text, /then r /);
    await screen.press("\x1b");
    await screen.hides("Not now");
  });

  it("y copies how Nix names it", async () => {
    const screen = show(new FakeMachines(studio()), wide);
    await screen.shows("line 99");
    await screen.press("1");
    await screen.press("y");
    await screen.shows("Copied ssh-ng://builder@linux-builder.");
    assert.ok(
      screen.stdout.written.includes(Buffer.from("ssh-ng://builder@linux-builder").toString("base64")),
    );
  });
});

describe("a disk that fills", () => {
  it("is foretold in the row and in the gauges", async () => {
    const disk = fakeDisk("/", 30, 40);
    const machine = fakeMachine("studio", {
      builders: [fakeBuilder("linux-builder", "building", { gauges: fakeGauges({ disks: [disk] }) })],
      builderHistory: new Map([["linux-builder", fakeHistory(Array(20).fill(0.5), 5e6, disk)]]),
    });
    const screen = show(new FakeMachines(machine), wide);
    const text = await screen.shows("full in ~");
    assert.match(text, /2\/4 jobs +full ~\d+m/);
  });
});
