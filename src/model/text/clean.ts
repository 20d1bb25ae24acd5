/**
 * The one place where text from outside becomes safe to draw.
 *
 * Build logs, names, paths and host names are written by others. Drawn raw, they could move the cursor, set the
 * title or the clipboard, hide or reorder words. Adapters and the stream model pass every such string through here,
 * so that no view ever has to think of it.
 *
 * Control strings and sequences: ECMA-48 (5th edition), sections 5.4 and 5.6, in their 7-bit and 8-bit forms.
 */

/** Longest text that is kept, in UTF-16 units; what is longer ends with "…". Bounds the work of every regex below. */
export const longestText = 4096;

const plainAscii = /^[\x20-\x7e]*$/;

/** OSC, DCS, SOS, PM, APC with all they carry, up to their terminator or, without one, to the end. */
const controlStrings =
  /(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x18\x1a\x1b\x9c]*(?:\x07|\x18|\x1a|\x9c|\x1b\\)?/g;
const controlSequences = /(?:\x1b\[|\x9b)[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]?/g;
const otherEscapes = /\x1b[\x20-\x2f]*[\x30-\x7e]?/g;
const selectGraphicRendition = /(?:\x1b\[|\x9b)([\d;:]*)m/g;

const lineBreaks = /[\n\v\f\x85\u2028\u2029]+/g;
/**
 * Controls, direction marks, tags, fillers, variation selectors and every other character that is meant not to be
 * seen. The joiner (U+200D) stays: Indic words and emoji are made with it.
 */
const unseen = /[[\p{Cc}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]--[\u200d]]/gv;
const stackedMarks = /([\p{M}\u200d]{4})[\p{M}\u200d]+/gu;
const leadingMarks = /^[\p{M}\u200d]+/u;

/**
 * One line of plain text: no escape sequence, no control, bidi or invisible character, at most four combining marks
 * on one letter, no lone surrogate. After a carriage return only what overwrote the line is kept.
 */
export function cleanText(text: string): string {
  if (text.length <= longestText && plainAscii.test(text)) return text;
  const visible = cap(lastOverwrite(text)).replace(controlStrings, "");
  return cleanSegment(visible.replaceAll("\t", " "));
}

/**
 * A line of a build log, cleaned like `cleanText` but with its colours. The colours are read, reduced to the sixteen
 * of the terminal's own palette (so that they stay readable on light and dark), and written anew by us: bold, dim,
 * italic, underline, inverse and foreground only, each closed at the end. Tabs become spaces up to the next eighth column.
 */
export function cleanLogLine(line: string): string {
  if (line.length <= longestText && plainAscii.test(line)) return line;
  const visible = cap(lastOverwrite(line)).replace(controlStrings, "");
  let out = "";
  let column = 0;
  let shown = plainStyle;
  let wanted = plainStyle;
  let last = 0;
  const append = (raw: string) => {
    if (raw === "") return;
    let text = "";
    for (const [index, part] of raw.split("\t").entries()) {
      if (index > 0) {
        const gap = 8 - (column % 8);
        text += " ".repeat(gap);
        column += gap;
      }
      const clean = cleanSegment(part);
      text += clean;
      column += clean.length;
    }
    // A mark that begins a segment would sit on a letter of another one and slip past the cap on stacked marks.
    if (out !== "") text = text.replace(leadingMarks, "");
    if (text === "") return;
    out += styleChange(shown, wanted) + text;
    shown = wanted;
  };
  for (const match of visible.matchAll(selectGraphicRendition)) {
    append(visible.slice(last, match.index));
    last = match.index + match[0].length;
    wanted = applyCodes(wanted, match[1] ?? "");
  }
  append(visible.slice(last));
  return out + styleChange(shown, plainStyle);
}

/** Takes the colours out of what `cleanLogLine` returned. */
export function withoutColors(line: string): string {
  return line.includes("\x1b") ? line.replace(/\x1b\[\d+m/g, "") : line;
}

/** What a terminal would show at last: each carriage return starts the line again, but one at the end is a line end. */
function lastOverwrite(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === "\r" || text[end - 1] === "\n")) end -= 1;
  const start = text.lastIndexOf("\r", end - 1) + 1;
  return end === 0 ? "" : text.slice(start, end);
}

function cap(text: string): string {
  if (text.length <= longestText) return text.toWellFormed();
  const cut = text.slice(0, longestText - 1);
  // Not through the middle of a pair.
  return `${(/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut).toWellFormed()}…`;
}

function cleanSegment(text: string): string {
  if (plainAscii.test(text)) return text;
  return text
    .replace(controlStrings, "")
    .replace(controlSequences, "")
    .replace(otherEscapes, "")
    .replace(lineBreaks, " ")
    .replace(unseen, "")
    .replace(stackedMarks, "$1");
}

interface Style {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
  /** SGR code 30–37 or 90–97, 39 = the terminal's own. */
  readonly color: number;
}

const plainStyle: Style = {
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
  color: 39,
};

/** Codes that are not named here (blink, conceal, backgrounds, fonts) are left out. */
function applyCodes(style: Style, parameters: string): Style {
  const codes = parameters.split(";");
  let next = style;
  for (let i = 0; i < codes.length; i++) {
    const parts = (codes[i] ?? "").split(":");
    const code = Number(parts[0] || "0");
    if (code === 38 || code === 48 || code === 58) {
      // Either 38:5:n in one parameter or 38;5;n in several, which are then eaten here.
      const colon = parts.length > 1;
      const rest = colon ? parts.slice(1) : codes.slice(i + 1);
      const used = rest[0] === "5" ? 2 : rest[0] === "2" ? 4 : 1;
      if (!colon) i += used;
      const numbers = rest.map(Number);
      // 38:2::r:g:b carries a colour space before the three.
      const rgb = colon && numbers.length > 4 ? numbers.slice(2, 5) : numbers.slice(1, 4);
      const color = rest[0] === "5" ? indexedColor(numbers[1]) : rest[0] === "2" ? nearestColor(rgb) : null;
      if (code === 38 && color !== null) next = { ...next, color };
    } else if (code === 0) next = plainStyle;
    else if (code === 1) next = { ...next, bold: true };
    else if (code === 2) next = { ...next, dim: true };
    else if (code === 3) next = { ...next, italic: true };
    else if (code === 4) next = { ...next, underline: parts[1] !== "0" };
    else if (code === 7) next = { ...next, inverse: true };
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code === 23) next = { ...next, italic: false };
    else if (code === 24) next = { ...next, underline: false };
    else if (code === 27) next = { ...next, inverse: false };
    else if ((code >= 30 && code <= 37) || code === 39 || (code >= 90 && code <= 97))
      next = { ...next, color: code };
  }
  return next;
}

