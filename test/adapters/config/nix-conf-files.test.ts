/** Which nix.conf files count, and who sets what. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  settingOrigins,
  systemConfFile,
  userConfFiles,
} from "../../../src/adapters/config/nix-conf-files.ts";

describe("the nix.conf files", () => {
  let home: string;
  let env: NodeJS.ProcessEnv;
  before(() => {
    home = mkdtempSync(join(tmpdir(), "buildtop-test-"));
    env = { HOME: home, NIX_CONF_DIR: join(home, "etc") };
    mkdirSync(join(home, "etc"));
    mkdirSync(join(home, ".config/nix"), { recursive: true });
  });
  after(() => rmSync(home, { recursive: true }));
  const write = (path: string, text: string) => writeFileSync(join(home, path), text);

  it("of the user are where Nix looks for them", () => {
    assert.deepEqual(userConfFiles({ HOME: "/h" }), ["/h/.config/nix/nix.conf", "/etc/xdg/nix/nix.conf"]);
    assert.equal(userConfFiles({ HOME: "/h", XDG_CONFIG_HOME: "/c" })[0], "/c/nix/nix.conf");
    assert.equal(userConfFiles({ HOME: "/h", XDG_CONFIG_HOME: "relative" })[0], "/h/.config/nix/nix.conf");
    assert.equal(userConfFiles({ HOME: "/h", NIX_CONFIG_HOME: "/n" })[0], "/n/nix.conf");
    assert.deepEqual(userConfFiles({ HOME: "/h", NIX_USER_CONF_FILES: "/a:/b" }), ["/a", "/b"]);
    assert.deepEqual(userConfFiles({ HOME: "/h", NIX_USER_CONF_FILES: "" }), []);
    assert.equal(systemConfFile({}), "/etc/nix/nix.conf");
  });

  it("tell who sets a setting, the one that counts last: machine, includes, user, environment", () => {
    write("etc/nix.conf", "cores = 1\n!include nix.custom.conf\n!include missing.conf\n");
    write("etc/nix.custom.conf", "# Determinate\ncores = 2\n");
    write(".config/nix/nix.conf", "cores = 3\n");
    const origins = settingOrigins("cores", { ...env, NIX_CONFIG: "cores = 4" });
    assert.deepEqual(
      origins.map(({ value, source, lineNumber }) => [value, source.replace(home, ""), lineNumber]),
      [
        ["1", "/etc/nix.conf", 1],
        ["2", "/etc/nix.custom.conf", 2],
        ["3", "/.config/nix/nix.conf", 1],
        ["4", "NIX_CONFIG", null],
      ],
    );
  });

  it("that include each other do not hold us for ever", () => {
    write("etc/nix.conf", "include nix.conf\ncores = 1\n");
    assert.ok(settingOrigins("cores", env).some(({ value }) => value === "1"));
  });
});
