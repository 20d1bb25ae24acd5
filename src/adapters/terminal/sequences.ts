/**
 * Escape sequences that we send besides Ink's drawing, each as a string. Texts in them are cleaned here again, because
 * a terminal obeys what stands in a title.
 *
 * Sources: xterm's ctlseqs ("Operating System Commands", "Mouse Tracking", XTWINOPS), ConEmu's ANSI page for OSC 9;4,
 * tmux(1) allow-passthrough.
 */
import { cleanText } from "../../model/text/clean.ts";
import { truncateEnd } from "../../model/text/width.ts";
import type { TerminalCapabilities } from "./capabilities.ts";

const esc = "\x1b";
const stringEnd = `${esc}\\`;

export const saveTitle = `${esc}[22;2t`;
export const restoreTitle = `${esc}[23;2t`;
/** Clicks and wheel (1000) as SGR reports (1006), which have no limit of 223 columns. */
export const mouseOn = `${esc}[?1000h${esc}[?1006h`;
export const mouseOff = `${esc}[?1006l${esc}[?1000l`;
export const focusReportsOn = `${esc}[?1004h`;
export const focusReportsOff = `${esc}[?1004l`;
/** Bracketed paste off, cursor shown, main screen, attributes plain: what Ink switches on, for the last resort. */
export const inkOff = `${esc}[?2004l${esc}[?1049l${esc}[?25h${esc}[0m`;

export function setTitle(title: string): string {
  return `${esc}]2;${truncateEnd(cleanText(title), 80)}${stringEnd}`;
}

export type TerminalProgress = { state: "none" | "busy" } | { state: "share" | "failed"; share: number };

/** OSC 9;4: `share` is 0…1. */
export function setProgress(progress: TerminalProgress): string {
  const codes = { none: "0;0", busy: "3;0", share: "1", failed: "2" };
  const code = codes[progress.state];
  const percent = "share" in progress ? `;${Math.round(Math.min(Math.max(progress.share, 0), 1) * 100)}` : "";
  return `${esc}]9;4;${code}${percent}${stringEnd}`;
}

/** Terminals drop longer ones: xterm keeps about 100,000 bytes of base64. */
const longestClipboard = 74_000;

/**
 * OSC 52 puts text on the clipboard, also over ssh. tmux takes it itself with `set-clipboard on` or hands it through
 * with `allow-passthrough on`: both forms are sent, since either may be switched off. `null` if the text is too long.
 */
export function copyToClipboard(
  text: string,
  { multiplexer }: Pick<TerminalCapabilities, "multiplexer">,
): string | null {
  const encoded = Buffer.from(text, "utf8").toString("base64");
  if (encoded.length > longestClipboard) return null;
  const sequence = `${esc}]52;c;${encoded}${stringEnd}`;
  if (multiplexer === "tmux") return sequence + throughTmux(sequence);
  return multiplexer === "screen" ? `${esc}P${sequence}${stringEnd}` : sequence;
}

/** Rings or notifies. In tmux a notification needs `allow-passthrough on`; the bell always gets through. */
export function notify(
  way: "bell" | "osc9" | "osc777",
  text: string,
  { multiplexer }: Pick<TerminalCapabilities, "multiplexer">,
): string {
  if (way === "bell") return "\x07";
  // A semicolon would be read as the next field.
  const clean = truncateEnd(cleanText(text), 80).replaceAll(";", ",");
  const sequence =
    way === "osc9" ? `${esc}]9;${clean}${stringEnd}` : `${esc}]777;notify;buildtop;${clean}${stringEnd}`;
  return multiplexer === "tmux" ? throughTmux(sequence) : sequence;
}

function throughTmux(sequence: string): string {
  return `${esc}Ptmux;${sequence.replaceAll(esc, esc + esc)}${stringEnd}`;
}
