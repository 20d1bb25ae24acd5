/** A change is taken back by the pieces that it replaced, or not at all. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { changed } from "../../../src/model/settings/change.ts";
import { keptReplacements, takeBack } from "../../../src/model/settings/take-back.ts";

test("whatever was replaced in a text is put back", () => {
  const parts = fc.array(fc.tuple(fc.string(), fc.string(), fc.string()), { maxLength: 6 });
  fc.assert(
    fc.property(parts, fc.string(), (pieces, end) => {
      let text = "";
      const replacements = pieces.map(([before, was, put]) => {
        text += before;
        const at = text.length;
        text += was;
        return { at, was, put };
      });
      text += end;
      const change = changed(text, replacements);
      assert.equal(takeBack(change.text, change.replacements), text);
    }),
  );
});

test("nothing is put back where the piece is not there any more", () => {
  assert.equal(takeBack("cores = 5\n", [{ at: 8, was: "2", put: "4" }]), null);
  assert.equal(takeBack("", [{ at: 8, was: "2", put: "4" }]), null);
});

test("of a secret or of very much nothing is written down", () => {
  const plain = { at: 3, was: "4", put: "6" };
  assert.deepEqual(keptReplacements([plain]), [plain]);
  assert.equal(keptReplacements([]), null);
  assert.equal(keptReplacements([plain, { at: 9, was: "x".repeat(3_000), put: "" }]), null);
  const secret = "access-tokens = github.com=ghp_0123456789abcdefghijABCDEFGHIJ012345";
  assert.equal(keptReplacements([{ at: 0, was: secret, put: "" }]), null);
});
