/** What buildtop has changed is remembered, without growing and without being lost. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  addChange,
  lastChange,
  markChange,
  type PastChange,
  readChanges,
} from "../../../src/adapters/config/change-history.ts";

function state(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "buildtop-history-"));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

const made: Omit<PastChange, "state"> = {
  at: 1_790_000_000_000,
  host: "ada@mini.local:22",
  hostName: "mini",
  path: "/etc/nix/nix.custom.conf",
  setting: "max-jobs",
  from: null,
  to: "4",
  oldHash: "a",
  newHash: "b",
  restart: { kind: "daemon" },
};

test("the last change of a machine is the last that still stands there", (context) => {
  const directory = state(context);
  assert.equal(lastChange(made.host, directory), null);
  addChange(made, directory);
  addChange({ ...made, newHash: "c" }, directory);
  addChange({ ...made, host: "other", newHash: "d" }, directory);
  assert.equal(lastChange(made.host, directory)?.newHash, "c");
  markChange("c", made, "undone", directory);
  assert.equal(lastChange(made.host, directory)?.newHash, "b");
  assert.deepEqual(
    readChanges(directory).changes.map((each) => each.state),
    ["done", "undone", "done"],
  );
});

test("what took a change back is kept to be read, and is no change to be taken back", (context) => {
  const directory = state(context);
  addChange({ ...made, oldHash: "a", newHash: "b" }, directory);
  addChange({ ...made, oldHash: "b", newHash: "c" }, directory);
  addChange({ ...made, oldHash: "c", newHash: "b", undo: true }, directory);
  markChange("c", made, "undone", directory);
  const older = lastChange(made.host, directory);
  assert.deepEqual([older?.oldHash, older?.newHash], ["a", "b"]);
  addChange({ ...made, oldHash: "b", newHash: "a", undo: true }, directory);
  markChange("b", made, "undone", directory);
  assert.equal(lastChange(made.host, directory), null);
  assert.deepEqual(
    readChanges(directory).changes.map((each) => [each.newHash, each.state, each.undo === true]),
    [
      ["b", "undone", false],
      ["c", "undone", false],
      ["b", "done", true],
      ["a", "done", true],
    ],
  );
});

test("a taking back that was rolled back leaves the change standing", (context) => {
  const directory = state(context);
  addChange(made, directory);
  addChange({ ...made, oldHash: "b", newHash: "a", undo: true }, directory);
  markChange("a", made, "rolled back", directory);
  assert.equal(lastChange(made.host, directory)?.newHash, "b");
});

test("the oldest changes are forgotten, and long values are cut", (context) => {
  const directory = state(context);
  for (let at = 0; at < 205; at++) addChange({ ...made, at, to: `\x1b[31m${"x".repeat(5_000)}` }, directory);
  const { changes } = readChanges(directory);
  assert.equal(changes.length, 200);
  assert.equal(changes[0]?.at, 5);
  assert.equal(changes[0]?.to, "x".repeat(200));
  assert.equal(statSync(join(directory, "changes.json")).mode & 0o777, 0o600);
});

test("a broken history is kept aside, told once, and begun anew", (context) => {
  const directory = state(context);
  for (const broken of ['{"version":1,"chang', "[]", '{"version":2,"changes":[]}', "\0\0"]) {
    writeFileSync(join(directory, "changes.json"), broken);
    assert.match(addChange(made, directory) ?? "", /was broken; it is kept as .*changes\.json\.broken$/);
    assert.equal(addChange(made, directory), null);
    assert.equal(readChanges(directory).changes.length, 2);
    assert.equal(readFileSync(join(directory, "changes.json.broken"), "utf8"), broken);
  }
  assert.deepEqual(readdirSync(directory).sort(), ["changes.json", "changes.json.broken"]);
});

test("a history that cannot be written is an error, not a loss", (context) => {
  const directory = state(context);
  writeFileSync(join(directory, "file"), "");
  assert.throws(() => addChange(made, join(directory, "file")), /ENOTDIR|not a directory/);
});
