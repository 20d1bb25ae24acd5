/** `watch on` and `off` in a home of their own, with a stand-in for `nix`: what real Nix says is told by test/e2e. */
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { userScope, watchedLogs } from "../../../src/adapters/config/watch-scope.ts";
import {
  healUserLog,
  planWatchOff,
  planWatchOn,
  WatchRefused,
} from "../../../src/adapters/config/watch-setting.ts";
import { nixPrograms } from "../../../src/adapters/nix/nix-programs.ts";

const names = [
  "HOME",
  "PATH",
  "NIX_CONF_DIR",
  "NIX_CONFIG",
  "NIX_USER_CONF_FILES",
  "NIX_CONFIG_HOME",
] as const;
const more = ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CONFIG_DIRS"] as const;
const realNix = nixPrograms().length > 0 && "this machine has a Nix of its own, which would be asked too";

describe("watch on and off", { skip: realNix }, () => {
  let home: string;
  let conf: string;
  const saved = new Map<string, string | undefined>();
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "buildtop-test-"));
    conf = join(home, ".config/nix/nix.conf");
    for (const name of [...names, ...more]) {
      saved.set(name, process.env[name]);
      delete process.env[name];
    }
    Object.assign(process.env, { HOME: home, NIX_CONF_DIR: join(home, "etc") });
    process.env.PATH = `${join(home, "bin")}:/usr/bin:/bin`;
    mkdirSync(join(home, "bin"));
    nix("nix (Nix) 2.34.8", `sed -n 's/^json-log-path = \\([^ ]*\\).*/\\1/p' ${conf}`);
  });
  afterEach(() => {
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(home, { recursive: true });
  });

  /** A `nix` with this version that answers `config show` with what `show` prints. */
  const nix = (version: string, show: string) => {
    const path = join(home, "bin/nix");
    writeFileSync(path, `#!/bin/sh\nif [ "$1" = --version ]; then echo '${version}'; else ${show}; fi\n`);
    chmodSync(path, 0o755);
  };
  const write = (text: string) => {
    mkdirSync(join(home, ".config/nix"), { recursive: true });
    writeFileSync(conf, text);
  };
  const on = async () => (await planWatchOn(userScope())).apply();
  const off = () => planWatchOff(userScope()).apply();
  const all = () => readdirSync(home, { recursive: true }).map(String).sort();
  const refused = (words: RegExp) =>
    assert.rejects(on(), (error) => error instanceof WatchRefused && words.test(error.message));

  it("leave nothing behind where nothing was", async () => {
    const before = all();
    await on();
    const { log } = userScope();
    assert.equal(statSync(log).mode & 0o777, 0o600);
    assert.deepEqual(watchedLogs(), [{ scope: "user", path: log, ours: true }]);
    await off();
    assert.deepEqual(all(), before);
    assert.deepEqual(watchedLogs(), []);
  });

  it("give a nix.conf back byte for byte, also when a link leads to it", async () => {
    mkdirSync(join(home, "dotfiles"));
    mkdirSync(join(home, ".config/nix"), { recursive: true });
    writeFileSync(join(home, "dotfiles/nix.conf"), "cores = 4\r\n# no end");
    symlinkSync(join(home, "dotfiles/nix.conf"), conf);
    const before = all();
    await on();
    assert.match(
      readFileSync(join(home, "dotfiles/nix.conf"), "utf8"),
      /^cores = 4\r\n# no end\njson-log-path = /,
    );
    await off();
    assert.equal(readFileSync(join(home, "dotfiles/nix.conf"), "utf8"), "cores = 4\r\n# no end");
    assert.deepEqual(all(), before);
  });

  it("say beforehand what they will do, and nothing where it is done", async () => {
    const change = await planWatchOn(userScope());
    assert.match(
      change.steps.join("\n"),
      /^make .*nix-log\.jsonl \(mode 600\)\n.*nix\.conf:\n\+ json-log-path = /,
    );
    await change.apply();
    assert.deepEqual((await planWatchOn(userScope())).steps, []);
    assert.match(planWatchOff(userScope()).steps.join("\n"), /- line 1: json-log-path/);
    await off();
    assert.deepEqual(planWatchOff(userScope()).steps, []);
  });

  it("take the line out again where Nix does not take it, and say what Nix said", async () => {
    write("cores = 4\n");
    const before = all();
    nix("nix (Nix) 2.34.8", "echo \"warning: unknown setting 'json-log-path'\" >&2");
    await refused(/unknown setting 'json-log-path'.*taken out again/);
    assert.equal(readFileSync(conf, "utf8"), "cores = 4\n");
    assert.deepEqual(all(), before);
  });

  it("are refused for a Nix that would complain, one without it, and a setting of somebody else", async () => {
    const before = all();
    nix("nix (Lix, like Nix) 2.93.3", "true");
    await refused(/Lix 2\.93\.3 has no setting json-log-path/);
    nix("nix (Nix) 2.26.3", "true");
    await refused(/2\.26\.3.*2\.30/);
    nix("nix (Nix) 2.34.8", "true");
    process.env.NIX_CONFIG = "json-log-path = /tmp/theirs";
    await refused(/set already, to \/tmp\/theirs \(NIX_CONFIG\)/);
    process.env.NIX_USER_CONF_FILES = "";
    await refused(/NIX_USER_CONF_FILES is empty/);
    assert.deepEqual(all(), before);
  });

  it("are healed when somebody removed the log with its directory: Nix would complain of that", async () => {
    await on();
    rmSync(join(home, ".local"), { recursive: true });
    healUserLog();
    assert.ok(existsSync(userScope().log));
    await off();
    assert.equal(existsSync(join(home, ".local")), false);
  });

  it("leave alone what they did not write", async () => {
    write("json-log-path = /tmp/mine\n");
    await off();
    assert.equal(readFileSync(conf, "utf8"), "json-log-path = /tmp/mine\n");
  });
});
