/** How a builder's state is shown: a glyph, a word, a tone. The same everywhere. */
import type { BuilderState } from "./types.ts";

export interface StateLook {
  readonly glyph: string;
  readonly word: string;
  readonly tone: "good" | "running" | "attention" | "failed" | "dim";
}

const looks: Readonly<Record<BuilderState, StateLook>> = {
  healthy: { glyph: "●", word: "healthy", tone: "good" },
  idle: { glyph: "◐", word: "idle", tone: "dim" },
  building: { glyph: "▶", word: "building", tone: "running" },
  booting: { glyph: "◐", word: "booting", tone: "attention" },
  wedged: { glyph: "✖", word: "does not answer", tone: "failed" },
  stopped: { glyph: "○", word: "stopped", tone: "failed" },
  "crash-looping": { glyph: "✖", word: "crashes again and again", tone: "failed" },
  disabled: { glyph: "⊘", word: "disabled", tone: "dim" },
  unreachable: { glyph: "○", word: "unreachable", tone: "failed" },
  "not-granted": { glyph: "⊘", word: "not granted", tone: "attention" },
  "not-configured": { glyph: "⊘", word: "not configured", tone: "attention" },
  unknown: { glyph: "○", word: "unknown", tone: "dim" },
};

export function stateLook(state: BuilderState): StateLook {
  return looks[state];
}

/** Whether a person should do something about it. What nobody has set up is missed by nobody. */
export function isTrouble(state: BuilderState): boolean {
  return ["wedged", "stopped", "crash-looping", "unreachable", "not-granted"].includes(state);
}
