import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { paneOrder } from "../../src/store/dashboard-state.ts";
import { layoutOf, paneAt, panesInReach } from "../../src/store/layout.ts";

const size = (columns: number, rows: number, builders = 0) => ({
  columns,
  rows,
  zoomed: false,
  focus: "builds" as const,
  builders: { count: builders },
});
const boxes = (state: Parameters<typeof layoutOf>[0]) =>
  layoutOf(state).panes.map(({ id, x, y, width, height }) => [id, x, y, width, height]);

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
      layoutOf({ ...size(200, 60), zoomed: true, focus: "log" as const }).panes.map(({ id }) => id),
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

  it("puts builders and gauges beside each other above the builds where it is wide", () => {
    assert.deepEqual(boxes(size(120, 36, 4)), [
      ["builders", 0, 1, 55, 7],
      ["gauges", 55, 1, 65, 7],
      ["builds", 0, 8, 120, 12],
      ["log", 0, 20, 120, 15],
    ]);
  });

  it("keeps their height whatever is said in them, and gives them a fixed share of the rows at most", () => {
    for (const [count, height] of [
      [1, 7],
      [5, 7],
      [7, 9],
      [8, 10],
      [200, 12],
    ] as const)
      assert.equal(layoutOf(size(120, 36, count)).panes[0]?.height, height, `${count} rows`);
    assert.equal(layoutOf(size(120, 20, 200)).panes[0]?.height, 6);
    assert.equal(layoutOf(size(200, 60, 200)).panes[0]?.height, 21);
  });

  it("stacks the builders with their gauges folded in above the builds at 80x24, six rows of them at most", () => {
    assert.deepEqual(boxes(size(80, 24, 2)), [
      ["builders", 0, 1, 80, 4],
      ["builds", 0, 5, 80, 8],
      ["log", 0, 13, 80, 10],
    ]);
    assert.equal(layoutOf(size(80, 24, 200)).panes[0]?.height, 8);
    assert.equal(layoutOf(size(60, 16, 200)).panes[0]?.height, 4);
  });

  it("leaves builds and log the larger part, whatever the number of builders", () => {
    const sizes = [fc.integer({ min: 60, max: 300 }), fc.integer({ min: 16, max: 200 })] as const;
    fc.assert(
      fc.property(...sizes, fc.integer({ min: 1, max: 300 }), (columns, rows, count) => {
        const height = (id: string) =>
          layoutOf(size(columns, rows, count)).panes.find((pane) => pane.id === id)?.height ?? 0;
        assert.ok(height("builds") >= 4 && height("log") >= 4);
        const below = columns < 100 && rows >= 40 ? height("gauges") : 0;
        assert.ok(height("builders") <= height("builds") + height("log") + below);
      }),
    );
  });

  it("gives the gauges a pane of their own below the builders where it is narrow and high", () => {
    assert.deepEqual(
      layoutOf(size(80, 50, 2)).panes.map(({ id }) => id),
      ["builders", "gauges", "builds", "log"],
    );
  });

  it("shows the folded gauges alone when they are focused", () => {
    const state = { ...size(80, 24, 2), focus: "gauges" as const };
    assert.deepEqual(boxes(state), [["gauges", 0, 1, 80, 22]]);
    assert.deepEqual(panesInReach(state), ["builders", "gauges", "builds", "log"]);
    assert.deepEqual(
      panesInReach(size(80, 24, 2)),
      ["builders", "builds", "log"],
      "tab passes by what is folded",
    );
  });

  it("is as it was where no machine is watched", () => {
    assert.deepEqual(
      layoutOf(size(120, 36)).panes.map(({ id }) => id),
      ["builds", "log"],
    );
    assert.deepEqual(panesInReach(size(120, 36)), ["builds", "log"]);
  });

  it("covers every cell between header and footer once, with any number of builders", () => {
    const sizes = [
      fc.integer({ min: 40, max: 400 }),
      fc.integer({ min: 10, max: 200 }),
      fc.nat(300),
    ] as const;
    fc.assert(
      fc.property(
        ...sizes,
        fc.constantFrom(...paneOrder),
        fc.boolean(),
        (columns, rows, count, focus, zoomed) => {
          const { panes } = layoutOf({ ...size(columns, rows, count + 1), focus, zoomed });
          const area = panes.reduce((sum, { width, height }) => sum + width * height, 0);
          assert.equal(area, columns * (rows - 2));
          for (const { x, y, width, height, innerHeight } of panes) {
            assert.ok(x >= 0 && x + width <= columns && y >= 1 && y + height <= rows - 1);
            assert.ok(innerHeight >= 1 && width >= 40);
          }
        },
      ),
    );
  });

  it("knows what lies under the pointer", () => {
    const layout = layoutOf(size(80, 24));
    assert.equal(paneAt(layout, 5, 0), null, "the header");
    assert.deepEqual([paneAt(layout, 5, 2)?.pane.id, paneAt(layout, 5, 2)?.row], ["builds", 0]);
    assert.equal(paneAt(layout, 5, 12)?.pane.id, "log");
    assert.equal(paneAt(layout, 5, 23), null, "the footer");
    const wide = layoutOf(size(120, 36, 4));
    assert.equal(paneAt(wide, 54, 3)?.pane.id, "builders");
    assert.equal(paneAt(wide, 55, 3)?.pane.id, "gauges");
  });
});
