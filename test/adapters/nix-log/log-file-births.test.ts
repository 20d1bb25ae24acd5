/** Builds of others, seen by the log files that Nix makes for them, where nothing else tells. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { LogFileBirths } from "../../../src/adapters/nix-log/log-file-births.ts";

describe("log files of builds", () => {
  let directory: string;
  let births: LogFileBirths;
  /** Who runs this test stands for a build user at work: its processes are there. */
  const me = String(process.getuid?.() ?? 0);

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
    for (const name of ["logs", "users", "signs"]) mkdirSync(join(directory, name));
    births = new LogFileBirths({
      logs: join(directory, "logs"),
      buildUsers: join(directory, "users"),
      signs: [join(directory, "signs")],
    });
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const log = (hash: string, name: string, content = "", ageMs = 0) => {
    const path = join(directory, "logs", hash.slice(0, 2), `${hash.slice(2)}-${name}.drv.bz2`);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, content);
    const at = new Date(Date.now() - ageMs);
    utimesSync(path, at, at);
    return path;
  };
  const sign = () => writeFileSync(join(directory, "signs", String(Math.random())), "");
  const user = (uid: string) => writeFileSync(join(directory, "users", uid), "");
  const first = "0b3d1xz2m5n7q9s1v3w5y7z9a2c4d6f8";
  const second = "1c4f2yz2m5n7q9s1v3w5y7z9a2c4d6f8";

  it("that are empty are builds that run, as long as a build user is at work", async () => {
    user(me);
    log(first, "hello-2.12");
    log(second, "done-1.0", "its log");
    assert.deepEqual(
      (await births.look()).map(({ drv }) => drv),
      [`/nix/store/${first}-hello-2.12.drv`],
    );
  });

  it("that are written are builds no more", async () => {
    user(me);
    const path = log(first, "hello-2.12");
    assert.equal((await births.look()).length, 1);
    writeFileSync(path, "its log");
    assert.deepEqual(await births.look(), []);
  });

  it("that appear later are found", async () => {
    user(me);
    assert.deepEqual(await births.look(), []);
    log(first, "hello-2.12");
    sign();
    assert.equal((await births.look()).length, 1);
  });

  it("that a killed build left empty are not believed: nobody builds", async () => {
    user("4294967294");
    log(first, "hello-2.12");
    assert.deepEqual(await births.look(), []);
  });

  it("tell of no more builds than there are build users at work, the newest first", async () => {
    user(me);
    log(first, "killed-1.0", "", 3_600_000);
    log(second, "hello-2.12");
    assert.deepEqual(
      (await births.look()).map(({ drv }) => drv),
      [`/nix/store/${second}-hello-2.12.drv`],
    );
  });

  it("that may not be read, or are not there, tell nothing", async () => {
    const nowhere = join(directory, "nowhere");
    const none = new LogFileBirths({ logs: nowhere, buildUsers: nowhere, signs: [nowhere] });
    assert.deepEqual(await none.look(), []);
  });
});
