/** Turns what Ink hands over for one read of the terminal into single, named keys. */
import type { Key } from "ink";
import { graphemes } from "../model/text/width.ts";

/**
 * Several keys that arrive in one read (a held key, a slow connection) come as one text: `jjj` is three keys.
 * Names are those of the key table: "j", "G", "ctrl-d", "down", "enter", "shift-tab", "space".
 */
export function keyNames(input: string, key: Key): string[] {
  if (key.eventType === "release") return [];
  const special = specialName(key);
  if (special !== null) return [special];
  if (key.ctrl && input.length === 1) return [`ctrl-${input.toLowerCase()}`];
  // Alt with a letter means nothing here and must not act as the letter.
  if (key.meta || key.super || key.hyper) return [];
  return graphemes(input).flatMap(graphemeName);
}

function specialName(key: Key): string | null {
  if (key.upArrow) return "up";
  if (key.downArrow) return "down";
  if (key.leftArrow) return "left";
  if (key.rightArrow) return "right";
  if (key.pageDown) return "pagedown";
  if (key.pageUp) return "pageup";
  if (key.home) return "home";
  if (key.end) return "end";
  if (key.return) return "enter";
  if (key.escape) return "esc";
  if (key.tab) return key.shift ? "shift-tab" : "tab";
  if (key.backspace) return "backspace";
  if (key.delete) return "delete";
  return null;
}

function graphemeName(grapheme: string): string[] {
  const code = grapheme.codePointAt(0) ?? 0;
  if (grapheme === " ") return ["space"];
  if (grapheme === "\r" || grapheme === "\n" || grapheme === "\r\n") return ["enter"];
  if (grapheme === "\t") return ["tab"];
  if (grapheme === "\x7f" || grapheme === "\b") return ["backspace"];
  if (code === 0x1b) return ["esc"];
  if (code > 0 && code < 0x1b) return [`ctrl-${String.fromCharCode(code + 0x60)}`];
  return code < 0x20 ? [] : [grapheme];
}
