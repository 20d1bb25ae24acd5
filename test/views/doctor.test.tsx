import "../support/in-colour.ts";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MachineStatus } from "../../src/model/machine/status.ts";
import type { EditableSetting } from "../../src/model/settings/editable-setting.ts";
import type { DashboardActions, MachineAction } from "../../src/views/dashboard-options.ts";
import { FakeBuilds, numberedLog } from "../support/fake-builds.ts";
import { fakeDiagnosis, fakeWedged } from "../support/fake-diagnoses.ts";
import { FakeMachines, fakeBuilder, fakeMachine, lostConnection } from "../support/fake-machines.ts";
import { asciiSettings, type ScreenOptions, screens, type TestScreen, wide } from "../support/screen.tsx";

const open = screens();
function show(machines: FakeMachines, given: ScreenOptions = {}, builds = someBuilds()): TestScreen {
  return open(builds, { ...given, options: { machines, ...given.options } });
}

function someBuilds(): FakeBuilds {
  const builds = new FakeBuilds();
  builds.add("linux-6.12.3", "running", { log: numberedLog(100), logLines: 100 });
  return builds;
}

/** One build failed over a disk that is full. */
function failedBuild(): FakeBuilds {
  const builds = new FakeBuilds();
  const { drv, name } = builds.add("openssl-3.4.0", "failed", { log: numberedLog(60), logLines: 60 });
  builds.failures.push({
    ...{ drv, name, reason: "builder failed with exit code 1", diagnosis: "builder-disk-full" },
    ...{ phase: null, exitCode: 1, signal: null, logTail: [], hash: null, dependents: [] },
  });
  return builds;
}

function studio(change: Partial<MachineStatus> = {}): MachineStatus {
  return fakeMachine("studio", {
    builders: [fakeBuilder("linux-builder", "healthy"), fakeBuilder("native", "idle")],
    diagnoses: [
      fakeDiagnosis("builder-disk-full"),
      fakeDiagnosis("restart-needed", {
        severity: "warning",
        subject: "the Nix daemon",
        builderKey: null,
        title: "settings were changed that hold only after a restart of the daemon",
        fixes: [
          { title: "restart the Nix daemon", commands: ["kickstart"], action: { kind: "restart-daemon" } },
        ],
      }),
      fakeDiagnosis("builder-one-core", { severity: "info", title: "the builder uses one core" }),
    ],
    notLooked: [{ what: "inside native", why: "it has no VM while nothing is built" }],
    ...change,
  });
}

