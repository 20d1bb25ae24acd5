/** What people type for a size, and what they are told when it could be misunderstood. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatBothWays, formatSize, typedSize } from "../../../src/model/settings/format-size.ts";
import { parseCount } from "../../../src/model/settings/parse-count.ts";
import { mebibyte, parseSize, type SizeField } from "../../../src/model/settings/parse-size.ts";

const bytes: SizeField = { unit: "bytes", step: mebibyte };
const mib: SizeField = { unit: "MiB", step: mebibyte };
const anyBytes: SizeField = { unit: "bytes", step: 1 };
const read = (input: string, field = bytes) => {
  const size = parseSize(input, field);
  assert.ok(size.ok, size.ok ? "" : size.reason);
  return size.bytes;
};
const refusal = (input: string, field = bytes) => {
  const size = parseSize(input, field);
  assert.ok(!size.ok, `'${input}' should have been refused`);
  return size.reason;
};
const sixteen = 17179869184;

describe("a size", () => {
  it("is read with any unit, in any case, with or without a blank", () => {
    for (const input of [
      "16G",
      "16 g",
      "16gb",
      "16 GiB",
      "16gib",
      " 16G ",
      "16384M",
      "16777216K",
      "17179869184",
      "17179869184B",
      "17_179_869_184",
      "17,179,869,184",
      "16.0G",
      "0.015625T",
    ])
      assert.equal(read(input), sixteen, input);
  });

  it("without a unit counts in what the file counts in", () => {
    assert.equal(read("8192", mib), 8192 * mebibyte);
    assert.equal(read("8589934592"), 8589934592);
  });

  it("may have a part where that is a whole number of MiB", () => {
    assert.equal(read("1.5G"), 1536 * mebibyte);
    assert.equal(read("7.5 GiB", mib), 7680 * mebibyte);
  });

  it("is shown exactly, and typed back", () => {
    assert.equal(formatSize(sixteen), "16 GiB");
    assert.equal(formatSize(1536 * mebibyte), "1.5 GiB");
    assert.equal(formatSize(8191 * mebibyte), "8191 MiB");
    assert.equal(formatSize(12345), "12345 B");
    assert.equal(formatBothWays(sixteen, "bytes"), "16 GiB = 17179869184 bytes");
    assert.equal(formatBothWays(8192 * mebibyte, "MiB"), "8 GiB = 8192 MiB");
    assert.equal(formatBothWays(8191 * mebibyte, "MiB"), "8191 MiB");
    assert.equal(formatBothWays(500, "bytes"), "500 bytes");
  });

  it("goes both ways without loss, whatever it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: mebibyte, max: Number.MAX_SAFE_INTEGER }), (size) => {
        assert.equal(read(typedSize(size), anyBytes), size);
        assert.equal(read(formatSize(size), anyBytes), size);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 33 - 1 }), (size) =>
        assert.equal(read(typedSize(size * mebibyte)), size * mebibyte),
      ),
    );
  });
});

describe("what is refused, with what to write instead", () => {
  for (const [input, words, field] of [
    ["16", /'16' would be 16 bytes; write 16G for 16 GiB/, bytes],
    ["8192", /would be 8 KiB; write 8192M/, bytes],
    ["1.5", /has no unit; write 1.5G/, bytes],
    ["17179869184", /looks like bytes, but this setting counts in MiB; write a unit, such as 16G/, mib],
    ["0", /a size of nothing/, bytes],
    ["0G", /a size of nothing/, bytes],
    ["-1", /no sign; write 1G/, bytes],
    ["+16G", /no sign; .*16G/, bytes],
    ["1e9", /has an exponent; .*16G/, bytes],
    ["0x10", /hexadecimal; .*16G/, bytes],
    ["NaN", /no number; .*16G/, bytes],
    ["abc", /'abc' is no number; write a size with its unit, such as 16G/, bytes],
    ["", /such as 16G/, bytes],
    ["１６G", /not written in plain digits and letters; write 16G/, bytes],
    ["٣G", /is no number; .*16G/, bytes],
    ["1,5G", /decimal comma; write 1.5G/, bytes],
    ["1,50", /decimal comma; write 1.50G/, bytes],
    ["16X", /'X' is no unit; write B, K, M, G or T/, bytes],
    ["16 GG", /no unit/, bytes],
    ["16 G B", /no size; .*16G/, bytes],
    ["1.3G", /'1.3G' is no multiple of 1 MiB; write 1331M or 1332M/, bytes],
    ["1.3125K", /no multiple of 1 MiB; write 1M/, bytes],
    ["17179869185", /no multiple of 1 MiB; write 16G or 16385M/, bytes],
    ["512K", /no multiple of 1 MiB; write 1M/, mib],
    ["99999999999T", /more than can be written exactly/, bytes],
    ["9".repeat(50), /too long/, bytes],
    ["1_0G", /no size/, bytes],
    ["\u001b[2J16G", /no number/, bytes],
  ] as const)
    it(JSON.stringify(input), () => assert.match(refusal(input, field), words));

  it("nothing that is typed makes it throw, and what is taken is a whole multiple of its step", () => {
    const typed = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.stringMatching(/^[0-9.,_ ]{1,8}[kKmMgGtTiIbB]{0,3}$/),
    );
    fc.assert(
      fc.property(typed, fc.constantFrom(bytes, mib), (input, field) => {
        const size = parseSize(input, field);
        if (size.ok)
          assert.ok(Number.isSafeInteger(size.bytes) && size.bytes > 0 && size.bytes % mebibyte === 0);
        else assert.match(size.reason, /write /);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("a number of jobs or cores", () => {
  it("is a plain whole number", () => {
    assert.deepEqual(parseCount(" 8 ", 4), { ok: true, count: 8 });
  });

  for (const [input, words] of [
    ["-1", /has a sign; write a whole number, such as 4/],
    ["4.5", /no whole number/],
    ["1e9", /has an exponent/],
    ["abc", /'abc' is no number/],
    ["８", /not written in plain digits/],
    ["99999999999", /too large/],
    ["", /there is nothing; write a whole number/],
  ] as const)
    it(`and '${input}' is not`, () => {
      const count = parseCount(input, 4);
      assert.match(count.ok ? "" : count.reason, words);
    });
});
