import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { dashboardSettings, defaultSettings, loadSettings } from "../../../src/adapters/settings/settings.ts";

const home = mkdtempSync(join(tmpdir(), "buildtop-settings-"));
after(() => rmSync(home, { recursive: true }));

/** Settings as they come from a file with this text. */
async function withFile(text: string) {
  const directory = join(home, ".config", "buildtop");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "config.json"), text);
  return loadSettings({ HOME: home });
}

describe("the person's settings", () => {
  it("are the defaults where there is no file, and none is made", async () => {
    const { settings, problems, path } = await loadSettings({ HOME: join(home, "nobody") });
    assert.deepEqual(settings, defaultSettings);
    assert.deepEqual(problems, []);
    assert.throws(() => readFileSync(path), { code: "ENOENT" });
  });

  it("come from the file", async () => {
    assert.deepEqual((await withFile('{"notify": "bell", "mouse": false}')).settings, {
      ...defaultSettings,
      notify: "bell",
      mouse: false,
    });
  });

  it("lie where XDG_CONFIG_HOME says", async () => {
    assert.equal((await loadSettings({ XDG_CONFIG_HOME: "/x" })).path, "/x/buildtop/config.json");
  });

  it("a broken file is kept as it is, told in one line, and the defaults hold", async () => {
    const broken = '{"notify": "bell",,}';
    const { settings, problems, path } = await withFile(broken);
    assert.deepEqual(settings, defaultSettings);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /config\.json cannot be read .*: the defaults hold\.$/);
    assert.doesNotMatch(problems[0] ?? "", /\n/);
    assert.equal(readFileSync(path, "utf8"), broken);
  });

  it("a file that may not be read is told in one line, and the defaults hold", async () => {
    const path = join(home, ".config/buildtop/config.json");
    await withFile("{}");
    chmodSync(path, 0);
    // Root may read everything: for this it is somebody else.
    const root = process.getuid?.() === 0;
    for (const each of [home, join(home, ".config"), join(home, ".config/buildtop")]) chmodSync(each, 0o755);
    if (root) process.seteuid?.(65_534);
    const { settings, problems } = await loadSettings({ HOME: home }).finally(() => {
      if (root) process.seteuid?.(0);
    });
    chmodSync(path, 0o600);
    assert.deepEqual(settings, defaultSettings);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /config\.json cannot be read .*: the defaults hold\.$/);
  });

  it("what lies in the place of the file, or of its directory, does not stand in the way", async () => {
    const path = join(home, "odd", "buildtop", "config.json");
    mkdirSync(path, { recursive: true });
    const directory = await loadSettings({ XDG_CONFIG_HOME: join(home, "odd") });
    assert.deepEqual(directory.settings, defaultSettings);
    assert.equal(directory.problems.length, 1);
    writeFileSync(join(home, "file"), "");
    const file = await loadSettings({ XDG_CONFIG_HOME: join(home, "file") });
    assert.deepEqual(file.settings, defaultSettings);
  });

  it("a wrong value is told by its name; the others hold", async () => {
    const { settings, problems } = await withFile('{"notify": "trumpet", "mouse": false}');
    assert.equal(settings.notify, "off");
    assert.equal(settings.mouse, false);
    assert.match(problems[0] ?? "", /"notify" .*: "off" holds\.$/);
  });

  it("the command line goes before the file, the file before what the terminal tells", async () => {
    const env = { TERM: "linux", NO_COLOR: "1" };
    assert.equal(dashboardSettings(defaultSettings, {}, env).ascii, true);
    assert.equal(dashboardSettings({ ...defaultSettings, ascii: false }, {}, env).ascii, false);
    assert.equal(dashboardSettings({ ...defaultSettings, ascii: false }, { ascii: true }, env).ascii, true);
    assert.equal(dashboardSettings(defaultSettings, {}, env).theme, "mono");
    assert.equal(dashboardSettings(defaultSettings, { mouse: false }, {}).mouse, false);
  });
});