/** One of xterm's 256 colours as the nearest of the sixteen: 16–231 are a cube of six steps, 232–255 grey. */
function indexedColor(index: number | undefined): number | null {
  if (index === undefined || !Number.isInteger(index) || index < 0 || index > 255) return null;
  if (index < 8) return 30 + index;
  if (index < 16) return 82 + index;
  if (index >= 232) return greyColor((index - 232) * 10 + 8);
  const cube = index - 16;
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
  return nearestColor([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]);
}

function nearestColor(rgb: readonly number[]): number | null {
  const [red = Number.NaN, green = Number.NaN, blue = Number.NaN] = rgb;
  const most = Math.max(red, green, blue);
  const least = Math.min(red, green, blue);
  if (!(least >= 0 && most <= 255)) return null;
  if (most - least < 32) return greyColor(most);
  const half = (most + least) / 2;
  const bits = (red > half ? 1 : 0) + (green > half ? 2 : 0) + (blue > half ? 4 : 0);
  return (most > 215 ? 90 : 30) + bits;
}

/** Near-black and near-white would vanish on one background or the other: they become the terminal's own colour. */
function greyColor(level: number): number {
  return level > 64 && level < 160 ? 90 : 39;
}

function styleChange(from: Style, to: Style): string {
  if (from === to) return "";
  let codes = "";
  if ((from.bold && !to.bold) || (from.dim && !to.dim)) {
    codes += "\x1b[22m";
    if (to.bold) codes += "\x1b[1m";
    if (to.dim) codes += "\x1b[2m";
  } else {
    if (to.bold && !from.bold) codes += "\x1b[1m";
    if (to.dim && !from.dim) codes += "\x1b[2m";
  }
  if (from.italic !== to.italic) codes += to.italic ? "\x1b[3m" : "\x1b[23m";
  if (from.underline !== to.underline) codes += to.underline ? "\x1b[4m" : "\x1b[24m";
  if (from.inverse !== to.inverse) codes += to.inverse ? "\x1b[7m" : "\x1b[27m";
  if (from.color !== to.color) codes += `\x1b[${to.color}m`;
  return codes;
}
