/** What lies above the panes: help and the table of Nix commands in their place, questions and the palette over them. */
import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { commandHelp } from "../hooks/command-help.ts";
import { paletteEntries } from "../hooks/dispatch.ts";
import { type HelpLine, helpLines } from "../hooks/help-lines.ts";
import type { KeyContext } from "../hooks/key-binding.ts";
import { keyLabel } from "../hooks/key-label.ts";
import { fit, padEnd } from "../model/text/width.ts";
import type { DashboardState, Overlay } from "../store/dashboard-state.ts";
import { overlayHeight } from "../store/layout.ts";
import { hiddenFigures } from "../store/list-window.ts";
import { type QuestionRow, questionLayout, unreadReason } from "../store/question.ts";
import type { Figure } from "../store/summary.ts";
import { textOverlayLines, textOverlayRoom, textOverlayWidth } from "../store/text-overlay.ts";
import { Pane } from "./pane.tsx";
import { type Look, useTheme } from "./theme.ts";

export function Help({ state, context }: { state: DashboardState; context: KeyContext }): ReactNode {
  const theme = useTheme();
  const width = state.columns - 4;
  const lines = helpLines(context, width, theme.ascii);
  const looks: Record<HelpLine["kind"], Look> = {
    title: theme.title,
    on: {},
    off: theme.tones.idle,
    blank: {},
  };
  const top = state.overlay?.kind === "help" ? state.overlay.top : 0;
  const height = overlayHeight(state);
  return (
    <Pane
      title={[{ text: "Keys", tone: "plain" }]}
      figures={hiddenFigures(top, lines.length - top - height)}
      focused
      width={state.columns}
      height={height + 2}
    >
      {lines.slice(top, top + height).map(({ text, kind }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place on the screen is what the line is
        <Text key={index} {...looks[kind]}>
          {fit(text, width, theme.glyphs.ellipsis)}
        </Text>
      ))}
    </Pane>
  );
}

/** A question with its answers, in the middle. */
export function Question(props: {
  state: DashboardState;
  overlay: Extract<Overlay, { kind: "choice" }>;
}): ReactNode {
  const { state, overlay } = props;
  const theme = useTheme();
  const { width, rows, height, answers } = questionLayout(state, overlay);
  const drawn = ({ text, tone, choice }: QuestionRow): PopupLine => {
    if (choice === null) return { text, look: theme.tones[tone] };
    if (choice === overlay.selected) return { text, look: theme.selection };
    return { text, look: unreadReason(overlay, choice) === null ? {} : theme.tones.idle };
  };
  const below = rows.length - overlay.top - height;
  const [hidden] = hiddenFigures(overlay.top, below);
  const rest: PopupLine = {
    text: hidden ? `${theme.glyphs.ellipsis} ${hidden.text}` : "",
    look: below > 0 ? theme.tones.attention : theme.tones.idle,
  };
  const shown = rows.slice(overlay.top, overlay.top + height).map(drawn);
  return (
    <Popup
      state={state}
      title={overlay.title}
      width={width}
      lines={[...shown, rest, ...answers.map(drawn)]}
    />
  );
}

/** What a tool said, until it is closed. */
export function TextPopup(props: {
  state: DashboardState;
  overlay: Extract<Overlay, { kind: "text" }>;
}): ReactNode {
  const { state, overlay } = props;
  const [length, height] = textOverlayRoom(state, overlay.lines);
  const shown = textOverlayLines(state, overlay.lines).slice(overlay.top, overlay.top + height);
  return (
    <Popup
      state={state}
      title={overlay.title}
      width={textOverlayWidth(state, overlay.lines)}
      lines={shown.map((text) => ({ text, look: {} }))}
      figures={hiddenFigures(overlay.top, length - overlay.top - height)}
    />
  );
}

export function Palette({ state }: { state: DashboardState }): ReactNode {
  const theme = useTheme();
  const selected = state.overlay?.kind === "palette" ? state.overlay.selected : 0;
  const entries = paletteEntries(state.field?.text ?? "", state.focus);
  const width = Math.min(state.columns - 2, 84);
  const room = Math.max(Math.min(state.rows - 6, 16), 1);
  const first = Math.max(0, Math.min(selected - room + 1, entries.length - room));
  const lines = entries.slice(first, first + room).map((binding, index) => ({
    text: ` ${padEnd(keyLabel(binding.keys[0] ?? "", theme.ascii), 9)} ${commandHelp[binding.id]}`,
    look: first + index === selected ? theme.selection : {},
  }));
  if (lines.length === 0) lines.push({ text: " No command has this name.", look: theme.tones.idle });
  const figures = hiddenFigures(first, entries.length - first - room);
  return <Popup state={state} title="Commands" width={width} lines={lines} figures={figures} />;
}

interface PopupLine {
  text: string;
  look: Look;
}

/** In the middle. Over the header only where it needs that row; never over the last one, which says what keys do. */
function Popup(props: {
  state: DashboardState;
  title: string;
  width: number;
  lines: readonly PopupLine[];
  figures?: readonly Figure[];
}): ReactNode {
  const { state, title, width, lines, figures = [] } = props;
  const theme = useTheme();
  const height = lines.length + 2;
  return (
    <Box
      position="absolute"
      marginLeft={Math.max(Math.floor((state.columns - width) / 2), 0)}
      marginTop={Math.min(
        Math.max(Math.floor((state.rows - height) / 2), 1),
        Math.max(state.rows - 1 - height, 0),
      )}
    >
      <Pane
        title={[{ text: title, tone: "plain" }]}
        figures={figures}
        focused
        filled
        width={width}
        height={height}
      >
        {lines.map(({ text, look }, index) => (
          // Filled to the edge: what lies below must not shine through.
          // biome-ignore lint/suspicious/noArrayIndexKey: the place on the screen is what the line is
          <Text key={index} {...look}>
            {fit(` ${text}`, width - 2, theme.glyphs.ellipsis)}
          </Text>
        ))}
      </Pane>
    </Box>
  );
}
