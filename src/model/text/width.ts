/** Text measured and cut in terminal cells, for text that `clean.ts` has cleaned. */
import stringWidth from "string-width";

const plainAscii = /^[\x20-\x7e]*$/;
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const colorCode = /\x1b\[(\d+)m/y;

/** Cells that the text takes; colours take none. */
export function textWidth(text: string): number {
  return plainAscii.test(text) ? text.length : stringWidth(text);
}

/** The text as what a reader sees as single characters; one key press each, when it was typed. */
export function graphemes(text: string): string[] {
  if (plainAscii.test(text)) return [...text];
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

/** The first `width` cells, with "…" in the last one if anything was cut. */
export function truncateEnd(text: string, width: number, ellipsis = "…"): string {
  if (textWidth(text) <= width) return text;
  if (width <= ellipsis.length) return takeStart(text, width);
  return takeStart(text, width - ellipsis.length) + ellipsis;
}

/**
 * Cuts the middle out, so that the start and the end stay: of `python3.12-some-long-name-6.12.3` the version is kept,
 * which is what tells two derivations apart. The version begins as in Nix's `parseDrvName`: after the first dash that
 * no letter follows.
 */
export function truncateMiddle(text: string, width: number, ellipsis = "…"): string {
  if (textWidth(text) <= width) return text;
  const room = width - ellipsis.length;
  if (room < 2) return takeStart(text, width);
  const version = text.search(/-[^a-zA-Z]/);
  const versionWidth = version < 0 ? 0 : textWidth(text.slice(version));
  const wanted = Math.max(versionWidth, Math.floor(room / 3));
  const end = Math.min(wanted, Math.ceil(room * 0.6));
  return takeStart(text, room - end) + ellipsis + takeEnd(text, end);
}

/** The whole text in lines of at most `width` cells, broken anywhere; later lines are indented by two. */
export function wrapCells(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (const cluster of graphemes(text)) {
    const size = textWidth(cluster);
    if (used + size > width && used > 2) {
      lines.push(line);
      line = "  ";
      used = 2;
    }
    line += cluster;
    used += size;
  }
  return [...lines, line];
}

/** Padded on the right to `width` cells; longer text is left as it is. */
export function padEnd(text: string, width: number): string {
  const missing = width - textWidth(text);
  return missing > 0 ? text + " ".repeat(missing) : text;
}

/** Padded on the left to `width` cells; longer text is left as it is. */
export function padStart(text: string, width: number): string {
  const missing = width - textWidth(text);
  return missing > 0 ? " ".repeat(missing) + text : text;
}

/** Exactly `width` cells: cut at the end or padded there. */
export function fit(text: string, width: number, ellipsis = "…"): string {
  return padEnd(truncateEnd(text, width, ellipsis), width);
}

/**
 * `width` cells from cell `start` on, of a line with the colours that `cleanLogLine` writes. A wide character that
 * would stick out is left out on either side. Colours that hold at `start` are opened, those open at the end closed.
 */
export function sliceCells(line: string, start: number, width: number): string {
  if (plainAscii.test(line)) return line.slice(start, start + width);
  const open = new Map<number, string>();
  let out = "";
  let cell = 0;
  let begun = false;
  for (let i = 0; i < line.length; ) {
    colorCode.lastIndex = i;
    const match = colorCode.exec(line);
    if (match) {
      noteColor(open, Number(match[1]), match[0]);
      if (begun) out += match[0];
      i += match[0].length;
      continue;
    }
    const nextColor = line.indexOf("\x1b", i);
    const run = line.slice(i, nextColor < 0 ? line.length : nextColor);
    for (const cluster of graphemes(run)) {
      const size = textWidth(cluster);
      if (cell >= start && cell + size <= start + width) {
        if (!begun) out = [...open.values()].join("");
        begun = true;
        out += cluster;
      }
      cell += size;
    }
    if (cell >= start + width) break;
    i += run.length || 1;
  }
  for (const attribute of open.keys()) if (begun) out += `\x1b[${attribute}m`;
  return out;
}

/** Open attributes by the code that closes them. */
function noteColor(open: Map<number, string>, code: number, sequence: string): void {
  if (code === 22 || code === 23 || code === 24 || code === 27 || code === 39) open.delete(code);
  else if (code === 1 || code === 2) open.set(22, (open.get(22) ?? "") + sequence);
  else if (code === 3) open.set(23, sequence);
  else if (code === 4) open.set(24, sequence);
  else if (code === 7) open.set(27, sequence);
  else open.set(39, sequence);
}

function takeStart(text: string, width: number): string {
  if (plainAscii.test(text)) return text.slice(0, Math.max(width, 0));
  let out = "";
  let used = 0;
  for (const cluster of graphemes(text)) {
    used += textWidth(cluster);
    if (used > width) break;
    out += cluster;
  }
  return out;
}

function takeEnd(text: string, width: number): string {
  if (width <= 0) return "";
  if (plainAscii.test(text)) return text.slice(-width);
  let out = "";
  let used = 0;
  for (const cluster of graphemes(text).reverse()) {
    used += textWidth(cluster);
    if (used > width) break;
    out = cluster + out;
  }
  return out;
}
