import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DashboardState, initialState } from "../../src/store/dashboard-state.ts";
import { settingDetail, settingsLines, verdictLines } from "../../src/store/settings-lines.ts";
import { openSettingsView, type SettingsView, shownSettings } from "../../src/store/settings-state.ts";
import {
  scrollSettingDetail,
  selectedSetting,
  selectedSettingDetail,
  settingsLayout,
  settleSettings,
} from "../../src/store/settings-view.ts";
import { fakeSetting } from "../support/fake-settings.ts";

const machineRow = (of: string, row: number) =>
  fakeSetting("machines.maxJobs", "4", { key: `machines.maxJobs ${row}`, of });
const all = [
  fakeSetting("builder.memoryBytes", 8 * 1024 ** 3),
  fakeSetting("builder.cpuCount", null),
  fakeSetting("max-jobs", "auto"),
  machineRow("ada@mini", 0),
  machineRow("builder@linux-builder", 1),
];

function opened(change: Partial<SettingsView> = {}, size = { columns: 80, rows: 24 }): DashboardState {
  const view = { ...openSettingsView(0, "studio", null), settings: all, ...change };
  return settleSettings({ ...initialState(size.columns, size.rows), settings: view });
}

describe("the settings", () => {
  it("stand under their files, each once, and each machine has its own", () => {
    const lines = settingsLines(opened().settings!, null, 76);
    const headings = lines.flatMap((line) =>
      line.kind === "heading" ? [`${line.path} ${line.of ?? ""}`.trim()] : [],
    );
    assert.deepEqual(headings, [
      "/etc/determinate/config.json",
      "/etc/nix/nix.custom.conf",
      "/etc/nix/machines ada@mini",
      "/etc/nix/machines builder@linux-builder",
    ]);
  });

  it("begin with those of the selected builder", () => {
    const shown = shownSettings(opened({ first: "builder@linux-builder" }).settings!);
    assert.deepEqual(shown.map(({ key }) => key).slice(0, 2), ["machines.maxJobs 1", "builder.memoryBytes"]);
    assert.equal(shown.length, all.length);
  });

  it("are found by name, file, machine and words of what they do", () => {
    const found = (filter: string) => shownSettings(opened({ filter }).settings!).map(({ key }) => key);
    assert.deepEqual(found("MEMORY"), ["builder.memoryBytes"]);
    assert.deepEqual(found("machines mini"), ["machines.maxJobs 0"]);
    assert.deepEqual(found("custom.conf"), ["max-jobs"]);
    assert.deepEqual(found("no such thing"), []);
  });

  it("keep the selected one when others come or go, and take its neighbour when it goes", () => {
    const state = opened({ selected: "max-jobs", selectedIndex: 2 });
    const fewer = settleSettings({ ...state, settings: { ...state.settings!, settings: all.slice(1) } });
    assert.equal(selectedSetting(fewer)?.key, "max-jobs");
    const gone = settleSettings({ ...state, settings: { ...state.settings!, filter: "machines" } });
    assert.equal(selectedSetting(gone)?.key, "machines.maxJobs 1");
    assert.equal(selectedSetting(opened({ filter: "nothing" })), undefined);
  });

  it("never let what is typed become the value of another one", () => {
    const typing = { purpose: "setting", text: "16G", cursor: 3 } as const;
    const before = opened();
    const state = settleSettings({
      ...before,
      field: typing,
      settings: { ...before.settings!, editing: "builder.memoryBytes" },
    });
    assert.deepEqual(state.field, typing);
    const gone = settleSettings({ ...state, settings: { ...state.settings!, settings: all.slice(1) } });
    assert.equal(gone.field, null);
    assert.equal(gone.settings?.editing, null);
  });

  for (const [columns, rows] of [
    [80, 24],
    [120, 36],
    [200, 60],
    [60, 16],
    [40, 10],
  ] as const)
    it(`have the selected one in sight at ${columns}x${rows}, with its heading and what is said below it`, () => {
      for (const [index, { key }] of all.entries()) {
        let state = opened({ selected: key, selectedIndex: index }, { columns, rows });
        state = settleSettings({
          ...state,
          field: { purpose: "setting", text: "99T", cursor: 3 },
          settings: { ...state.settings!, editing: key },
        });
        const { innerHeight, innerWidth } = settingsLayout(state).list;
        const lines = settingsLines(state.settings!, state.field, innerWidth);
        const { top } = state.settings!;
        const shown = lines.slice(top, top + innerHeight);
        const at = lines.findIndex((line) => line.kind === "setting" && line.setting.key === key);
        assert.ok(at >= top && at < top + innerHeight, key);
        if (innerHeight >= 8)
          for (const line of lines) if (line.kind === "said") assert.ok(shown.includes(line), key);
        const { list, detail } = settingsLayout(state);
        const bottom = Math.max(list.y + list.height, detail ? detail.y + detail.height : 0);
        assert.ok(bottom <= rows - 1);
      }
    });
});

