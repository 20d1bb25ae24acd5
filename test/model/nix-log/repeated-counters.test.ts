/** Counters that say again what they said before are gone over unread: nobody may be able to tell. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BuildsModel } from "../../../src/model/nix-log/builds-model.ts";
import { build, line, reportOf, worker } from "../../support/nix-log-lines.ts";

/** All that a reader could see. With other output behind each line no records follow each other, so all are read. */
function seen(lines: readonly string[], apart = false) {
  const model = new BuildsModel();
  const stream = model.openStream({ label: "any", kind: "command" }, 0);
  stream.feed(Buffer.from(lines.map((each) => `${each}\n${apart ? "other\n" : ""}`).join("")), 1);
  const rows = model
    .rows({ sort: "state", filter: "", hideDone: false })
    .map((row) => (row.kind === "transfer" ? [row.transfer.name, row.transfer.progress] : row.key));
  const open = { records: model.records, counts: { ...model.counts }, totals: model.transfers, rows };
  stream.end(2);
  return { ...open, ...reportOf(model), otherLines: null };
}

const small = fc.nat(2);
const ids = fc.constantFrom(10, 11, 12, 13, 20, 21, 22);
const counters = fc
  .tuple(fc.constantFrom(10, 20), small, small, small, small)
  .map(([first, done, running, failed, bytes]) => [
    ...worker(first).counters([done, 3, running, failed]),
    line.result(first, 106, [101, bytes]),
  ]);
const between = fc.oneof(
  fc.constantFrom(10, 20).map((first) => worker(first).begin),
  fc.constantFrom(10, 20).map((first) => worker(first).end),
  fc.constantFrom(10, 20).map((first) => [line.start(first, 102)]),
  fc.tuple(ids, small).map(([id, n]) => [build(id, `build-${n}`)]),
  ids.map((id) => [line.stop(id)]),
  ids.map((id) => [
    line.start(id, 101, { fields: [`https://cache.example/${id}.nar`], text: "downloading" }),
  ]),
  fc.tuple(ids, small, small).map(([id, done, expected]) => [line.result(id, 105, [done, expected, 0, 0])]),
  fc.tuple(ids, small).map(([id, amount]) => [line.result(id, 106, [101, amount])]),
  // As another program may write it: such a record is parsed.
  fc
    .tuple(ids, small)
    .map(([id, n]) => [`@nix {"action":"result","id":${id},"type":105,"fields":[${n},3,0,0]}`]),
  ids.map((id) => [line.result(id, 101, ["compiling"])]),
  fc.constant(["some other output"]),
);
const stream = fc
  .array(fc.oneof({ arbitrary: counters, weight: 3 }, { arbitrary: between, weight: 1 }), { maxLength: 40 })
  .map((pieces) => [...worker(10).begin, ...pieces.flat()]);

describe("counters that come again unchanged", () => {
  it("change nothing that could be seen", () => {
    fc.assert(
      fc.property(stream, (lines) => {
        assert.deepEqual(seen(lines), seen(lines, true));
      }),
      { numRuns: 2000 },
    );
  });

  it("are counted as records", () => {
    const same = worker(10).counters([0, 1, 0, 0]);
    assert.equal(seen([...worker(10).begin, ...same, ...same, ...same]).records, 3 + 3 * 4);
  });

  it("are read again once another activity has taken over the id: to that they are news", () => {
    const same = [...worker(10).counters([0, 1, 0, 0]).slice(0, 2), line.result(10, 106, [101, 5000])];
    const lines = [...worker(10).begin, ...same, line.start(10, 102), ...same];
    assert.deepEqual(seen(lines), seen(lines, true));
  });

  it("are read again where one of them said something else in the meantime", () => {
    const expects = (bytes: number) => [
      ...worker(10).counters([0, 1, 0, 0]).slice(0, 2),
      line.result(10, 106, [101, bytes]),
    ];
    const lines = [
      ...worker(10).begin,
      ...expects(5000),
      ...expects(5000),
      line.result(10, 106, [101, 7000]),
    ];
    assert.equal(seen(lines).totals.bytesExpected, 7000);
    assert.equal(seen([...lines, ...expects(5000)]).totals.bytesExpected, 5000);
  });
});
