/** Every setting: what may be written into it on this machine, and what one should know first. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { editSetting } from "../../../src/model/settings/edit-setting.ts";
import type { HostLimits, SettingValue } from "../../../src/model/settings/setting.ts";
import { findSetting, settings } from "../../../src/model/settings/settings.ts";

const gib = 1024 ** 3;
const mac: HostLimits = {
  memoryBytes: 32 * gib,
  cores: 10,
  performanceCores: 8,
  freeDiskBytes: 100 * gib,
  otherVms: [],
  localSystem: "aarch64-darwin",
  determinate: true,
};
const unknown: HostLimits = {
  ...mac,
  ...{ memoryBytes: null, cores: null, performanceCores: null, freeDiskBytes: null },
};

function judge(id: string, input: string, host: Partial<HostLimits> = {}, current: SettingValue = null) {
  const found = findSetting(id);
  assert.ok("setting" in found, `there is no ${id}`);
  return found.setting.judge(input, { ...mac, ...host }, current);
}

function told(...args: Parameters<typeof judge>) {
  const verdict = judge(...args);
  return verdict.level === "refused"
    ? `refused: ${verdict.reason}`
    : `${verdict.level}: ${verdict.shown}; ${verdict.warnings.join("; ")}`;
}

describe("the table of settings", () => {
  it("names each setting once, and says of each what it does and what holds without it", () => {
    assert.equal(new Set(settings.map(({ id }) => id)).size, settings.length);
    for (const { id, effect, default: usual } of settings) {
      assert.match(effect, /^[A-Z].*[.]$/, id);
      assert.notEqual(usual, "", id);
    }
  });

  it("holds every setting that a builder has", () => {
    for (const id of [
      "builder.memoryBytes",
      "builder.cpuCount",
      "builder.state",
      "max-jobs",
      "cores",
      "builders",
      "builders-use-substitutes",
      "trusted-users",
      "extra-platforms",
      "extra-experimental-features",
      "external-builders",
      "machines.uri",
      "machines.publicHostKey",
      "nix.linux-builder.enable",
      "nix.linux-builder.config.virtualisation.darwin-builder.diskSize",
      "determinateNix.nixosVmBasedLinuxBuilder.ephemeral",
      "determinateNix.determinateNixd.builder.memoryBytes",
    ])
      assert.ok("setting" in findSetting(id), id);
  });

  it("knows what was meant", () => {
    assert.deepEqual(findSetting("builder.memorybytes"), { meant: "builder.memoryBytes" });
    assert.deepEqual(findSetting("memoryBytes"), { meant: "builder.memoryBytes" });
    assert.deepEqual(findSetting("max-job"), { meant: "max-jobs" });
    assert.deepEqual(findSetting("quite something else"), { meant: null });
  });

  it("says what has to restart", () => {
    const restart = (id: string) => {
      const found = findSetting(id);
      return "setting" in found ? found.setting.restart : null;
    };
    assert.deepEqual(restart("builder.memoryBytes"), { what: "daemon" });
    assert.deepEqual(restart("max-jobs"), { what: "daemon" });
    assert.deepEqual(restart("machines.maxJobs"), { what: "nothing" });
    assert.deepEqual(restart("nix.linux-builder.maxJobs"), { what: "rebuild", builder: "linux-builder" });
  });
});

describe("the memory of a builder", () => {
  it("is taken as typed, and shown both ways", () => {
    assert.deepEqual(judge("builder.memoryBytes", "16G"), {
      level: "ok",
      value: 17179869184,
      shown: "16 GiB = 17179869184 bytes",
      warnings: [],
    });
    assert.deepEqual(judge("nix.linux-builder.config.virtualisation.darwin-builder.memorySize", "8192"), {
      level: "ok",
      value: 8192,
      shown: "8 GiB = 8192 MiB",
      warnings: [],
    });
  });

  for (const [input, words] of [
    ["16", /refused: '16' would be 16 bytes; write 16G/],
    ["-1", /refused: .*write 1G/],
    ["1e9", /refused: .*write a size with its unit, such as 16G/],
    ["99T", /refused: 99 TiB is more than this machine has \(32 GiB\); write 24G or less/],
    ["abc", /refused: .*such as 16G/],
    ["１６", /refused: .*plain digits/],
    ["511M", /refused: 511 MiB is too little.*512 MiB.*write 8G/],
    ["1G", /warning: .*less than 2 GiB/],
    ["25G", /warning: .*three quarters of the 32 GiB/],
    ["24G", /^ok: /],
  ] as const)
    it(`of ${input} is judged by what the machine has`, () =>
      assert.match(told("builder.memoryBytes", input), words));

  it("in MiB is not taken for GiB", () => {
    assert.match(
      told("nix.linux-builder.config.virtualisation.darwin-builder.memorySize", "16"),
      /refused: 16 MiB is too little.*16G if GiB were meant/,
    );
  });

  it("is added to that of other virtual machines, and a second builder is told", () => {
    const otherVms = [{ name: "linux-builder", memoryBytes: 12 * gib, builder: true }];
    assert.match(
      told("builder.memoryBytes", "16G", { otherVms }),
      /warning: .*with linux-builder all virtual machines may take 28 GiB of 32 GiB; linux-builder is another builder/,
    );
  });

  it("of a machine that nothing is known of has a bound all the same", () => {
    assert.match(told("builder.memoryBytes", "99T", unknown), /refused: .*more than any Mac has/);
    assert.match(told("builder.memoryBytes", "16G", unknown), /warning: .*not known/);
  });
});

describe("other values", () => {
  for (const [id, input, words] of [
    ["builder.cpuCount", "1", /^ok: 1;/],
    ["builder.cpuCount", "4", /warning: 4; Determinate advises against/],
    ["builder.cpuCount", "11", /refused: this machine has 10 cores; write 8 or less/],
    ["builder.cpuCount", "0", /refused: .*write 1/],
    ["builder.state", "Enabled", /^ok: enabled/],
    ["builder.state", "on", /refused: 'on' is none of the choices; write enabled or disabled/],
    ["garbageCollector.strategy", "disabled", /warning: .*nothing will free the disk/],
    ["telemetry.sentry.endpoint", "off", /^ok: off/],
    ["telemetry.sentry.endpoint", "example.org", /refused: .*https:/],
    [
      "edgeCacheSubstituters",
      "https://a.example, https://b.example/x",
      /^ok: https:\/\/a.example https:\/\/b.example\/x/,
    ],
    ["authentication.additionalNetrcSources", "/nix/store/x", /refused: .*outside \/nix\/store/],
    ["authentication.additionalNetrcSources", "/etc/nix/more", /warning: .*must exist/],
    ["max-jobs", "auto", /^ok: auto/],
    ["max-jobs", "0", /warning: 0; this machine then builds nothing itself/],
    ["max-jobs", "12", /warning: 12; this machine has 10 cores/],
    ["max-jobs", "1e3", /refused: .*write a whole number, such as 4/],
    ["cores", "99999", /refused: .*more than any machine/],
    ["builders-use-substitutes", "yes", /^ok: true/],
    ["builders-use-substitutes", "false", /warning: .*uploaded from here/],
    ["trusted-users", "root, @admin", /^ok: root @admin/],
    ["trusted-users", "*", /warning: .*as good as root/],
    ["trusted-users", "ada lovelace!", /refused: 'lovelace!' is no user/],
    ["extra-platforms", "x86_64-linux", /warning: .*a Mac cannot run programs for x86_64-linux/],
    ["extra-experimental-features", "nix-command flakes", /^ok: nix-command flakes/],
    ["external-builders", "[]", /refused: Determinate Nix sets external-builders itself/],
    ["builders", "", /warning: none; no builder is used then/],
    ["builders", "@/etc/nix/machines", /^ok: /],
    ["builders", "ssh-ng://b@mini aarch64-linux - x", /refused: .*failed to convert column #3/],
    ["builders", "ssh://a # b", /refused: a # would begin a comment/],
    ["machines.maxJobs", "", /^ok: the default: 1/],
    ["machines.maxJobs", "0", /warning: .*no builds/],
    ["machines.systems", "aarch64-linux x86_64-linux", /^ok: aarch64-linux,x86_64-linux/],
    ["machines.uri", "ssh-ng://b@mini:22", /warning: .*2.31/],
    ["machines.uri", "", /refused: a machine needs an address/],
    ["nix.linux-builder.enable", "off", /warning: false; the next rebuild deletes \/var\/lib\/linux-builder/],
    ["nix.linux-builder.maxJobs", "0", /refused: 0 jobs would do nothing; write 1 or more/],
    ["nix.linux-builder.speedFactor", "0", /refused: .*write 1/],
    ["nix.linux-builder.config.virtualisation.cores", "9", /warning: 9; only 8 of this machine's cores/],
    [
      "nix.linux-builder.config.virtualisation.darwin-builder.diskSize",
      "40G",
      /warning: 40 GiB = 40960 MiB; .*only when the image is made/,
    ],
    ["nix.linux-builder.config.virtualisation.darwin-builder.diskSize", "200G", /only 100 GiB are free/],
    [
      "nix.linux-builder.config.virtualisation.darwin-builder.diskSize",
      "40",
      /refused: .*40G if GiB were meant/,
    ],
  ] as const)
    it(`${id} = ${input || "nothing"}`, () => assert.match(told(id, input), words));

  it("a disk that would get smaller stays as large as it is", () => {
    assert.match(
      told("nix.linux-builder.config.virtualisation.darwin-builder.diskSize", "20G", {}, 40960),
      /an image never gets smaller/,
    );
  });

  it("external-builders elsewhere are checked for their shape", () => {
    const good = '[{"systems":["aarch64-linux"],"program":"/usr/local/bin/vm","args":["build"]}]';
    assert.deepEqual(judge("external-builders", good, { determinate: false }), {
      ...{ level: "ok", value: good, shown: good, warnings: [] },
    });
    assert.match(
      told("external-builders", '[{"systems":"aarch64-linux"}]', { determinate: false }),
      /refused: each entry needs/,
    );
    assert.match(told("external-builders", "vm", { determinate: false }), /refused: that is no list in JSON/);
  });
});

describe("whatever is typed", () => {
  it("no judge throws, and each refusal says what to write", () => {
    const typed = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.constantFrom("", "0", "-1", "1e9", "99T", "abc", "１６", "16", "true", "auto", "x".repeat(10_000)),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...settings),
        typed,
        fc.constantFrom(mac, unknown),
        ({ judge: judged, id }, input, host) => {
          const verdict = judged(input, host, null);
          if (verdict.level === "refused") assert.match(verdict.reason, /write |make it with/, id);
          else assert.equal(verdict.warnings.length > 0, verdict.level === "warning");
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("what a judge takes can be written into its file", () => {
    const texts = {
      json: "{}",
      "nix-conf": "# nothing\n",
      machines: "ssh-ng://b@mini aarch64-linux - 1\n",
      "nix-code": "",
    };
    const typed = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "16G",
        "4",
        "true",
        "enabled",
        "root @admin",
        "ssh-ng://b@mini",
        "https://x.example",
        "off",
        "aarch64-linux",
      ),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...settings.filter(({ place }) => place.format !== "nix-code")),
        typed,
        ({ judge: judged, place }, input) => {
          const verdict = judged(input, { ...mac, determinate: false }, null);
          if (verdict.level === "refused") return;
          const edit = editSetting(place, verdict.value, { path: "/f", text: texts[place.format], row: 0 });
          assert.ok(edit.ok, edit.ok ? "" : `${input}: ${edit.reason}`);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("a value goes into Nix code too, and a list does not", () => {
    const place = { format: "nix-code", option: ["a", "b"] } as const;
    const edit = editSetting(place, 8, { path: "/f", text: "{ a.b = 4; }" });
    assert.equal(edit.ok && edit.text, "{ a.b = 8; }");
    assert.equal(editSetting(place, ["x"], { path: "/f", text: "{ a.b = 4; }" }).ok, false);
    assert.equal(
      editSetting({ format: "machines", file: "/f", field: "uri" }, "x", { path: "/f", text: "a\n" }).ok,
      false,
    );
  });
});
