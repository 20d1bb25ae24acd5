import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { type GrowOptions, grow } from "./grow.ts";

const log = readFileSync(new URL("../fixtures/nix-log/2.34.8/high-pid.log", import.meta.url));

function linesOf(options: GrowOptions): string[] {
  const blocks = [...grow(options)];
  return Buffer.concat(blocks).toString().replace(/\n$/, "").split("\n");
}

/** A line with all that is renamed taken out. */
const nameless = (line: string) =>
  line.replace(/"(id|parent)":\d+/g, '"$1":N').replace(/\/nix\/store\/[0-9a-z]{4}/g, "/nix/store/HASH");

describe("the generator of long streams", () => {
  it("repeats recordings until there are enough lines, and finishes the last", () => {
    const session = linesOf({ lines: 1, logs: [log] });
    assert.deepEqual(session.map(nameless), log.toString().trimEnd().split("\n").map(nameless));
    assert.equal(linesOf({ lines: session.length + 1, logs: [log] }).length, 2 * session.length);
  });

  it("makes every repetition a session of its own: no id and no derivation in common", () => {
    const once = linesOf({ lines: 1, logs: [log] }).length;
    const lines = linesOf({ lines: once + 1, logs: [log] });
    const found = (part: string[], pattern: RegExp) =>
      new Set(part.flatMap((line) => line.match(pattern) ?? []));
    for (const pattern of [/"id":\d+/g, /\/nix\/store\/\w+-[^.]+\.drv/g]) {
      const [first, second] = [found(lines.slice(0, once), pattern), found(lines.slice(once), pattern)];
      assert.ok(first.size > 1);
      assert.equal(first.size, second.size);
      assert.deepEqual(
        [...first].filter((one) => second.has(one)),
        [],
      );
    }
  });

  it("keeps ids that do not fit a double exact and big", () => {
    const ids = linesOf({ lines: 1, logs: [log] }).flatMap((line) => /"id":(\d+)/.exec(line)?.[1] ?? []);
    assert.equal(new Set(ids).size, new Set(log.toString().match(/"id":\d+/g)).size);
    assert.ok(ids.some((id) => BigInt(id) > BigInt(Number.MAX_SAFE_INTEGER)));
  });

  it("mixes the lines of sessions that run abreast, each in its own order", () => {
    const lines = linesOf({ lines: 2000, abreast: 3, logs: [log] });
    const pids = lines.flatMap((line) => /"id":(\d+)/.exec(line)?.[1] ?? []).map((id) => BigInt(id) >> 32n);
    const changes = pids.filter((pid, n) => pid !== pids[n - 1]).length;
    assert.ok(changes > 3 * new Set(pids).size);
  });

  it("gives the same stream for the same seed, and another for another", () => {
    const options = { lines: 3000, abreast: 2, logs: [log] };
    assert.deepEqual(linesOf({ ...options, seed: 5 }), linesOf({ ...options, seed: 5 }));
    assert.notDeepEqual(linesOf({ ...options, seed: 5 }), linesOf({ ...options, seed: 6 }));
  });
});
