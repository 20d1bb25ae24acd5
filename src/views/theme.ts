/**
 * How roles look. Only the terminal's own sixteen colours, and body text in its default one, so that light and dark
 * palettes both work; a glyph always stands beside a colour. `mono` uses none.
 */
import { createContext, use } from "react";
import type { Severity } from "../model/diagnoses/types.ts";
import type { Tone } from "../store/dashboard-state.ts";
import type { Mark } from "../store/row-description.ts";

export interface Look {
  readonly color?: string;
  readonly bold?: boolean;
  readonly dimColor?: boolean;
  readonly inverse?: boolean;
}

interface Glyphs {
  readonly marks: Record<Mark, string>;
  readonly severities: Record<Severity, string>;
  readonly succeeded: string;
  readonly failed: string;
  readonly ellipsis: string;
  readonly dot: string;
  readonly barFull: string;
  readonly barEmpty: string;
  /** Bars below each other: full blocks would grow together. */
  readonly gaugeFull: string;
  readonly gaugeEmpty: string;
  /** From the lowest level to the highest. */
  readonly levels: readonly string[];
  /** By the glyph that `stateLook` names. */
  readonly states: Readonly<Record<string, string>>;
  readonly line: string;
  readonly cornerLeft: string;
  readonly cornerRight: string;
  readonly border: "round" | "classic";
}

export interface Theme {
  readonly ascii: boolean;
  readonly tones: Record<Tone, Look>;
  readonly border: Look;
  readonly focusedBorder: Look;
  readonly title: Look;
  readonly selection: Look;
  readonly match: Look;
  readonly key: Look;
  readonly glyphs: Glyphs;
  /** Whether log lines keep their colours. */
  readonly logColors: boolean;
}

const unicodeGlyphs: Glyphs = {
  marks: {
    running: "▶",
    done: "✔",
    failed: "✖",
    cancelled: "⊘",
    planned: "○",
    download: "⇣",
    upload: "⇡",
    activity: "◐",
  },
  severities: { error: "✖", warning: "◐", info: "○" },
  succeeded: "✔",
  failed: "✖",
  ellipsis: "…",
  dot: "·",
  barFull: "█",
  barEmpty: "░",
  gaugeFull: "━",
  gaugeEmpty: "─",
  levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
  states: {},
  line: "─",
  cornerLeft: "╭",
  cornerRight: "╮",
  border: "round",
};

const asciiGlyphs: Glyphs = {
  marks: {
    running: ">",
    done: "+",
    failed: "x",
    cancelled: "/",
    planned: "o",
    download: "v",
    upload: "^",
    activity: "*",
  },
  severities: { error: "x", warning: "!", info: "i" },
  succeeded: "+",
  failed: "x",
  ellipsis: "~",
  dot: "-",
  barFull: "#",
  barEmpty: ".",
  gaugeFull: "#",
  gaugeEmpty: ".",
  levels: [".", ":", "-", "=", "+", "*", "%", "#"],
  states: { "●": "*", "◐": "~", "○": "o", "▶": ">", "✖": "x", "⊘": "/" },
  line: "-",
  cornerLeft: "+",
  cornerRight: "+",
  border: "classic",
};

export function makeTheme({ theme, ascii }: { theme: "auto" | "mono"; ascii: boolean }): Theme {
  const colored = theme === "auto";
  const look = (color: string, rest: Look = {}): Look => (colored ? { color, ...rest } : rest);
  return {
    ascii,
    tones: {
      plain: {},
      well: look("green"),
      // Plain blue cannot be read on the black of many default palettes.
      running: look("blueBright", colored ? {} : { bold: true }),
      attention: look("yellow", colored ? {} : { bold: true }),
      failed: look("red", colored ? {} : { bold: true, inverse: false }),
      idle: { dimColor: true },
    },
    border: { dimColor: true },
    focusedBorder: look("cyan"),
    title: { bold: true },
    selection: { inverse: true },
    match: { inverse: true },
    key: { bold: true },
    glyphs: ascii ? asciiGlyphs : unicodeGlyphs,
    logColors: colored,
  };
}

export const ThemeContext = createContext<Theme>(makeTheme({ theme: "auto", ascii: false }));

export function useTheme(): Theme {
  return use(ThemeContext);
}