describe("the doctor", () => {
  it("lists what is wrong, the worst first, with the proof, the cause and the fix of the selected one", async () => {
    const screen = show(new FakeMachines(studio()), wide);
    await screen.shows("2 problems: linux-builder's disk is nearly full  d");
    await screen.press("d");
    const text = await screen.shows("╭ Doctor · 1 error · 1 warning · 1 worth knowing");
    assert.match(text, /1 not looked at ─╮/);
    assert.match(text, /│ ✖ the builder's disk is nearly full +linux-builder +│/);
    assert.match(
      text,
      /│ ◐ settings were changed that hold only after a restart of the daemon +the Nix daemon +│/,
    );
    assert.match(
      text,
      /│ ○ the builder uses one core +linux-builder +│\n│ \? not looked at: inside native +│/,
    );
    assert.match(text, /╭ linux-builder's disk is nearly full ─+ builder-disk-full ─╮/);
    assert.match(text, /│ proof {3}df in linux-builder: "\/: 39 \/ 40 GiB, 512 MiB free" +│/);
    assert.match(text, /│ cause {3}What is built there stays there\. +│/);
    assert.match(
      text,
      /│ fix {5}collect garbage in it +│\n│ {11}sudo ssh linux-builder nix-collect-garbage +│/,
    );
    assert.match(screen.rows().at(-1) ?? "", /^ y copy commands {3}esc close +\? help$/);
    await screen.press("jjj");
    await screen.shows("it has no VM while nothing is built");
    await screen.press("\x1b");
    await screen.shows("╭ Builds");
  });

  for (const [columns, rows] of [
    [80, 24],
    [120, 36],
    [200, 60],
    [60, 16],
    [40, 10],
  ] as const)
    it(`fills ${columns}x${rows} with sixty troubles and never exceeds it`, async () => {
      const diagnoses = Array.from({ length: 60 }, (_, n) =>
        n % 2 ? fakeDiagnosis(`d${n}`) : fakeWedged({ id: `d${n}`, severity: "warning" }),
      );
      const mini = fakeMachine("mini", { connection: lostConnection(900) });
      const screen = show(new FakeMachines(studio({ diagnoses }), mini), { columns, rows });
      await screen.shows("61 problems");
      await screen.press("d");
      for (const keys of ["", "G", "k", " ", "g"]) {
        await screen.press(keys);
        await screen.until(() => screen.isWhole() && screen.text().includes("╭ Doctor"));
        assert.match(screen.rows()[rows - 1] ?? "", /\? help$/);
      }
      await screen.press("G");
      await screen.until((text) => /inside native/.test(text));
    });

  it("follows any resize, also too small and back", async () => {
    const screen = show(new FakeMachines(studio()), wide);
    await screen.shows("2 problems");
    await screen.press("d");
    await screen.shows("╭ Doctor");
    for (const [columns, rows] of [
      [200, 60],
      [30, 5],
      [61, 17],
      [1, 1],
      [80, 24],
    ] as const)
      screen.resize(columns, rows);
    await screen.until(
      () => screen.rows().length === 24 && screen.isWhole() && screen.text().includes("Doctor"),
    );
  });

  it("is shown with ASCII alone, and in mono without any colour", async () => {
    const machines = new FakeMachines(studio(), fakeMachine("mini"));
    const screen = show(machines, { options: { settings: asciiSettings } }, failedBuild());
    await screen.shows("cause: builder-disk-full - the builder's disk is nearly full - d");
    await screen.press("d");
    await screen.shows("+ Doctor - 1 error");
    for (const key of ["j", "j", "j"]) {
      await screen.press(key);
      assert.doesNotMatch(screen.text(), /[^\x20-\x7e\n]/);
    }
    machines.set(0, { diagnoses: [], notLooked: [] });
    await screen.shows("Everything is well.");
    assert.doesNotMatch(screen.text(), /[^\x20-\x7e\n]/);
    assert.doesNotMatch(screen.stdout.written, /\x1b\[(3[0-7]|9[0-7])m/);
  });

  it("cannot be broken by hostile words", async () => {
    const name = `${"漢".repeat(50)}-${"x".repeat(300)}-1.0`;
    const hostile = fakeWedged({
      subject: name,
      title: name,
      evidence: [{ source: name, text: `${name}  ${name}` }],
      cause: name,
      fixes: [{ title: name, commands: [name, `${name}\n${name}`] }],
    });
    const machine = fakeMachine(name, {
      os: name,
      diagnoses: [hostile, fakeDiagnosis(name, { severity: "info" })],
      notLooked: [{ what: name, why: name }],
    });
    for (const [columns, rows] of [
      [120, 36],
      [80, 24],
      [40, 10],
    ] as const) {
      const machines = new FakeMachines(machine, fakeMachine(`${name}2`));
      const screen = show(machines, { columns, rows });
      await screen.shows("q quit");
      await screen.press("d");
      for (const key of ["", "j", "j", "j"]) {
        await screen.press(key);
        await screen.until(() => screen.isWhole() && screen.rows().every((row) => !row.includes("q quit")));
      }
      machines.set(0, { diagnoses: [], notLooked: [] });
      await screen.shows("Everything is well.");
      assert.ok(screen.isWhole());
      await screen.close();
    }
  });

  it("opens from any pane, and nothing but its own keys act in it", async () => {
    const screen = show(new FakeMachines(studio()), wide);
    await screen.shows("line 99");
    for (const pane of ["1", "2", "3", "4"]) {
      await screen.press(pane);
      await screen.press("d");
      await screen.shows("╭ Doctor");
      await screen.press("zsw");
      assert.match(screen.text(), /╭ Doctor/);
      await screen.press("d");
      await screen.hides("╭ Doctor");
    }
  });

  it("says why it cannot be opened where no machine is watched", async () => {
    const screen = show(new FakeMachines());
    await screen.shows("line 99");
    await screen.press("d");
    await screen.shows("No machine is watched: there is nothing to look at.");
  });

  it("has help, and comes back from it", async () => {
    const screen = show(new FakeMachines(studio()), wide);
    await screen.shows("line 99");
    await screen.press("d");
    await screen.shows("╭ Doctor");
    await screen.press("?");
    await screen.shows("╭ Keys");
    await screen.press("\x1b");
    await screen.shows("╭ Doctor");
  });

  it("selects by a click, scrolls what lies under the wheel", async () => {
    const cause = "a long cause ".repeat(80);
    const screen = show(new FakeMachines(studio({ diagnoses: [fakeDiagnosis("x"), fakeWedged({ cause })] })));
    await screen.shows("2 problems");
    await screen.press("d");
    await screen.shows("╭ linux-builder's disk");
    await screen.press("\x1b[<0;10;4M");
    await screen.shows("╭ linux-builder runs but does not answer");
    assert.match(screen.text(), /more below/);
    for (let n = 0; n < 8; n += 1) await screen.press("\x1b[<65;10;15M");
    await screen.until((text) => !text.includes("more below"));
    await screen.press("\x1b[<64;10;3M");
    await screen.shows("╭ linux-builder's disk");
  });

  it("writes nothing to the terminal while the machines say the same", async () => {
    const machines = new FakeMachines(studio());
    const screen = show(machines, wide);
    await screen.shows("line 99");
    await screen.press("d");
    await screen.shows("╭ Doctor");
    await new Promise((resolve) => setTimeout(resolve, 200));
    const before = screen.stdout.written.length;
    for (let look = 0; look < 3; look += 1) {
      machines.tick();
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
    assert.equal(screen.stdout.written.length, before);
  });
});

describe("where all is well", () => {
  it("one calm page says so, and what was looked at", async () => {
    const well = { diagnoses: [], notLooked: [] };
    const screen = show(new FakeMachines(studio(well), fakeMachine("mini", { os: "macOS 26.1" })), wide);
    await screen.shows("line 99");
    await screen.press("d");
    const text = await screen.shows("✔ Everything is well.");
    assert.match(text, /│ studio +│ macOS 26\.2 +│ Determinate Nix 3\.22\.2 +│ linux-builder, native +│/);
    assert.match(text, /│ mini +│ macOS 26\.1 +│ Determinate Nix 3\.22\.2 +│ none +│/);
    assert.doesNotMatch(text, /problem|not looked at/);
  });

  it("not everything is called well where something is worth knowing", async () => {
    const info = fakeWedged({ severity: "info", title: "a setting has no effect" });
    const screen = show(new FakeMachines(studio({ diagnoses: [info], notLooked: [] })), wide);
    await screen.shows("line 99");
    await screen.press("d");
    const text = await screen.shows("✔ Nothing is wrong; what follows is worth knowing.");
    assert.doesNotMatch(text, /Everything is well/);
  });

  it("what was not looked at is not called well", async () => {
    const screen = show(new FakeMachines(studio({ diagnoses: [] })), wide);
    await screen.shows("line 99");
    await screen.press("d");
    const text = await screen.shows("✔ What could be looked at is well.");
    assert.match(text, /\? not looked at: inside native/);
    assert.match(text, /╭ looked at ─/);
  });

  it("as many machines as fit are named", async () => {
    const machines = Array.from({ length: 40 }, (_, n) => fakeMachine(`mac-${n}`));
    const screen = show(new FakeMachines(...machines));
    await screen.shows("line 99");
    await screen.press("d");
    await screen.until((text) => /mac-5 [\s\S]*and 34 more/.test(text) && screen.isWhole());
  });

  it("a machine that was not reached yet is being looked at", async () => {
    const connecting = { connection: { state: "connecting" }, at: null, builders: [] } as const;
    const screen = show(new FakeMachines(fakeMachine("mini", connecting)), wide);
    await screen.shows("line 99");
    await screen.press("d");
    const text = await screen.shows("mini is being looked at");
    assert.doesNotMatch(text, /is well/);
  });
});

describe("a fix", () => {
  function withActions(run: MachineAction["run"]): { actions: DashboardActions; asked: unknown[][] } {
    const asked: unknown[][] = [];
    const prepared = (...what: unknown[]) => {
      asked.push(what);
      return Promise.resolve({ title: what.join(" "), change: ["sudo launchctl kickstart -k vm"], run });
    };
    return { asked, actions: { prepareBuilderAction: prepared, prepareDaemonRestart: prepared } };
  }
  const wedged = () =>
    new FakeMachines(
      fakeMachine("studio", {
        builders: [fakeBuilder("linux-builder", "wedged")],
        diagnoses: [fakeWedged()],
      }),
    );

  it("is done after a question that shows exactly what is done, and is gone when the next look says so", async () => {
    const machines = wedged();
    const { actions, asked } = withActions(async () => "linux-builder was restarted: it answers after 23 s");
    const screen = show(machines, { ...wide, options: { actions } });
    await screen.shows("1 problem: linux-builder runs but does not answer");
    await screen.press("d");
    await screen.shows("> fix 2 restart linux-builder");
    await screen.press("f");
    await screen.shows("sudo launchctl kickstart -k vm");
    assert.deepEqual(asked[0]?.slice(0, 3), ["restart", 0, "linux-builder"]);
    await screen.press("y");
    await screen.shows("linux-builder was restarted: it answers after 23 s");
    await screen.shows("looking again…");
    machines.set(0, { at: 1_010, diagnoses: [], builders: [fakeBuilder("linux-builder", "healthy")] });
    const text = await screen.shows("It is not seen any more after:");
    assert.match(text, /│ ✔ mended: the builder runs but does not answer +linux-builder +│/);
    assert.doesNotMatch(screen.rows()[0] ?? "", /problem/);
    await screen.press("d");
    await screen.hides("Doctor");
    await screen.press("d");
    await screen.shows("Everything is well.");
  });

  it("that did not help says that it is still there", async () => {
    const machines = wedged();
    const { actions } = withActions(async () => "linux-builder was restarted");
    const screen = show(machines, { ...wide, options: { actions } });
    await screen.shows("1 problem");
    await screen.press("d");
    await screen.press("\r");
    await screen.shows("do it");
    await screen.press("y");
    await screen.shows("looking again…");
    machines.set(0, { at: 1_010 });
    await screen.shows("it is still there after: restart 0 linux-builder");
    assert.match(screen.rows()[0] ?? "", /1 problem/);
  });

  it("is left alone with Esc, and the doctor is there as before", async () => {
    const { actions } = withActions(() => assert.fail("nobody agreed"));
    const screen = show(wedged(), { ...wide, options: { actions } });
    await screen.shows("1 problem");
    await screen.press("d");
    await screen.press("f");
    await screen.shows("do it");
    await screen.press("\x1b");
    await screen.hides("do it");
    assert.match(screen.text(), /> fix 2 restart linux-builder/);
  });

  it("is chosen by tab or its number, and y copies its commands", async () => {
    const screen = show(wedged(), wide);
    await screen.shows("1 problem");
    await screen.press("d");
    await screen.shows("> fix 2");
    await screen.press("\t");
    await screen.shows("> fix 1");
    await screen.press("2");
    await screen.shows("> fix 2");
    await screen.press("7");
    await screen.shows("There are 2 fixes.");
    await screen.press("y");
    await screen.shows("Copied 1 command.");
    const command = "sudo launchctl kickstart -k system/org.nixos.linux-builder";
    assert.ok(screen.stdout.written.includes(Buffer.from(command).toString("base64")));
  });

  it("that is not to be had here says so", async () => {
    const screen = show(wedged(), wide);
    await screen.shows("1 problem");
    await screen.press("d");
    await screen.shows("nothing can be done to these machines");
    await screen.press("f");
    await screen.until(() => /^ This is not to be had here/.test(screen.rows().at(-1) ?? ""));
  });
});

describe("a fix that changes a setting", () => {
  const action = { kind: "set", file: "nix.conf", key: "builders-use-substitutes", value: "true" } as const;
  const off = fakeDiagnosis("substitutes-off", {
    severity: "warning",
    fixes: [{ title: "switch it on", commands: ["builders-use-substitutes = true"], action }],
  });
  const setting = (change: Partial<EditableSetting> = {}) =>
    ({ key: "k1", id: "builders-use-substitutes", locked: null, ...change }) as EditableSetting;

  function start(settings: EditableSetting[]) {
    const asked: unknown[][] = [];
    const actions: DashboardActions = {
      listSettings: async () => ({ settings, notes: [] }),
      prepareSetting: async (...what) => {
        asked.push(what.slice(0, 3));
        const lines = [{ text: "+ builders-use-substitutes = true", tone: "well" as const }];
        const save = async () => ({ good: true, lines: ["saved: it holds from the next build on"] });
        return { title: "set builders-use-substitutes", lines, restart: null, save };
      },
    };
    const machines = new FakeMachines(fakeMachine("studio", { diagnoses: [off] }));
    return { screen: show(machines, { ...wide, options: { actions } }), asked };
  }

  it("shows the diff and asks, as the settings themselves do", async () => {
    const { screen, asked } = start([setting({ id: "cores", key: "k0" }), setting()]);
    await screen.shows("1 problem");
    await screen.press("d");
    await screen.shows("f does it here");
    await screen.press("f");
    await screen.shows("+ builders-use-substitutes = true");
    assert.deepEqual(asked, [[0, "k1", "true"]]);
    await screen.press("y");
    await screen.shows("saved: it holds from the next build on");
    assert.match(screen.text(), /╭ Doctor/);
  });

  it("says what to do instead where the file is not changed by hand, or does not know it", async () => {
    const { screen } = start([setting({ locked: ["nix-darwin writes this file.", "Change its source."] })]);
    await screen.shows("1 problem");
    await screen.press("d");
    await screen.press("f");
    await screen.shows("Change its source.");
    await screen.press("\x1b");
    await screen.hides("Change its source.");
    await screen.close();
    const other = start([]).screen;
    await other.shows("1 problem");
    await other.press("d");
    await other.press("f");
    await other.shows("is no setting of studio: write builders-use-substitutes = true into nix.conf.");
  });
});

describe("elsewhere on the screen", () => {
  it("the builder's row is marked, and its gauges begin with what is the matter", async () => {
    const machines = new FakeMachines(studio());
    const screen = show(machines, wide);
    const text = await screen.shows("linux-builder !");
    assert.match(text, /│ ● studio ! /);
    assert.match(text, /│ ! the builder's disk is nearly full {2}d +│/);
    assert.doesNotMatch(text, /native !/);
    machines.set(0, { diagnoses: [] });
    await screen.hides("linux-builder !");
  });

  it("the mark has room beside a name that has none", async () => {
    const name = "linux-builder-with-a-name-that-is-longer-than-the-pane-is";
    const machines = new FakeMachines(
      fakeMachine("studio", {
        builders: [fakeBuilder(name, "healthy")],
        diagnoses: [fakeDiagnosis("x", { builderKey: name, subject: name })],
      }),
    );
    const screen = show(machines, { columns: 60, rows: 16 });
    await screen.until((text) => /│ ●!\S+/.test(text));
  });

  it("the log of a failed build begins with its cause, and d leads to it", async () => {
    const machines = new FakeMachines(
      studio({ diagnoses: [fakeWedged(), fakeDiagnosis("builder-disk-full")] }),
    );
    const screen = show(machines, {}, failedBuild());
    await screen.shows("cause: builder-disk-full · the builder's disk is nearly full · d");
    await screen.shows("Failed: builder failed with exit code 1");
    await screen.press("d");
    await screen.shows("╭ linux-builder's disk is nearly full");
    await screen.press("\x1b");
    await screen.shows("╭ Builds");
    await screen.press("\r");
    await screen.hides("╭ Builds");
    await screen.press("g");
    const text = await screen.shows("line 0");
    assert.match(text, /│ cause: builder-disk-full .*│\n│ line 0 /);
  });

  it("the cause names no key where the doctor has nothing to look at", async () => {
    const screen = show(new FakeMachines(), {}, failedBuild());
    const text = await screen.shows("cause: builder-disk-full");
    assert.match(text, /│ cause: builder-disk-full +│/);
  });
});
