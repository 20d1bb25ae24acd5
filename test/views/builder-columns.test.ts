import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { builderColumns } from "../../src/views/builder-columns.ts";

const total = (width: number, folded: boolean, longest: number) => {
  const { name, place, status, gauges } = builderColumns(width, folded, longest);
  return 2 + name + place + status + gauges;
};

describe("the columns of the Builders pane", () => {
  it("fill the pane exactly, whatever its width and its names", () => {
    fc.assert(
      fc.property(fc.integer({ min: 36, max: 300 }), fc.boolean(), fc.nat(500), (width, folded, longest) => {
        assert.equal(total(width, folded, longest), width);
      }),
    );
  });

  it("give a name its room before the systems", () => {
    assert.ok(builderColumns(51, false, 15).name > 15);
    assert.ok(builderColumns(51, false, 15).place >= 10);
    assert.equal(builderColumns(42, false, 15).place, 0);
  });

  it("have the gauges in numbers where they have no pane of their own, and where there is much room", () => {
    assert.equal(builderColumns(76, true, 15).gauges, 34);
    assert.equal(builderColumns(56, true, 15).gauges, 34);
    assert.equal(builderColumns(36, true, 15).gauges, 0);
    assert.equal(builderColumns(51, false, 15).gauges, 0);
    assert.equal(builderColumns(88, false, 15).gauges, 34);
  });
});