describe("what is typed", () => {
  const memory = all[0]!;
  const said = (typed: string) => verdictLines(memory, typed);

  it("is said both ways, with what speaks against it", () => {
    assert.deepEqual(said("16G"), [{ text: "16 GiB = 17179869184 bytes", tone: "well" }]);
    const [first, ...warnings] = said("30G");
    assert.equal(first?.text, "30 GiB = 32212254720 bytes");
    assert.match(warnings[0]?.text ?? "", /more than three quarters/);
    assert.equal(warnings[0]?.tone, "attention");
  });

  it("is refused with what to write instead, as soon as it is wrong", () => {
    for (const [typed, instead] of [
      ["16", /write 16G/],
      ["99T", /write 24G or less/],
      ["abc", /such as 16G/],
    ] as const) {
      const [line] = said(typed);
      assert.match(line?.text ?? "", instead);
      assert.equal(line?.tone, "failed");
    }
  });

  it("is no mistake while nothing is typed, and tells the choices where there are some", () => {
    assert.equal(said("")[0]?.tone, "idle");
    assert.match(
      verdictLines(fakeSetting("builder.state", null), "")[0]?.text ?? "",
      /one of: enabled, disabled/,
    );
    // An empty value of nix.conf is a value; one that is not set is none.
    const builders = fakeSetting("builders", null);
    assert.deepEqual(verdictLines(builders, ""), [
      { text: "not set; the default is: @/etc/nix/machines", tone: "idle" },
    ]);
    assert.match(
      verdictLines(fakeSetting("builders", "@/etc/nix/machines"), "")[1]?.text ?? "",
      /no builder/,
    );
    assert.match(said("8G")[0]?.text ?? "", /as it is now/);
  });
});

describe("what is said of a setting", () => {
  const textOf = (lines: ReturnType<typeof settingDetail>) =>
    lines.map((line) => line.map((part) => (part.kind === "text" ? part.text : "")).join("")).join("\n");

  it("is its effect, value, default, bounds, restart, hint and file", () => {
    const text = textOf(settingDetail(all[0]!, 60));
    for (const part of [
      /^The most memory that a Linux build may use/,
      /^now +8 GiB = 8589934592 bytes$/m,
      /^default +8 GiB$/m,
      /^bounds +512 MiB to 32 GiB$/m,
      /^then +holds after a restart of the Nix daemon/m,
      /^hint +where a build says/m,
      /^file +\/etc\/determinate\/config\.json$/m,
    ])
      assert.match(text, part);
  });

  it("is above all what to do instead, where the file is not changed by hand", () => {
    const locked = fakeSetting("max-jobs", "4", {
      locked: ["/etc/nix/nix.conf is made by nix-darwin", "change it there"],
    });
    const text = textOf(settingDetail(locked, 60));
    assert.match(text, /^locked +\/etc\/nix\/nix\.conf is made by nix-darwin\n +change it there$/m);
    assert.doesNotMatch(text, /^then/m);
  });

  it("scrolls no further than its end", () => {
    let state = opened({}, { columns: 60, rows: 18 });
    const { innerHeight } = settingsLayout(state).detail!;
    state = scrollSettingDetail(state, 1_000);
    assert.equal(state.settings?.detailTop, selectedSettingDetail(state).length - innerHeight);
    assert.equal(scrollSettingDetail(state, -1_000).settings?.detailTop, 0);
  });
});
