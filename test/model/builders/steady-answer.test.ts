import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type SteadyAnswer, steadyAnswer } from "../../../src/model/builders/steady-answer.ts";

function figures(...looks: number[]): number[] {
  let answer: SteadyAnswer | null = null;
  return looks.map((ms) => {
    answer = steadyAnswer(answer, ms);
    return answer.ms;
  });
}

describe("how fast a builder answers", () => {
  it("is one figure while single looks take two or five times as long", () => {
    assert.deepEqual(new Set(figures(20, 50, 100, 21, 48, 110, 104, 19, 95, 20, 52, 97)), new Set([20]));
  });

  it("becomes longer when six looks in a row say so, by the shortest of them", () => {
    assert.deepEqual(figures(20, 300, 290, 280, 310, 900, 305), [20, 20, 20, 20, 20, 20, 280]);
    assert.equal(figures(20, 300, 290, 280, 310, 20, 305).at(-1), 20);
  });

  it("becomes shorter soon: the first look takes longer than all others", () => {
    assert.deepEqual(figures(180, 21, 24, 20), [180, 180, 24, 24]);
  });

  it("has nothing to tell apart below some milliseconds", () => {
    assert.deepEqual(new Set(figures(1, 4, 3, 8, 2, 9, 4, 3, 9, 5)), new Set([1]));
  });

  it("is always one that a look took", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000), { minLength: 1 }), (looks) => {
        for (const [index, ms] of figures(...looks).entries())
          assert.ok(looks.slice(0, index + 1).includes(ms));
      }),
    );
  });
});
