import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createReportParser } from "../../../src/adapters/terminal/input-reports.ts";

const stream = "j\x1b[<64;10;3Mk\x1b[I\x1b[A\x1b[<0;1;1M\x1b[<0;1;1m\x1b[<65;5;6M\x1b[O";
const meaning = [
  { kind: "wheel", x: 9, y: 2, lines: -3 },
  { kind: "focus", focused: true },
  { kind: "press", x: 0, y: 0 },
  { kind: "wheel", x: 4, y: 5, lines: 3 },
  { kind: "focus", focused: false },
];

describe("reports of mouse and focus", () => {
  it("are found between keys; a release is none", () => {
    assert.deepEqual(createReportParser()(stream), meaning);
  });

  it("wherever the terminal's bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 8 }), (cuts) => {
        const parse = createReportParser();
        const places = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const found = places.slice(1).flatMap((end, index) => parse(stream.slice(places[index], end)));
        assert.deepEqual(found, meaning);
      }),
    );
  });

  it("with a modifier key held", () => {
    assert.equal(createReportParser()("\x1b[<68;1;1M")[0]?.kind, "wheel");
  });
});
