import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { hiddenFigures, pinnedRows, scrollTo, visibleRows } from "../../src/store/list-window.ts";

describe("the part of a list that is drawn", () => {
  it("moves as little as needed to show the selected row", () => {
    const shape = { length: 100, height: 10, pinned: 0 };
    assert.equal(scrollTo(shape, 0, 5), 0);
    assert.equal(scrollTo(shape, 0, 10), 1);
    assert.equal(scrollTo(shape, 50, 40), 40);
    assert.equal(scrollTo(shape, 95, 99), 90, "no empty rows below the end");
  });

  it("is told apart from what is hidden above and below it", () => {
    const said = (above: number, below: number) => hiddenFigures(above, below).map(({ text }) => text);
    assert.deepEqual(said(0, 0), []);
    assert.deepEqual(said(0, 3), ["3 more below"]);
    assert.deepEqual(said(2, 0), ["2 more above"]);
    assert.deepEqual(said(2, 1), ["2 above, 1 below"]);
    assert.deepEqual(said(0, -4), [], "more room than rows");
  });

  it("keeps failed rows in sight, but leaves most of the pane to the others", () => {
    assert.equal(pinnedRows(2, 12), 2);
    assert.equal(pinnedRows(50, 12), 4);
    assert.deepEqual(visibleRows({ length: 100, height: 5, pinned: 2 }, 40), [0, 1, 42, 43, 44]);
  });

  it("always shows the selected row, never more rows than fit, none twice", () => {
    fc.assert(
      fc.property(
        fc.nat(300),
        fc.integer({ min: 2, max: 60 }),
        fc.nat(60),
        fc.nat(400),
        fc.nat(),
        (length, height, failed, top, pick) => {
          const shape = { length, height, pinned: pinnedRows(Math.min(failed, length), height) };
          const selected = length === 0 ? 0 : pick % length;
          const rows = visibleRows(shape, scrollTo(shape, top, selected));
          assert.ok(rows.length <= height);
          assert.equal(new Set(rows).size, rows.length);
          assert.ok(length === 0 || rows.includes(selected));
          assert.equal(rows.length, Math.min(length, height), "no row of the pane is wasted");
        },
      ),
    );
  });
});
