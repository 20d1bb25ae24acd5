import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { fit, textWidth } from "../model/text/width.ts";
import type { GaugeLine, GaugePart } from "../store/gauge-figures.ts";
import { type Theme, useTheme } from "./theme.ts";

/** One row of words, bars and graphs, cut to `width`. */
export function PartsLine({ line, width }: { line: GaugeLine; width: number }): ReactNode {
  const theme = useTheme();
  let room = width;
  return (
    <Box height={1}>
      {line.map((part, index) => {
        const text = fit(textOf(part, theme), Math.min(textWidthOf(part), room), theme.glyphs.ellipsis);
        room -= textWidth(text);
        const tone = theme.tones[part.tone];
        const look = part.kind === "text" && part.bold ? { ...tone, ...theme.key } : tone;
        if (part.kind !== "bar")
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <Text key={index} {...look}>
              {text}
            </Text>
          );
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          <Text key={index}>
            <Text {...look}>{text.slice(0, part.filled)}</Text>
            <Text dimColor>{text.slice(part.filled)}</Text>
          </Text>
        );
      })}
    </Box>
  );
}

function textWidthOf(part: GaugePart): number {
  return part.kind === "text" ? textWidth(part.text) : part.kind === "bar" ? part.cells : part.levels.length;
}

function textOf(part: GaugePart, { glyphs }: Theme): string {
  if (part.kind === "text") return part.text.replaceAll("…", glyphs.ellipsis);
  if (part.kind === "bar")
    return glyphs.gaugeFull.repeat(part.filled) + glyphs.gaugeEmpty.repeat(part.cells - part.filled);
  return part.levels.map((level) => (level === null ? " " : (glyphs.levels[level] ?? ""))).join("");
}
