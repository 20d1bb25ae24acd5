/** Ids have 64 bits: every one must stay its own, however it is read. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { IdReader } from "../../../src/model/nix-log/id-reader.ts";
import { type Id, idAfter, processOf, readId } from "../../../src/model/nix-log/ids.ts";

/** Any id, and those around the numbers where they are kept in another way. */
const anyId = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc
    .tuple(
      fc.constantFrom(0n, 2n ** 32n, 10n ** 15n, 2n ** 53n, 10n ** 16n, 2n ** 54n),
      fc.integer({ min: -1500, max: 1500 }),
    )
    .map(([edge, offset]) => (edge + BigInt(offset) < 0n ? edge : edge + BigInt(offset))),
);
const parsed = (id: bigint): Id => readId(`{"id":${id}}`, '"id":')!;

describe("an id", () => {
  it("read from bytes behind any others is the one that JSON holds, and ends where its digits do", () => {
    fc.assert(
      fc.property(fc.array(anyId, { minLength: 1, maxLength: 20 }), (ids) => {
        const reader = new IdReader();
        for (const id of ids) {
          const digits = String(id);
          assert.equal(reader.read(Buffer.from(`:${digits},`), 1), 1 + digits.length);
          assert.equal(reader.length, digits.length);
          assert.equal(reader.id, parsed(id));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("differs from every other one", () => {
    fc.assert(
      fc.property(anyId, anyId, (a, b) => assert.equal(parsed(a) === parsed(b), a === b)),
      { numRuns: 2000 },
    );
  });

  it("tells its process, and the one that was given after it", () => {
    fc.assert(
      fc.property(anyId, fc.integer({ min: 1, max: 3 }), (id, offset) => {
        assert.equal(processOf(parsed(id)), Number(id >> 32n));
        assert.equal(idAfter(parsed(id), offset), parsed(id + BigInt(offset)));
      }),
      { numRuns: 1000 },
    );
  });
});
