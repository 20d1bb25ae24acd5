import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { textWidth } from "../../src/model/text/width.ts";
import { type HeaderTexts, headerLine } from "../../src/store/header-line.ts";

const texts: HeaderTexts = {
  title: "demonstration: nixos-rebuild build",
  machine: ["studio · macOS 26.2 · Nix 2.34.8", "studio · macOS 26.2", "studio"],
  parts: [
    { forms: ["2 problems: studio does not answer", "2 problems"], tone: "failed", key: "  d", rank: 0 },
    { forms: ["3 errors"], tone: "failed", key: "  m", rank: 2 },
    { forms: ["failed after 2m04s", "failed"], tone: "failed", key: "", rank: 1 },
    { forms: ["12:03"], tone: "plain", key: "", rank: 3 },
  ],
  ellipsis: "…",
};
function at(columns: number, change: Partial<HeaderTexts> = {}): string {
  const { left, right } = headerLine(columns, { ...texts, ...change });
  return [left.join(" · "), ...right.map(({ text, key }) => text + key.trim())].join(" | ");
}

describe("the header", () => {
  it("says all that there is where there is room", () => {
    assert.equal(
      at(170),
      `${texts.machine[0]} · ${texts.title} | ${texts.parts[0]?.forms[0]}d | 3 errorsm | failed after 2m04s | 12:03`,
    );
  });

  it("leaves out what the machine is before what is watched, part by part", () => {
    const calm = { parts: texts.parts.slice(3) };
    assert.equal(at(84, calm), `studio · macOS 26.2 · ${texts.title} | 12:03`);
    assert.equal(at(70, calm), `studio · ${texts.title} | 12:03`);
    assert.equal(at(60, calm), `${texts.title} | 12:03`);
  });

  it("leaves out the clock, then Nix's own errors, and never cuts one of them", () => {
    const parts = texts.parts.map((part) => ({ ...part, forms: part.forms.slice(-1) }));
    const narrow = (columns: number) => at(columns, { parts, title: "", machine: [] });
    assert.equal(narrow(61), " | 2 problemsd | 3 errorsm | failed | 12:03");
    assert.equal(narrow(57), " | 2 problemsd | 3 errorsm | failed | 12:03");
    assert.equal(narrow(56), " | 2 problemsd | 3 errorsm | failed");
    assert.equal(narrow(40), " | 2 problemsd | failed");
    assert.equal(at(47, { title: "", machine: [] }), " | 2 problemsd | failed after 2m04s");
  });

  it("leaves a title out rather than two letters of it, and cuts it with a sign", () => {
    const calm = { parts: texts.parts.slice(3) };
    assert.equal(at(40, calm), "demonstration: nix… | 12:03");
    assert.equal(at(31, { ...calm, machine: [] }), " | 12:03");
    assert.equal(at(31, { ...calm, title: "demo" }), "demo | 12:03");
  });

  it("is never wider than the terminal, and every part in it is whole", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 });
    const part = fc.record({
      forms: fc.array(text, { minLength: 1, maxLength: 3 }),
      tone: fc.constant("plain" as const),
      key: fc.constantFrom("", "  d"),
      rank: fc.nat(5),
    });
    const given = [fc.integer({ min: 40, max: 200 }), text, fc.array(text), fc.array(part)] as const;
    fc.assert(
      fc.property(...given, (columns, title, machine, parts) => {
        const { left, right } = headerLine(columns, { title, machine, parts, ellipsis: "…" });
        const figures = right.reduce((sum, { text: shown, key }) => sum + textWidth(shown + key) + 3, 0);
        const names = left.length > 0 ? 2 + textWidth(left.join(" · ")) : 0;
        assert.ok(9 + names + figures + 1 <= columns);
        for (const { text: shown } of right) assert.ok(parts.some(({ forms }) => forms.includes(shown)));
      }),
    );
  });
});
