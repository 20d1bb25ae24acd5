import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type EditedLine, editLine, insertText, longestLine } from "../../../src/model/text/line-editor.ts";

/** Types keys into an empty line; "|" marks the cursor in the result. */
function typed(...keys: string[]): string {
  let line: EditedLine = { text: "", cursor: 0 };
  for (const key of keys) line = editLine(line, key);
  const characters = [...new Intl.Segmenter().segment(line.text)].map(({ segment }) => segment);
  return [...characters.slice(0, line.cursor), "|", ...characters.slice(line.cursor)].join("");
}

describe("a line that is being typed", () => {
  it("takes letters and spaces at the cursor", () => {
    assert.equal(typed("a", "space", "c", "left", "b"), "a b|c");
  });

  it("moves and deletes by the keys of readline", () => {
    assert.equal(typed("a", "b", "home", "x", "end", "y"), "xaby|");
    assert.equal(typed("a", "b", "c", "left", "backspace"), "a|c");
    assert.equal(typed("a", "b", "home", "delete"), "|b");
    assert.equal(typed("a", "b", "space", "c", "d", "ctrl-w"), "ab |");
    assert.equal(typed("a", "b", "left", "ctrl-u"), "|b");
    assert.equal(typed("a", "b", "left", "ctrl-k"), "a|");
  });

  it("treats what looks like one character as one", () => {
    assert.equal(typed("👩‍👧", "e\u0301", "backspace", "backspace"), "|");
  });

  it("leaves keys alone that mean nothing here", () => {
    assert.equal(typed("a", "pagedown", "ctrl-t"), "a|");
  });

  it("takes pasted text cleaned, on one line and bounded", () => {
    assert.equal(insertText({ text: "", cursor: 0 }, "a\x1b[31m\nb").text, "a b");
    const long = insertText({ text: "", cursor: 0 }, "x".repeat(5_000));
    assert.equal(long.text.length, longestLine);
    assert.equal(insertText(long, "y").text.length, longestLine);
  });
});
