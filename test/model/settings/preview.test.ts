/** What is shown of an edit before it is saved. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { previewEdit, shownLine } from "../../../src/model/settings/preview.ts";

const told = (before: string, after: string) =>
  previewEdit(before, after).map(({ kind, number, text }) => `${kind} ${number} ${text}`);

describe("the preview of an edit", () => {
  it("is the changed line between two that stay", () => {
    assert.deepEqual(told("a\nb\nc = 1\nd\ne\nf\n", "a\nb\nc = 2\nd\ne\nf\n"), [
      "same 1 a",
      "same 2 b",
      "removed 3 c = 1",
      "added 3 c = 2",
      "same 4 d",
      "same 5 e",
    ]);
  });

  it("is the added line alone where the file was empty, and nothing where nothing changed", () => {
    assert.deepEqual(told("", "a\n"), ["added 1 a"]);
    assert.deepEqual(told("a\n", "a\n"), []);
  });

  it("shows the end of the file when a line is added there", () => {
    assert.deepEqual(told("a\nb", "a\nb\nc\n"), ["same 1 a", "same 2 b", "added 3 c"]);
  });

  it("never shows a secret, not even in the lines around", () => {
    const shown = told(
      "access-tokens = github.com=ghp_0123456789abcdef0123\nnetrc-file=/x\ncores = 1\n",
      "access-tokens = github.com=ghp_0123456789abcdef0123\nnetrc-file=/x\ncores = 2\n",
    ).join("\n");
    assert.doesNotMatch(shown, /ghp_|\/x/);
    assert.match(shown, /same 1 access-tokens = …/);
    assert.equal(
      shownLine("substituters = https://ada:hunter2@cache.example"),
      "substituters = https://ada:…@cache.example",
    );
  });

  it("shows no control characters", () => {
    assert.deepEqual(told("", "a\u001b[2Jb\r\n"), ["added 1 ab"]);
  });
});
