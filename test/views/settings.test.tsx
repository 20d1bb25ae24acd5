import "../support/in-colour.ts";
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { FakeBuilds } from "../support/fake-builds.ts";
import { FakeMachines, fakeBuilder, fakeMachine, lostConnection } from "../support/fake-machines.ts";
import { FakeSettings, fakeSetting } from "../support/fake-settings.ts";
import { asciiSettings, type ScreenOptions, screens, type TestScreen, wide } from "../support/screen.tsx";

const open = screens();
let settings = new FakeSettings();
const machines = () =>
  new FakeMachines(
    fakeMachine("studio", {
      builders: [fakeBuilder("native", "idle", { kind: "determinate-native", uri: null })],
    }),
  );

async function show(given: ScreenOptions = {}): Promise<TestScreen> {
  const builds = new FakeBuilds();
  builds.add("hello-2.12", "running");
  const screen = open(builds, {
    ...given,
    options: { machines: machines(), actions: settings, ...given.options },
  });
  await screen.shows("hello-2.12");
  return screen;
}
afterEach(() => {
  settings = new FakeSettings();
});

const enter = "\r";
const esc = "\u001b";
const clear = "\u0015";

/** Opens the settings and types 16G in place of the builder's 8 GiB. */
async function enterMemory(screen: TestScreen): Promise<void> {
  await screen.press("e");
  await screen.shows("8 GiB");
  await screen.press(enter + clear);
  await screen.press("16G");
  await screen.press(enter);
}

