/** What stands for parts of libraries in the built program gives the same answers, only sooner. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import realWidth from "string-width";
import * as processStandIn from "../../src/bundle/process.ts";
import { QuickSegmenter } from "../../src/bundle/segmenter.ts";
import quickWidth from "../../src/bundle/string-width.ts";
import { bundle } from "../support/bundle.ts";

/** Below it is all that the stand-ins judge by themselves; above it, everything that is hard. */
const everyCharacter = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code));
const hard = [
  ..."e\u0301👩\u200d👩\u200d👧️🇩🇪각한\u200dநி\r\n\ufe0f\u20e3*1©▶◽한字",
  "\ud83d",
  "\x1b[31m",
  "\x1b[0m",
  "\x1b]8;;x\x07",
  "\t",
];
const anyText = fc
  .array(fc.oneof(fc.constantFrom(...everyCharacter), fc.constantFrom(...hard), fc.string()))
  .map((parts) => parts.join(""));

describe("the segmenter of the program", () => {
  const real = new Intl.Segmenter();
  const cut = (segments: Intl.Segments) => Array.from(segments, ({ segment, index }) => [segment, index]);
  const same = (text: string) =>
    assert.deepEqual(cut(new QuickSegmenter().segment(text)), cut(real.segment(text)));

  it("cuts any text as Intl.Segmenter does", () => {
    fc.assert(fc.property(anyText, same), { numRuns: 2_000 });
  });

  it("knows which characters join no other", () => {
    const count = (segments: Intl.Segments) => [...segments].length;
    const others = everyCharacter.filter((_, code) => code % 5 === 0);
    for (const first of everyCharacter.filter((_, code) => code < 0x250 || code % 11 === 0)) {
      const pairs = others.map((other) => first + other).filter((pair) => /^[^\p{M}\p{Lo}]*$/u.test(pair));
      const text = pairs.join("\n");
      assert.equal(count(new QuickSegmenter().segment(text)), count(real.segment(text)), first);
    }
  });

  it("finds the character at a place", () => {
    for (const text of ["│ a…b", "e\u0301a"]) {
      for (const at of [0, 1, 2, text.length, undefined]) {
        const found = new QuickSegmenter().segment(text).containing(at as number);
        const wanted = real.segment(text).containing(at as number);
        assert.equal(found?.segment, wanted?.segment);
        assert.equal(found?.index, wanted?.index);
      }
    }
  });

  it("leaves words and sentences to Intl.Segmenter", () => {
    const words = new QuickSegmenter("en", { granularity: "word" }).segment("two words");
    assert.deepEqual(
      Array.from(words, ({ segment }) => segment),
      ["two", " ", "words"],
    );
  });
});

describe("the width of text in the program", () => {
  it("is that of string-width for each character, with colours and without", () => {
    for (const each of everyCharacter) {
      assert.equal(quickWidth(each), realWidth(each), `U+${each.charCodeAt(0).toString(16)}`);
      assert.equal(quickWidth(`\x1b[1;31m${each}a\x1b[39m`), realWidth(`\x1b[1;31m${each}a\x1b[39m`));
    }
  });

  it("is that of string-width for any text", () => {
    fc.assert(
      fc.property(anyText, (text) => assert.equal(quickWidth(text), realWidth(text))),
      { numRuns: 2_000 },
    );
  });

  it("follows the options of string-width", () => {
    const options = { ambiguousIsNarrow: false };
    assert.equal(quickWidth("±", options), realWidth("±", options));
  });
});

describe("string-width in the program", () => {
  it("measures as it does by itself", async (context) => {
    const directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
    context.after(() => rmSync(directory, { recursive: true }));
    await bundle({ width: "string-width" }, directory);
    const width: typeof realWidth = (await import(join(directory, "width.js"))).default;
    for (const each of hard) assert.equal(width(each), realWidth(each), JSON.stringify(each));
    fc.assert(
      fc.property(anyText, (text) => assert.equal(width(text), realWidth(text))),
      { numRuns: 1_000 },
    );
  });
});

describe("the process object of the program", () => {
  it("is Node's own, with the names that libraries import", () => {
    assert.equal(processStandIn.default, process);
    for (const [name, value] of Object.entries(processStandIn))
      if (name !== "default") assert.equal(value, process[name as keyof NodeJS.Process]);
  });
});
