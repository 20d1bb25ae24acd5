import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { cleanLogLine, cleanText, longestText, withoutColors } from "../../../src/model/text/clean.ts";

/** Strings made mostly of what does harm: escapes, controls, marks, bidi, pieces of sequences. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "\x1b",
        "\x1b[",
        "\x1b]0;",
        "\x1b]8;;http://x\x07",
        "\x9b",
        "\x9d52;c;",
        "\x07",
        "\x1b\\",
        "\x9c",
      ),
      fc.constantFrom(
        "\x1b[31m",
        "\x1b[8m",
        "\x1b[5m",
        "\x1b[1;38;5;200m",
        "\x1b[0m",
        "\x1b[2J",
        "\x1b[?1049h",
      ),
      fc.constantFrom(
        "\r",
        "\n",
        "\t",
        "\b",
        "\0",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\u{e0041}",
        "\ud800",
      ),
      fc.constantFrom(
        "\u0301",
        "\u0301\u0302\u0303\u0304\u0305\u0306",
        "\u200d",
        "\u2028",
        "e",
        "漢",
        "👩‍👩‍👧",
      ),
      fc.string({ unit: "binary" }),
    ),
  )
  .map((parts) => parts.join(""));

describe("cleanText", () => {
  const cases: [what: string, given: string, shown: string][] = [
    ["plain text stays as it is", "hello-2.12.1", "hello-2.12.1"],
    ["a window title is not set, terminated by BEL", "a\x1b]0;evil\x07b", "ab"],
    ["nor terminated by ST", "a\x1b]0;evil\x1b\\b", "ab"],
    ["an OSC without an end takes the rest of the line", "a\x1b]52;c;ZXZpbA==", "a"],
    ["8-bit OSC and CSI are seen too", "a\u009d0;evil\u009cb\u009b2Jc", "abc"],
    ["device control strings go with all they carry", "a\x1bPq#0;2;0\x1b\\b\x1b_payload\x1b\\c", "abc"],
    ["cursor movement and clearing go", "a\x1b[2J\x1b[1;1Hb\x1bcc\x1b(Bd", "abcd"],
    ["colours go", "\x1b[1;31mred\x1b[0m", "red"],
    ["a hyperlink leaves its words", "\x1b]8;;http://evil\x07click\x1b]8;;\x07", "click"],
    ["right-to-left override cannot reorder words", "a\u202egnp.exe", "agnp.exe"],
    ["tag and zero-width characters go", "a\u200b\u{e0041}\ufeffb", "ab"],
    ["the joiner of emoji stays", "👩‍👧", "👩‍👧"],
    ["a progress bar shows its last state", "10%\r50%\r100%", "100%"],
    ["a carriage return at the end is a line end", "done\r\n", "done"],
    ["line breaks become spaces", "a\nb\u2028c", "a b c"],
    ["tabs become spaces", "a\tb", "a b"],
    ["at most four marks on a letter", `e${"\u0301".repeat(9)}`, `e${"\u0301".repeat(4)}`],
    ["a lone surrogate becomes the replacement character", "a\ud800b", "a\ufffdb"],
    ["letters of all scripts stay", "größe 漢字 नि", "größe 漢字 नि"],
  ];
  for (const [what, given, shown] of cases) it(what, () => assert.equal(cleanText(given), shown));

  it("leaves nothing that a terminal obeys or hides, whatever comes in", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const clean = cleanText(text);
        assert.doesNotMatch(clean, /[\p{Cc}\p{Bidi_Control}\u200b\u2028\u2029\u{e0000}-\u{e007f}]/u);
        assert.doesNotMatch(clean, /[\p{M}\u200d]{5}/u);
        assert.ok(clean.isWellFormed());
        assert.equal(cleanText(clean), clean, "cleaning twice changes nothing");
      }),
    );
  });

  it("keeps a bounded length and says so with an ellipsis", () => {
    const clean = cleanText("x".repeat(100_000));
    assert.equal(clean.length, longestText);
    assert.ok(clean.endsWith("…"));
  });
});

describe("cleanLogLine", () => {
  const cases: [what: string, given: string, shown: string][] = [
    ["colours are kept and closed", "\x1b[31merror\x1b[0m: x", "\x1b[31merror\x1b[39m: x"],
    ["an open colour does not leak into the next line", "\x1b[1mbold", "\x1b[1mbold\x1b[22m"],
    ["hidden and blinking text is shown plainly", "\x1b[8mpassword\x1b[5mblink", "passwordblink"],
    ["a background is left out, its text is not", "\x1b[41mx\x1b[49my", "xy"],
    ["256 colours become the terminal's own", "\x1b[38;5;9mx", "\x1b[91mx\x1b[39m"],
    ["so do 24-bit ones", "\x1b[38;2;0;180;0mx", "\x1b[32mx\x1b[39m"],
    ["with colons as well", "\x1b[38:2::180:0:0mx", "\x1b[31mx\x1b[39m"],
    ["the parameters of a background are not read as colours", "\x1b[48;5;31mx", "x"],
    [
      "a hyperlink leaves its words",
      "\x1b]8;;http://evil\x07\x1b[32mclick\x1b]8;;\x07",
      "\x1b[32mclick\x1b[39m",
    ],
    ["tabs reach the next eighth column", "ab\tc", "ab      c"],
    ["and count no colours", "\x1b[31mab\x1b[0m\tc", "\x1b[31mab\x1b[39m      c"],
    ["the last state of a progress bar", "\x1b[32m10%\r\x1b[32m99%", "\x1b[32m99%\x1b[39m"],
  ];
  for (const [what, given, shown] of cases) it(what, () => assert.equal(cleanLogLine(given), shown));

  it("writes no sequence but its own colours, and closes each", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const clean = cleanLogLine(text);
        const codes = [...clean.matchAll(/\x1b\[(\d+)m/g)].map((match) => Number(match[1]));
        for (const code of codes) assert.match(String(code), /^(1|2|3|4|7|22|23|24|27|3[0-79]|9[0-7])$/);
        assert.doesNotMatch(withoutColors(clean), /[\p{Cc}\p{Bidi_Control}\u200b\u2028\u{e0000}-\u{e007f}]/u);
        const open = new Set<number>();
        for (const code of codes) {
          if (code === 1 || code === 2) open.add(22);
          else if (code < 8) open.add(code + 20);
          else if (code < 28) open.delete(code);
          else if (code === 39) open.delete(39);
          else open.add(39);
        }
        assert.deepEqual([...open], []);
      }),
    );
  });
});
