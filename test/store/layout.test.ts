import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { layoutOf, paneAt } from "../../src/store/layout.ts";

const size = (columns: number, rows: number) => ({ columns, rows, zoomed: false, focus: "builds" as const });

describe("the layout", () => {
  it("stacks both panes at 80x24, shows the focused one alone where it is narrow, low or zoomed", () => {
    assert.deepEqual(
      layoutOf(size(80, 24)).panes.map(({ id, y, height }) => [id, y, height]),
      [
        ["builds", 1, 10],
        ["log", 11, 12],
      ],
    );
    assert.deepEqual(
      layoutOf(size(59, 24)).panes.map(({ id }) => id),
      ["builds"],
    );
    assert.deepEqual(
      layoutOf(size(80, 15)).panes.map(({ id }) => id),
      ["builds"],
    );
    assert.deepEqual(
      layoutOf({ ...size(200, 60), zoomed: true, focus: "log" }).panes.map(({ id }) => id),
      ["log"],
    );
    assert.equal(layoutOf(size(39, 24)).tooSmall, true);
    assert.equal(layoutOf(size(80, 9)).tooSmall, true);
  });

  it("fills the rows between header and footer exactly, at any size", () => {
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 500 }), fc.integer({ min: 10, max: 300 }), (columns, rows) => {
        const { panes } = layoutOf(size(columns, rows));
        let y = 1;
        for (const pane of panes) {
          assert.equal(pane.y, y);
          assert.ok(pane.innerHeight >= 3);
          y += pane.height;
        }
        assert.equal(y, rows - 1);
      }),
    );
  });

  it("knows what lies under the pointer", () => {
    const layout = layoutOf(size(80, 24));
    assert.equal(paneAt(layout, 0), null, "the header");
    assert.deepEqual([paneAt(layout, 2)?.pane.id, paneAt(layout, 2)?.row], ["builds", 0]);
    assert.equal(paneAt(layout, 12)?.pane.id, "log");
    assert.equal(paneAt(layout, 23), null, "the footer");
  });
});
