/** A directory that cannot be made is named, with the reason, and nothing is left behind. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { makeDirectories, removeEmpty } from "../../../src/adapters/system/make-directories.ts";

function place(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "buildtop-directories-"));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test("all that is missing is made, for its owner alone, and can be taken away again", (context) => {
  const at = place(context);
  const made = makeDirectories(join(at, "a/b/c"), 0o700);
  assert.deepEqual(made, [join(at, "a/b/c"), join(at, "a/b"), join(at, "a")]);
  assert.equal(statSync(join(at, "a/b")).mode & 0o777, 0o700);
  assert.deepEqual(makeDirectories(join(at, "a/b/c"), 0o700), []);
  writeFileSync(join(at, "a/theirs"), "");
  removeEmpty(made);
  assert.ok(!existsSync(join(at, "a/b")) && existsSync(join(at, "a/theirs")));
});

test("where a file or a broken link is in the way, it is named, and what was made is gone", (context) => {
  const at = place(context);
  writeFileSync(join(at, "file"), "");
  symlinkSync(join(at, "nowhere"), join(at, "link"));
  assert.throws(() => makeDirectories(join(at, "file"), 0o700), /file is no directory$/);
  assert.throws(() => makeDirectories(join(at, "file/x"), 0o700), /file\/x cannot be made: not a directory$/);
  assert.throws(() => makeDirectories(join(at, "link"), 0o700), /link is no directory$/);
  mkdirSync(join(at, "there"));
  const long = join(at, "there/a/b", "x".repeat(300));
  assert.throws(() => makeDirectories(long, 0o700), /cannot be made: name too long$/);
  assert.ok(!existsSync(join(at, "there/a")));
});

test("a system that lets nobody make anything says so at once", {
  skip: existsSync("/proc/self") ? false : "there is no /proc",
  timeout: 20_000,
}, () => {
  assert.throws(
    () => makeDirectories("/proc/buildtop/a/b", 0o700),
    /^Error: \/proc\/buildtop cannot be made: the system lets nobody make anything in \/proc$/,
  );
});
