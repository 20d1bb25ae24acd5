import { textWidth, wrapCells } from "../model/text/width.ts";

/** The same for a line that begins with blanks: all its lines do. What has blanks in a row within is kept exact. */
export function wrapIndented(text: string, width: number): string[] {
  if (textWidth(text) <= width) return [text];
  const [, indent = "", body = ""] = /^( *)(.*)$/s.exec(text) ?? [];
  if (body.includes("  ") || indent.length > width / 2) return wrapCells(text, width);
  return wrapWords(body, width - indent.length).map((line) => indent + line);
}

/** The text in lines of at most `width` cells, broken between words where it can be. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (word === "") continue;
    if (line !== "" && textWidth(line) + 1 + textWidth(word) > width) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
    if (textWidth(line) <= width) continue;
    // A path that is longer than the pane.
    const pieces = wrapCells(line, Math.max(width, 3)).map((piece) => piece.trimStart());
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? "";
  }
  return line === "" ? lines : [...lines, line];
}
