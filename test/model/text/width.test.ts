import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { cleanLogLine, withoutColors } from "../../../src/model/text/clean.ts";
import {
  fit,
  graphemes,
  padStart,
  sliceCells,
  textWidth,
  truncateEnd,
  truncateMiddle,
  wrapCells,
} from "../../../src/model/text/width.ts";

describe("text in cells", () => {
  it("counts wide characters twice and colours not at all", () => {
    assert.equal(textWidth("漢字"), 4);
    assert.equal(textWidth("\x1b[31mab\x1b[39m"), 2);
    assert.equal(textWidth("👩‍👩‍👧"), 2);
  });

  it("cuts the middle, so that name and version both stay", () => {
    assert.equal(truncateMiddle("linux-6.12.3", 20), "linux-6.12.3");
    assert.equal(truncateMiddle("python3.12-very-long-package-name-1.2.3", 22).length, 22);
    assert.match(truncateMiddle("haskell-language-server-2.9.0.1", 20), /^haskell.*….*-2\.9\.0\.1$/);
  });

  it("cuts the end where the start says more", () => {
    assert.equal(truncateEnd("builder failed with exit code 2", 12), "builder fai…");
    assert.equal(truncateEnd("漢字漢字", 4), "漢…");
  });

  it("fills to the width exactly", () => {
    assert.equal(fit("ab", 4), "ab  ");
    assert.equal(padStart("漢", 4), "  漢");
  });

  it("never yields more cells than asked for", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (raw, width) => {
        const text = withoutColors(cleanLogLine(raw));
        assert.ok(textWidth(truncateMiddle(text, width)) <= width);
        assert.ok(textWidth(truncateEnd(text, width)) <= width);
        assert.ok(textWidth(sliceCells(text, 3, width)) <= width);
      }),
    );
  });

  it("slices coloured text and keeps the colour that holds there", () => {
    const line = cleanLogLine("ab\x1b[31mcdef\x1b[0mgh");
    assert.equal(sliceCells(line, 3, 2), "\x1b[31mde\x1b[39m");
    assert.equal(withoutColors(sliceCells(line, 0, 8)), "abcdefgh");
    assert.equal(sliceCells(line, 6, 10), "gh");
  });

  it("breaks a long text without losing any of it", () => {
    assert.deepEqual(wrapCells("abcdefghij", 6), ["abcdef", "  ghij"]);
    assert.deepEqual(wrapCells("漢字漢", 5), ["漢字", "  漢"]);
    assert.deepEqual(wrapCells("", 5), [""]);
  });

  it("splits what was typed into single characters", () => {
    assert.deepEqual(graphemes("jjj"), ["j", "j", "j"]);
    assert.deepEqual(graphemes("é👩‍👧"), ["é", "👩‍👧"]);
  });
});
