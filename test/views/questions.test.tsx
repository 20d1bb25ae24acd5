import "../support/in-colour.ts";
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { DashboardActions, MachineAction } from "../../src/views/dashboard-options.ts";
import { FakeBuilds } from "../support/fake-builds.ts";
import { FakeMachines, fakeBuilder, fakeMachine } from "../support/fake-machines.ts";
import { FakeSettings } from "../support/fake-settings.ts";
import { screens, type TestScreen } from "../support/screen.tsx";

const open = screens();
let done: string[] = [];
afterEach(() => {
  done = [];
});

const dies = "2 builds run on it and would die: llvm-20.1.2, rustc-1.89.0";
const change: MachineAction["change"] = [
  "sudo /bin/launchctl kickstart -k system/org.nixos.linux-builder",
  "",
  { text: dies, tone: "plain", grave: true },
  "",
  "sudo asks for your password first, in this terminal",
];
const title = "restart linux-builder on a-mac-of-mine";

function show(columns: number, rows: number, actions: DashboardActions = restarting()): TestScreen {
  const machines = new FakeMachines(fakeMachine("studio", { builders: [fakeBuilder("vm", "building")] }));
  return open(new FakeBuilds(), { columns, rows, options: { machines, actions } });
}

function restarting(): DashboardActions {
  const run = async () => {
    done.push("restarted");
    return "vm answers";
  };
  return { prepareBuilderAction: async () => ({ title, change, run }) };
}

/** Asked by `r`, on the row of the builder. */
async function ask(screen: TestScreen): Promise<void> {
  await screen.press("1");
  await screen.shows("vm");
  await screen.press("j");
  await screen.press("r");
  await screen.shows("leave it as it is");
}

/** Without the frame around it, and what is wrapped in one line again. */
function words(screen: TestScreen): string {
  return screen
    .rows()
    .map((row) => row.replace(/[│╭╮╰╯─]/g, " "))
    .join(" ")
    .replace(/\s+/g, " ");
}

describe("a question that does not fit the screen", () => {
  for (const [columns, rows] of [
    [40, 10],
    [60, 10],
  ] as const)
    it(`at ${columns}x${rows}: says what would die first, and takes y once its end was in sight`, async () => {
      const screen = show(columns, rows);
      await ask(screen);
      assert.match(words(screen), /2 builds run on it and would die: llvm-20\.1\.2/);
      assert.match(words(screen), /\d+ more below/);
      assert.match(words(screen), /y do it/);
      assert.doesNotMatch(words(screen), /sudo asks for your password/);
      assert.match(screen.rows().at(-1) ?? "", /Space read on|space read on/);
      await screen.press("y");
      await screen.shows("Read on to its end first");
      assert.deepEqual(done, []);
      for (let n = 0; n < 12; n++) await screen.press("j");
      await screen.until(() => /sudo asks for your password first, in this terminal/.test(words(screen)));
      assert.match(words(screen), /\d+ more above/);
      await screen.press("y");
      await screen.shows("vm answers");
      assert.deepEqual(done, ["restarted"]);
    });

  it("is read page by page, back again, and shows the whole title among its lines", async () => {
    const screen = show(40, 10);
    await ask(screen);
    const first = words(screen);
    assert.ok(first.includes(title), first);
    await screen.press(" ");
    await screen.until(() => words(screen) !== first);
    await screen.press("\u001b[5~");
    await screen.until(() => words(screen).includes(title));
    await screen.press("G");
    await screen.until(() => /more above/.test(words(screen)));
    await screen.press("k");
    await screen.press("g");
    await screen.until(() => words(screen).includes(title));
  });

  it("takes no Enter on an answer that is marked unread, but can always be left", async () => {
    const screen = show(40, 10);
    await ask(screen);
    await screen.press("\t");
    await screen.press("\r");
    await screen.shows("Read on to its end first");
    assert.deepEqual(done, []);
    await screen.press("n");
    await screen.hides("do it");
    assert.deepEqual(done, []);
  });

  it("is no easier to answer after the screen shrank, and stays read once it was", async () => {
    const screen = show(80, 24);
    await ask(screen);
    screen.resize(40, 10);
    await screen.until(() => /more below/.test(words(screen)));
    await screen.press("y");
    await screen.shows("vm answers");
  });

  it("is not answered on a screen that is too small to show it", async () => {
    const screen = show(80, 24);
    let prepared = (_: MachineAction) => {};
    await screen.close();
    const prepare = () =>
      new Promise<MachineAction>((resolve) => {
        prepared = resolve;
      });
    const small = show(80, 24, { prepareBuilderAction: prepare });
    await small.press("1");
    await small.shows("vm");
    await small.press("j");
    await small.press("r");
    await small.shows("Looking at vm");
    small.resize(30, 8);
    await small.shows("too small");
    prepared({ title, change, run: async () => `${done.push("restarted")}` });
    await small.press("y");
    assert.deepEqual(done, []);
    small.resize(80, 24);
    await small.shows("leave it as it is");
  });

  it("shows all of a setting's change, and its answers in full, line by line at 40x10", async () => {
    const settings = new FakeSettings();
    const screen = show(40, 10, settings);
    await screen.press("1");
    await screen.shows("vm");
    await screen.press("e");
    await screen.shows("builder.cpuCount");
    await screen.press("u");
    await screen.shows("take back builder.memoryBytes");
    assert.match(words(screen), /2 builds run on this machine or for it and would die/);
    await screen.press("y");
    await screen.shows("Read on to its end first");
    let seen = words(screen);
    for (let n = 0; n < 20; n++) {
      await screen.press("j");
      seen += words(screen);
    }
    for (const part of ["17179869184", "y save, and restart the Nix daemon", "from the next restart on"])
      assert.ok(seen.includes(part), `${part} in ${seen}`);
    assert.doesNotMatch(settings.happened.join(), /save/);
    await screen.press("y");
    await screen.until(() => settings.happened.includes("save and restart"));
  });
});

describe("a question that fits the screen", () => {
  for (const [columns, rows] of [
    [80, 24],
    [120, 36],
  ] as const)
    it(`at ${columns}x${rows}: stands as it was written, and is answered at once`, async () => {
      const screen = show(columns, rows);
      await ask(screen);
      const text = screen.text();
      assert.ok(text.includes(title));
      assert.doesNotMatch(text, /more below|more above|read on/i);
      assert.ok(text.indexOf("kickstart") < text.indexOf("would die"), "in the order of its parts");
      await screen.press("j");
      await screen.press("\r");
      await screen.shows("vm answers");
      assert.deepEqual(done, ["restarted"]);
    });
});
