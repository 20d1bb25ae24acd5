import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commandHelp } from "../../src/hooks/command-help.ts";
import { helpLines } from "../../src/hooks/help-lines.ts";
import type { KeyContext } from "../../src/hooks/key-binding.ts";
import { keyTable } from "../../src/hooks/key-table.ts";
import { textWidth } from "../../src/model/text/width.ts";

const why =
  "Stop and start it on gull.example.net: a machine of its own is not started or stopped from here.";
const none = { restart: why, switch: null, test: null, log: null, copy: null, daemon: null, look: null };
const context: KeyContext = {
  ...{ paused: false, hasRow: true, hasDerivation: true, logLines: 9, searching: true, sessions: 1 },
  watchReason: null,
  doctor: { open: null, fix: null, copy: null, fixes: 2 },
  builder: none,
  setting: { open: null, edit: null, undo: null },
  wholeQuestion: false,
};

/** The words on the left and those on the right, each in one line. */
function sides(width: number, ascii = false): { left: string; right: string } {
  const lines = helpLines(context, width, ascii);
  const at = 3 + Math.min(28, Math.floor(width * 0.36));
  for (const { text } of lines) assert.ok(textWidth(text) <= width, `"${text}" is wider than ${width}`);
  const rows = lines.filter(({ kind }) => kind !== "title");
  const joined = (part: (text: string) => string) =>
    rows
      .map(({ text }) => part(text).trim())
      .filter((text) => text !== "")
      .join(" ");
  return { left: joined((text) => text.slice(0, at)), right: joined((text) => text.slice(at)) };
}

describe("the help", () => {
  for (const width of [36, 56, 76, 116])
    it(`says in ${width} cells what each key does, and why not now, in full`, () => {
      const { left, right } = sides(width);
      for (const help of Object.values(commandHelp)) assert.ok(right.includes(help), help);
      assert.ok(right.includes(`restart the selected builder (now: ${why})`), right);
      for (const key of ["Backspace", "Ctrl-W", "Shift-Tab", "1 … 9"]) assert.ok(left.includes(key), key);
    });

  it("says beside the many keys of a line that is typed what they do", () => {
    const lines = helpLines(context, 76, false).map(({ text }) => text);
    const at = lines.findIndex((text) => text.includes(commandHelp.edit));
    assert.match(lines[at] ?? "", /^ {2}← {2}→ {2}Home {2}End {2}Backspace {2}move in the line and delete$/);
    assert.match(lines[at + 1] ?? "", /^ {2}Delete {2}Ctrl-A/);
  });

  it("needs a line for most commands where there is room", () => {
    assert.ok(
      helpLines({ ...context, builder: { ...none, restart: null } }, 116, true).length <
        keyTable.length * 1.6,
    );
  });
});
