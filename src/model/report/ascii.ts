/** ASCII forms of the glyphs that reports use, for terminals and logs that have no others. */
const ascii: Readonly<Record<string, string>> = {
  "✖": "x",
  "✔": "+",
  "⊘": "/",
  "◐": "*",
  "▶": ">",
  "○": "o",
  "⇣": "v",
  "⇡": "^",
  "·": "-",
  "…": "...",
  "→": "->",
};

const glyphs = new RegExp(`[${Object.keys(ascii).join("")}]`, "g");

export function toAscii(text: string): string {
  return text.replace(glyphs, (glyph) => ascii[glyph]!);
}
