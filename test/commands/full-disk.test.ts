/** What is printed on a full disk is lost: that is said, and the exit status says so, too. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";

const root = resolve(import.meta.dirname, "../..");
const cli = join(root, "src/cli.ts");
const log = join(root, "test/fixtures/nix-log/2.34.8/dag.log");
const recording = join(root, "test/fixtures/recordings/healthy-linux-builder");
/** A disk without room, null(4). */
const full = "/dev/full";
const skip = existsSync(full) ? false : "this system has no /dev/full";

function buildtopInto(where: { stdout?: number; stderr?: number; stdin?: number }, ...args: string[]) {
  const { stdin = "ignore", stdout = "pipe", stderr = "pipe" } = where;
  const ended = spawnSync(process.execPath, [cli, ...args], {
    stdio: [stdin, stdout, stderr],
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status: ended.status, stderr: ended.stderr };
}

describe("standard output on a full disk", { skip }, () => {
  const disk = skip ? -1 : openSync(full, "w");

  for (const args of [
    ["--help"],
    ["--version"],
    ["completions", "bash"],
    ["replay", log],
    ["replay", "--json", log],
    ["status", "--recording", recording],
    ["status", "--json", "--recording", recording],
    ["doctor", "--recording", recording],
    ["doctor", "--json", "--recording", recording],
    ["watch", "status"],
    ["watch", "status", "--json"],
    ["--demo"],
  ])
    it(`is told by ${args.map((each) => each.replace(/^.*\//, "")).join(" ")}`, () => {
      const { status, stderr } = buildtopInto({ stdout: disk }, ...args);
      assert.equal(status, 1, stderr);
      assert.match(
        stderr,
        /^(?:.*\n)?buildtop: standard output could not be written: no space left on device;[^\n]*\n$/,
      );
    });

  it("changes nothing where nothing is printed on it", () => {
    const stdin = openSync(log, "r");
    const { status, stderr } = buildtopInto({ stdin, stdout: disk });
    closeSync(stdin);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /✔ done/);
  });
});

describe("standard error on a full disk", { skip }, () => {
  const disk = skip ? -1 : openSync(full, "w");

  it("ends a pipe, which says everything there, with 1", () => {
    const stdin = openSync(log, "r");
    assert.equal(buildtopInto({ stdin, stderr: disk }).status, 1);
    closeSync(stdin);
  });

  it("leaves a command of run its own status", () => {
    assert.equal(buildtopInto({ stderr: disk }, "run", "--", "true").status, 0);
    assert.equal(buildtopInto({ stderr: disk }, "run", "--", "sh", "-c", "exit 7").status, 7);
  });
});

it("a reader that goes away is no error and no word", (context) => {
  const script = `"$0" "$1" completions bash 2>"$2" | true; exit "\${PIPESTATUS[0]}"`;
  const directory = mkdtempSync(join(tmpdir(), "buildtop-reader-"));
  context.after(() => rmSync(directory, { recursive: true }));
  const said = join(directory, "said");
  const { status } = spawnSync("bash", ["-c", script, process.execPath, cli, said], { timeout: 60_000 });
  assert.equal(status, 0);
  assert.equal(readFileSync(said, "utf8"), "");
});
