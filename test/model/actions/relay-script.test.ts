/** The script is run by a real shell, with a sudo of ours that keeps notes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, describe, it } from "node:test";
import { noOutputFile, relayScript, sudoFailed } from "../../../src/model/actions/relay-script.ts";

describe("the script for a terminal of another machine", () => {
  const directory = mkdtempSync(join(tmpdir(), "buildtop-relay-"));
  const output = join(directory, "out");
  const notes = join(directory, "notes");
  after(() => rmSync(directory, { recursive: true }));
  beforeEach(() => {
    rmSync(output, { force: true });
    rmSync(notes, { force: true });
  });
  /** `sudo -v` ends with `asked`; everything else is run. */
  function run(commands: string[][], asked = 0) {
    const sudo = `#!/bin/sh
printf '%s\\n' "$*" >>${notes}
[ "$1" = -v ] && exit ${asked}
[ "$1 $2" = "-n --" ] || exit 99
shift 2
exec "$@"
`;
    writeFileSync(join(directory, "sudo"), sudo, { mode: 0o755 });
    const { status, stdout } = spawnSync(
      "/bin/sh",
      ["-c", relayScript(commands, output, "to write 100 % of it's text")],
      {
        encoding: "utf8",
        env: { PATH: `${directory}:/usr/bin:/bin` },
      },
    );
    return {
      status,
      stdout,
      notes: existsSync(notes) ? readFileSync(notes, "utf8").split("\n").slice(0, -1) : [],
    };
  }
  const root = (...command: string[]) => ["sudo", "-n", "--", ...command];

  it("asks once, then runs every command, and keeps what they say to itself", () => {
    const done = run([root("echo", "it's $HOME"), root("echo", "two")]);
    assert.equal(done.status, 0);
    assert.equal(done.stdout, "");
    assert.equal(readFileSync(output, "utf8"), "it's $HOME\ntwo\n");
    assert.equal(statSync(output).mode & 0o777, 0o600);
    assert.deepEqual(done.notes, [
      "-v -p buildtop: to write 100 %% of it's text",
      "buildtop: password for %p: ",
      "-n -- echo it's $HOME",
      "-n -- echo two",
    ]);
  });
  it("runs nothing where the password was wrong", () => {
    const done = run([root("echo", "one")], 1);
    assert.equal(done.status, sudoFailed);
    assert.equal(done.notes.filter((note) => note.startsWith("-")).length, 1);
    assert.ok(!existsSync(output), "a file is left behind");
  });
  it("ends with the status of the first command that failed, and runs none behind it", () => {
    const done = run([root("sh", "-c", "echo no >&2; exit 113"), root("echo", "two")]);
    assert.equal(done.status, 113);
    assert.equal(readFileSync(output, "utf8"), "no\n");
  });
  it("writes into no file that is there already", () => {
    writeFileSync(output, "theirs");
    assert.equal(run([root("echo", "one")]).status, noOutputFile);
    assert.equal(readFileSync(output, "utf8"), "theirs");
  });
});
