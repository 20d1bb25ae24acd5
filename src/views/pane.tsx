import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { textWidth, truncateMiddle } from "../model/text/width.ts";
import type { Figure } from "../store/summary.ts";
import { useTheme } from "./theme.ts";

export interface PaneProps {
  /** Left in the border; the first is the pane's name. Later ones are left out if there is no room. */
  title: readonly Figure[];
  /** Right in the border. */
  figures: readonly Figure[];
  focused: boolean;
  /** With the border. */
  width: number;
  height: number;
  /** The lines are filled to the border by themselves, so that nothing shines through from below. */
  filled?: boolean;
  children: ReactNode;
}

/** A box with its title and figures in the upper border, which Ink has no way to draw. */
export function Pane({ title, figures, focused, width, height, filled, children }: PaneProps): ReactNode {
  const theme = useTheme();
  const { border } = theme.glyphs;
  const look = focused ? theme.focusedBorder : theme.border;
  return (
    <Box flexDirection="column" width={width} height={height} flexShrink={0}>
      <TopBorder title={title} figures={figures} focused={focused} width={width} />
      <Box
        flexDirection="column"
        height={height - 1}
        borderStyle={border}
        borderTop={false}
        borderDimColor={look.dimColor ?? false}
        {...(look.color === undefined ? {} : { borderColor: look.color })}
        paddingX={filled ? 0 : 1}
        overflow="hidden"
      >
        {children}
      </Box>
    </Box>
  );
}

function TopBorder({
  title,
  figures,
  focused,
  width,
}: Omit<PaneProps, "height" | "filled" | "children">): ReactNode {
  const theme = useTheme();
  const { cornerLeft, cornerRight, line, dot, ellipsis } = theme.glyphs;
  const look = focused ? theme.focusedBorder : theme.border;
  const separator = ` ${dot} `;
  // Corners, a line beside each, and a space around each text.
  const room = width - 6;
  const left = fitFigures(title, room, separator.length, ellipsis);
  const leftWidth = joinedWidth(left, separator.length);
  const right = fitFigures(figures, room - leftWidth - 3, separator.length, null);
  const rightWidth = joinedWidth(right, separator.length);
  const fill = width - 4 - leftWidth - (rightWidth > 0 ? rightWidth + 3 : 0);
  return (
    <Box height={1}>
      <Text {...look}>{`${cornerLeft} `}</Text>
      <Figures figures={left} separator={separator} named={focused} />
      <Text {...look}>{` ${line.repeat(Math.max(fill, 0))}`}</Text>
      {rightWidth > 0 && (
        <>
          <Text> </Text>
          <Figures figures={right} separator={separator} named={false} />
          <Text {...look}>{` ${line}`}</Text>
        </>
      )}
      <Text {...look}>{cornerRight}</Text>
    </Box>
  );
}

function Figures(props: { figures: readonly Figure[]; separator: string; named: boolean }): ReactNode {
  const theme = useTheme();
  return props.figures.map(({ text, tone }, index) => (
    // The order is the identity: figures have no other.
    // biome-ignore lint/suspicious/noArrayIndexKey: see above
    <Text key={index}>
      {index > 0 && <Text dimColor>{props.separator}</Text>}
      <Text {...(index === 0 && props.named ? theme.title : theme.tones[tone])}>{text}</Text>
    </Text>
  ));
}

/** A cut figure shorter than this says nothing. */
const shortestCut = 10;

/** As many as fit, from the left; with an ellipsis given, the first that does not is cut if that leaves enough of it. */
function fitFigures(
  figures: readonly Figure[],
  room: number,
  separator: number,
  ellipsis: string | null,
): readonly Figure[] {
  const fitting: Figure[] = [];
  let left = room;
  for (const figure of figures) {
    left -= fitting.length > 0 ? separator : 0;
    const size = textWidth(figure.text);
    if (size <= left) {
      fitting.push(figure);
      left -= size;
      continue;
    }
    const cut = ellipsis !== null && (fitting.length === 0 || left >= shortestCut);
    if (cut) fitting.push({ ...figure, text: truncateMiddle(figure.text, Math.max(left, 0), ellipsis) });
    break;
  }
  return fitting;
}

function joinedWidth(figures: readonly Figure[], separator: number): number {
  const texts = figures.reduce((sum, { text }) => sum + textWidth(text), 0);
  return texts + Math.max(figures.length - 1, 0) * separator;
}
