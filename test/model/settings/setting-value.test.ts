/** What stands in a file is read as a person means it, and what Nix prints is compared with what was written. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nixReads, shownValue, unknownLimits, valueIn } from "../../../src/model/settings/setting-value.ts";
import { findSetting, settings } from "../../../src/model/settings/settings.ts";

const place = (id: string) => {
  const found = findSetting(id);
  assert.ok("setting" in found, id);
  return found.setting;
};

test("a value is found where its setting stands, and null where it does not", () => {
  const memory = place("builder.memoryBytes");
  assert.equal(valueIn('{"builder":{"memoryBytes":1}}', memory.place), 1);
  assert.equal(valueIn("{}", memory.place), null);
  assert.equal(valueIn(null, memory.place), null);
  const jobs = place("max-jobs").place;
  assert.equal(valueIn("max-jobs = 2\nbuild-max-jobs = 3 # three\r\n", jobs), "3");
  assert.equal(valueIn("# max-jobs = 2\n", jobs), null);
  const rows = "ssh-ng://a - - 4\nssh-ng://b\n";
  assert.deepEqual(
    [0, 1, 2].map((row) => valueIn(rows, place("machines.maxJobs").place, row)),
    ["4", null, null],
  );
});

test("any text is read without a fault, for every setting", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const setting of settings) shownValue(valueIn(text, setting.place, 0), setting);
    }),
  );
});

test("sizes are shown with their unit, lists as words, and secrets not at all", () => {
  assert.equal(shownValue(17179869184, { kind: "size", unit: "bytes" }), "16 GiB");
  assert.equal(shownValue(6144, { kind: "size", unit: "MiB" }), "6 GiB");
  assert.equal(shownValue(["a", "b"], { kind: "words", unit: "" }), "a b");
  assert.equal(shownValue(null, { kind: "text", unit: "" }), null);
  assert.equal(
    shownValue("https://ada:canary@cache.example", { kind: "text", unit: "" })?.includes("canary"),
    false,
  );
});

test("Nix reads what was written, in its own order and words", () => {
  const holds = (key: string, value: string, kind: "count" | "words" | "text", printed: string) =>
    nixReads(key, value, kind).accepts(printed);
  assert.ok(holds("max-jobs", "4", "count", "4"));
  assert.ok(!holds("max-jobs", "4", "count", "40"));
  assert.ok(holds("max-jobs", "auto", "count", "16"));
  assert.ok(holds("trusted-users", "root @admin", "words", "@admin root"));
  assert.ok(!holds("trusted-users", "root @admin", "words", "root"));
  assert.equal(nixReads("extra-experimental-features", "flakes", "words").key, "experimental-features");
  assert.ok(holds("extra-experimental-features", "flakes", "words", "fetch-tree flakes nix-command"));
  assert.ok(holds("external-builders", '[{"a": 1}]', "text", '[{"a":1}]'));
  assert.ok(!holds("external-builders", '[{"a": 1}]', "text", "[]"));
});

test("a value that is wrong on any machine is refused without a look at one", () => {
  for (const typed of ["16", "-1", "1e9", "99T", "abc", "１６G"])
    assert.equal(place("builder.memoryBytes").judge(typed, unknownLimits, null).level, "refused", typed);
  assert.notEqual(place("builder.memoryBytes").judge("16G", unknownLimits, null).level, "refused");
});
