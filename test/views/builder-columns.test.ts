import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { builderColumns, gaugeWidth, type LongestTexts } from "../../src/views/builder-columns.ts";

const longest = (name: number, place = 0, jobs = 8): LongestTexts => ({ name, place, jobs });
const all = ["cpu", "mem", "disk"];

describe("the columns of the Builders pane", () => {
  it("fill the pane exactly, whatever its width, its names and its places", () => {
    const given = [fc.integer({ min: 36, max: 300 }), fc.boolean(), fc.nat(500), fc.nat(100)] as const;
    fc.assert(
      fc.property(...given, (width, folded, name, place) => {
        const columns = builderColumns(width, folded, longest(name, place));
        assert.equal(2 + columns.name + columns.place + columns.status + columns.gauges, width);
        assert.equal(
          columns.labels.reduce((sum, label) => sum + gaugeWidth(label), 0),
          columns.gauges,
        );
      }),
    );
  });

  it("give a name its room before the systems", () => {
    assert.ok(builderColumns(51, false, longest(15)).name > 15);
    assert.ok(builderColumns(51, false, longest(15)).place >= 10);
    assert.equal(builderColumns(42, false, longest(15)).place, 0);
  });

  it("have the gauges in numbers where they have no pane of their own, and where there is much room", () => {
    assert.deepEqual(builderColumns(76, true, longest(15)).labels, all);
    assert.deepEqual(builderColumns(60, true, longest(13)).labels, all);
    assert.deepEqual(builderColumns(36, true, longest(15)).labels, []);
    assert.deepEqual(builderColumns(51, false, longest(15)).labels, []);
    assert.deepEqual(builderColumns(88, false, longest(15)).labels, all);
  });

  it("give a name its room before the gauges; the disk, which fills, goes last of them", () => {
    for (const [name, labels] of [
      [17, ["mem", "disk"]],
      [25, ["disk"]],
      [34, []],
    ] as const) {
      const columns = builderColumns(56, true, longest(name));
      assert.ok(columns.name > name, `${name} cells`);
      assert.deepEqual(columns.labels, labels);
    }
  });

  it("give a place that would be cut what the status leaves empty", () => {
    assert.equal(builderColumns(51, false, longest(17, 5)).status, 20);
    const { name, place, status } = builderColumns(51, false, longest(17, 12));
    assert.deepEqual({ name, place, status }, { name: 18, place: 13, status: 18 });
  });

  it("keep all gauges at 80 columns for names that leave the status what it needs", () => {
    assert.deepEqual(builderColumns(76, true, longest(21)).labels, all);
    assert.equal(builderColumns(76, true, longest(21)).status, 18);
    assert.deepEqual(builderColumns(76, true, longest(22)).labels, ["mem", "disk"]);
  });

  it("keep the room for when a disk will be full, however many jobs there are", () => {
    assert.equal(builderColumns(51, false, longest(17, 12, 9)).status, 19);
    assert.equal(builderColumns(51, false, longest(17, 12, 14)).status, 20);
  });

  it("give a name its room before a long status where there is nothing else", () => {
    assert.ok(builderColumns(36, true, longest(17)).name > 17);
  });
});
