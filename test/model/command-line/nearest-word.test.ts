import assert from "node:assert/strict";
import { it } from "node:test";
import { nearestWord } from "../../../src/model/command-line/nearest-word.ts";

it("finds the command that was meant, and none where nothing is near", () => {
  const commands = ["run", "build", "replay", "watch", "completions"];
  assert.equal(nearestWord("repaly", commands), "replay");
  assert.equal(nearestWord("wach", commands), "watch");
  assert.equal(nearestWord("status", commands), null);
  assert.equal(nearestWord("x", commands), null);
});
