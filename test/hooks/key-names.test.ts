import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Key } from "ink";
import { keyNames } from "../../src/hooks/key-names.ts";

function names(input: string, key: Partial<Key> = {}): string[] {
  return keyNames(input, key as Key);
}

describe("keys by their names", () => {
  it("several in one read are several keys", () => {
    assert.deepEqual(names("jjk"), ["j", "j", "k"]);
    assert.deepEqual(names("j \r"), ["j", "space", "enter"]);
    assert.deepEqual(names("\x04\x04"), ["ctrl-d", "ctrl-d"]);
  });

  it("letters of all scripts are one key each", () => {
    assert.deepEqual(names("é漢👩‍👧"), ["é", "漢", "👩‍👧"]);
  });

  it("special keys", () => {
    assert.deepEqual(names("", { downArrow: true }), ["down"]);
    assert.deepEqual(names("", { tab: true, shift: true }), ["shift-tab"]);
    assert.deepEqual(names("c", { ctrl: true }), ["ctrl-c"]);
    assert.deepEqual(names("G", { shift: true }), ["G"]);
  });

  it("Alt with a letter is not the letter, a release is no press", () => {
    assert.deepEqual(names("q", { meta: true }), []);
    assert.deepEqual(names("q", { eventType: "release" }), []);
  });
});
