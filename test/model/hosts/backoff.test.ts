/** Coming back to a machine that was lost: soon at first, never in a hurry, and not all at once. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Failures, retryDelayMs } from "../../../src/model/hosts/backoff.ts";

describe("waiting before a machine is asked again", () => {
  it("takes 1, 2, 4 and then 8 s: what is back is to be seen within 15 s", () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 100].map((failures) => retryDelayMs(failures, 0.5));
    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000]);
  });

  it("differs by a fifth at most", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const middle = retryDelayMs(failures, 0.5);
        const wait = retryDelayMs(failures, random);
        return wait >= middle * 0.8 && wait <= middle * 1.2;
      }),
    );
    assert.notEqual(retryDelayMs(1, 0), retryDelayMs(1, 1));
  });

  it("begins anew after a healthy minute, and only then", () => {
    const failures = new Failures();
    for (const at of [1000, 2000, 3000]) failures.failed(at);
    assert.equal(failures.count, 3);
    failures.answered(5000);
    failures.answered(64_000);
    failures.failed(64_999);
    assert.equal(failures.count, 4);
    failures.answered(70_000);
    failures.failed(130_000);
    assert.equal(failures.count, 1);
  });
});