describe("the settings on the screen", () => {
  for (const [columns, rows] of [
    [80, 24],
    [120, 36],
    [200, 60],
  ] as const)
    it(`stand between header and footer by their files at ${columns}x${rows}`, async () => {
      const screen = await show({ columns, rows });
      await screen.press("e");
      await screen.shows("builder.memoryBytes");
      const shown = screen.rows();
      assert.match(shown[0] ?? "", /^ buildtop {2}studio/);
      assert.match(shown[1] ?? "", /^╭ Settings · studio ─+ 5 settings ─╮/);
      assert.match(shown[2] ?? "", /^│ \/etc\/determinate\/config\.json/);
      assert.match(shown[3] ?? "", /^│ {3}builder\.memoryBytes +8 GiB/);
      assert.match(shown[4] ?? "", /^│ {3}builder\.cpuCount +default: 1/);
      assert.match(shown.at(-1) ?? "", /^ ↵ change {3}\/ filter {3}u take back {3}esc close +\? help$/);
      const text = screen.text();
      assert.match(text, /The most memory that a Linux build may use/);
      assert.match(text, /now +8 GiB = 8589934592 bytes/);
      assert.match(text, /bounds +512 MiB to 32 GiB/);
      assert.match(text, /then +holds after a restart of the Nix daemon/);
      assert.ok(shown.every((row) => [...row].length <= columns));
      // The box is whole.
      assert.ok(
        shown.slice(1, -1).every((row) => /[│╮╯]$/.test(row)),
        text,
      );
    });

  it("are only ASCII where that is wanted", async () => {
    const screen = await show({ ...wide, options: { settings: asciiSettings } });
    await screen.press("e");
    await screen.shows("builder.memoryBytes");
    await screen.press(enter + clear);
    await screen.press("99T");
    assert.match(await screen.shows("write 24G"), /^[\n -~]*$/);
  });

  it("say at once what a typed value means, or what to write instead", async () => {
    const screen = await show(wide);
    await screen.press("e");
    await screen.shows("8 GiB");
    await screen.press(enter);
    await screen.shows("8G");
    await screen.press(clear);
    await screen.press("16");
    await screen.shows("'16' would be 16 bytes; write");
    await screen.press(enter);
    await screen.shows("Not saved");
    await screen.press("G");
    const text = await screen.shows("16 GiB = 17179869184 bytes");
    assert.match(text, /builder\.memoryBytes +16G/);
    assert.deepEqual(settings.happened, [], "nothing is asked of the machine while one types");
    await screen.press(esc);
    await screen.hides("16G");
    assert.match(screen.text(), /builder\.memoryBytes +8 GiB/);
  });

  it("show the diff and what it takes, and save after y", async () => {
    const screen = await show(wide);
    await enterMemory(screen);
    const question = await screen.shows("save, and restart the Nix daemon on mini");
    assert.match(question, /╭ set builder\.memoryBytes on mini ─/);
    assert.match(question, /- +"memoryBytes": 8589934592,/);
    assert.match(question, /\+ +"memoryBytes": 17179869184,/);
    assert.match(question, /2 builds run on this machine or for it and would die/);
    await screen.press("y");
    await screen.shows("builder.memoryBytes is saved and in force");
    await screen.until((text) => /builder\.memoryBytes +16 GiB/.test(text));
    assert.deepEqual(settings.happened, ["prepare builder.memoryBytes 16G", "save and restart"]);
  });

  it("are read again until they can be, where the machine is away for a moment after a save", async () => {
    const screen = await show(wide);
    settings.outcome = async () => {
      settings.refuses = "mini started no shell within 10 s";
      return { good: true, lines: ["saved and in force"] };
    };
    await screen.press("e");
    await screen.shows("builder.memoryBytes");
    await screen.press(enter);
    await screen.press(`${clear}16G`);
    await screen.press(enter);
    await screen.shows("save, and restart");
    await screen.press("y");
    await screen.shows("saved and in force");
    await screen.press("j");
    assert.doesNotMatch(screen.text(), /started no shell/);
    settings.refuses = null;
    await screen.until((text) => /builder\.memoryBytes +16 GiB/.test(text));
  });

  it("come back to the typed value after n, and to the panes after Esc", async () => {
    const screen = await show(wide);
    await enterMemory(screen);
    await screen.shows("save only");
    await screen.press("n");
    await screen.until(
      (text) => /builder\.memoryBytes +16G/.test(text) && text.includes("17179869184 bytes"),
    );
    assert.deepEqual(settings.happened, ["prepare builder.memoryBytes 16G"]);
    await screen.press(esc);
    await screen.until((text) => /builder\.memoryBytes +8 GiB/.test(text));
    await screen.press(esc);
    await screen.shows("Builds");
  });

  it("say why a value cannot be saved, and leave it to be changed", async () => {
    settings.prepareSetting = () => Promise.reject(new Error("This machine is not there."));
    const screen = await show(wide);
    await enterMemory(screen);
    await screen.until((text) => /builder\.memoryBytes +16G/.test(text) && text.includes("is not there."));
  });

  it("stay with what went wrong until it was read", async () => {
    settings.outcome = {
      good: false,
      lines: [
        "/etc/determinate/config.json holds its old content again, byte for byte; the Nix daemon was restarted",
        "the Nix daemon does not come back with the new builder.memoryBytes",
        "last exit code = 78",
      ],
    };
    const screen = await show(wide);
    await enterMemory(screen);
    await screen.shows("save only");
    await screen.press("y");
    const text = await screen.shows("last exit code = 78");
    assert.match(text, /holds its old content again, byte for byte/);
    await screen.press("j");
    assert.match(screen.text(), /last exit code = 78/);
    await screen.press(esc);
    await screen.hides("last exit code");
    assert.match(screen.text(), /builder\.memoryBytes +8 GiB/);
  });

  it("ask whether the old content is wanted again where the daemon does not come back", async () => {
    settings.outcome = async (how) => {
      const back = await how.offerRollback(["the Nix daemon does not come back", "last exit code = 78"]);
      return { good: false, lines: [back ? "it is as it was" : "the new content stays"] };
    };
    const screen = await show(wide);
    for (const [key, ended] of [
      ["y", "it is as it was"],
      ["n", "the new content stays"],
      [esc, "it is as it was"],
    ] as const) {
      await enterMemory(screen);
      await screen.shows("save only");
      await screen.press("y");
      await screen.shows("put the old content back, and restart with it");
      await screen.press(key);
      await screen.shows(ended);
      await screen.press(esc);
      await screen.hides(ended);
      await screen.press(esc);
      await screen.shows("Builds");
    }
  });

  it("say of a file that Nix makes what to change instead, and save nothing", async () => {
    settings.change.set("max-jobs", {
      locked: [
        "/etc/nix/nix.conf is made by nix-darwin",
        "change nix.settings.max-jobs in your configuration, and run: sudo darwin-rebuild switch",
      ],
    });
    const screen = await show(wide);
    await screen.press("e");
    await screen.shows("not changed by hand");
    await screen.press("jjj");
    await screen.press(enter);
    const text = await screen.shows("max-jobs is not changed here");
    assert.match(text, /change nix\.settings\.max-jobs in your configuration/);
    assert.deepEqual(settings.happened, []);
  });

  it("open the editor where the user's own code sets it", async () => {
    settings.more = [
      fakeSetting("nix.linux-builder.maxJobs", 4, {
        locked: ["it is set in your configuration"],
        place: { path: "/nowhere/flake.nix", line: 12 },
      }),
    ];
    const screen = await show(wide);
    await screen.press("e");
    await screen.shows("nix.linux-builder.maxJobs");
    await screen.press("G");
    await screen.press(enter);
    await screen.shows("open /nowhere/flake.nix at line 12 in your editor");
    await screen.press("n");
    await screen.hides("in your editor");
  });

  it("are filtered by what is typed after /, and all there again after Esc", async () => {
    const screen = await show(wide);
    await screen.press("e");
    await screen.shows("trusted-users");
    await screen.press("/");
    await screen.press("memory");
    await screen.hides("trusted-users");
    await screen.press(enter);
    assert.match(screen.rows()[1] ?? "", /filter: memory/);
    await screen.press(esc);
    await screen.shows("trusted-users");
  });

  it("take the last change back after a question that shows it", async () => {
    const screen = await show(wide);
    await screen.press("e");
    await screen.shows("8 GiB");
    await screen.press("u");
    await screen.shows("take back builder.memoryBytes on mini");
    await screen.press("s");
    await screen.shows("is saved");
    assert.deepEqual(settings.happened, ["prepare undo", "save only"]);
  });

  it("suggest what the gauges speak for", async () => {
    settings.change.set("builder.memoryBytes", { suggestion: "peak 7.9 of 8 GiB: 16 GiB?" });
    const screen = await show(wide);
    await screen.press("e");
    await screen.shows("8 GiB");
    await screen.press("j");
    await screen.until((text) => /builder\.memoryBytes +8 GiB {3}peak 7\.9 of 8 GiB: 16 GiB\?/.test(text));
  });

  it("tell of a save that was interrupted before", async () => {
    settings.notes = ["the save of max-jobs on studio was interrupted: the old content is in place"];
    const screen = await show();
    await screen.press("e");
    await screen.shows("the save of max-jobs on studio was interrupted");
  });

  it("say why they cannot be read, and why they are not to be had", async () => {
    settings.refuses = "sudo on studio does not let us\nas the policy says";
    const screen = await show(wide);
    await screen.press("e");
    await screen.shows("as the policy says");
    await screen.press(esc);
    await screen.shows("Builds");

    const lost = new FakeMachines(fakeMachine("mini", { connection: lostConnection(0) }));
    const away = open(new FakeBuilds(), { ...wide, options: { machines: lost, actions: settings } });
    await away.press("e");
    await away.shows("mini does not answer.");
    const without = open(new FakeBuilds(), { ...wide, options: { machines: machines() } });
    await without.press("e");
    await without.shows("Settings are not to be had here.");
  });

  it("are selected by a click and scrolled by the wheel", async () => {
    const screen = await show(wide);
    await screen.press("e");
    await screen.shows("8 GiB");
    await screen.press("\u001b[<0;10;5M\u001b[<0;10;5m");
    await screen.until((text) => /╭ builder\.cpuCount ─/.test(text));
    await screen.press("\u001b[<64;10;5M");
    await screen.until((text) => /╭ builder\.memoryBytes ─/.test(text));
  });

  it("follow the size of the terminal while a value is typed", async () => {
    const screen = await show(wide);
    await screen.press("e");
    await screen.shows("8 GiB");
    await screen.press(enter + clear);
    await screen.press("16G");
    for (const [columns, rows] of [
      [80, 24],
      [40, 10],
      [200, 60],
      [20, 5],
      [80, 24],
    ] as const) {
      screen.resize(columns, rows);
      await screen.until((text) => text.includes(columns < 40 ? "too small" : "17179869184"));
    }
    await screen.press(enter);
    await screen.shows("save only");
  });
});
