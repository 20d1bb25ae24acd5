/** ASCII forms of the glyphs that reports use, for terminals and logs that have no others. */
const ascii: Readonly<Record<string, string>> = {
  "✖": "x",
  "✔": "+",
  "⊘": "/",
  "◐": "~",
  "·": "-",
  "…": "...",
};

export function toAscii(text: string): string {
  return text.replace(/[✖✔⊘◐·…▶○⇣]/g, (glyph) => ascii[glyph]!);
}
