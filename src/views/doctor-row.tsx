import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { fit, padEnd, textWidth, truncateMiddle } from "../model/text/width.ts";
import type { Tone } from "../store/dashboard-state.ts";
import type { DoctorRow } from "../store/doctor-rows.ts";
import { severityTones } from "../store/machine-problems.ts";
import { type Theme, useTheme } from "./theme.ts";

/** Widths, each with the gap before it; 0: not drawn. */
export interface DoctorColumns {
  readonly title: number;
  /** What it is about. */
  readonly subject: number;
  /** Only where several are watched. */
  readonly machine: number;
  /** What came of a fix. */
  readonly note: number;
  /** Left over at the end. */
  readonly rest: number;
}

const markWidth = 2;
const gap = 2;
const mostSubject = 26;
const mostMachine = 18;
/** Titles are sentences: with less room for them, what they are about stands in the sentence. */
const leastTitle = 44;

export function doctorColumns(rows: readonly DoctorRow[], width: number, several: boolean): DoctorColumns {
  const texts = rows.map(textsOf);
  const widest = (values: readonly string[], most: number) => {
    const longest = Math.max(...values.map(textWidth), 0);
    return longest === 0 ? 0 : Math.min(longest, most) + gap;
  };
  const least = Math.min(leastTitle, width - markWidth);
  let left = width - markWidth - least;
  const take = (wanted: number) => {
    if (wanted > left) return 0;
    left -= wanted;
    return wanted;
  };
  const note = take(
    widest(
      texts.map((text) => text.note),
      20,
    ),
  );
  const machine = several
    ? take(
        widest(
          texts.map((text) => text.machine),
          mostMachine,
        ),
      )
    : 0;
  const subject = take(
    widest(
      texts.map((text) => text.subject),
      mostSubject,
    ),
  );
  const words = texts.map((text) => (subject > 0 ? text.title : text.sentence));
  const title = Math.min(Math.max(...words.map(textWidth), 0), least + left);
  return { title, subject, machine, note, rest: least + left - title };
}

export interface DoctorRowLineProps {
  row: DoctorRow;
  columns: DoctorColumns;
  selected: boolean;
}

export function DoctorRowLine({ row, columns, selected }: DoctorRowLineProps): ReactNode {
  const theme = useTheme();
  const { ellipsis } = theme.glyphs;
  const { glyph, tone } = markOf(row, theme);
  const { title, sentence, subject, machine, note } = textsOf(row);
  // A selected row is drawn in one look: inverse colours side by side would be a patchwork.
  const bar = selected ? theme.selection : null;
  const quiet = bar ?? theme.tones.idle;
  const words = columns.subject > 0 ? title : sentence;
  const column = (text: string, width: number) =>
    width > 0 && (
      <Text
        {...quiet}
      >{`${" ".repeat(gap)}${padEnd(truncateMiddle(text, width - gap, ellipsis), width - gap)}`}</Text>
    );
  return (
    <Box height={1}>
      <Text {...(bar ?? theme.tones[tone])}>{`${glyph} `}</Text>
      <Text {...(bar ?? (row.kind === "unseen" || row.kind === "looking" ? theme.tones.idle : {}))}>
        {fit(words, columns.title, ellipsis)}
      </Text>
      {column(subject, columns.subject)}
      {column(machine, columns.machine)}
      {columns.note > 0 && (
        <Text {...(bar ?? theme.tones.attention)}>
          {`${" ".repeat(gap)}${fit(note, columns.note - gap, ellipsis)}`}
        </Text>
      )}
      {bar && <Text {...bar}>{" ".repeat(columns.rest)}</Text>}
    </Box>
  );
}

function markOf(row: DoctorRow, { glyphs }: Theme): { glyph: string; tone: Tone } {
  if (row.kind === "problem") {
    const { severity } = row.problem;
    return { glyph: glyphs.severities[severity], tone: severityTones[severity] };
  }
  if (row.kind === "well" || row.kind === "gone") return { glyph: glyphs.succeeded, tone: "well" };
  return { glyph: row.kind === "looking" ? glyphs.marks.activity : "?", tone: "idle" };
}

interface RowTexts {
  title: string;
  /** The title with what it is about in it. */
  sentence: string;
  subject: string;
  machine: string;
  note: string;
}

function textsOf(row: DoctorRow): RowTexts {
  const plain = { subject: "", machine: "", note: "" };
  if (row.kind === "problem") {
    const { title, sentence, subject, machine } = row.problem;
    return { title, sentence, subject, machine, note: row.tried?.outcome ?? "" };
  }
  if (row.kind === "gone") {
    const { title, sentence, subject, machine } = row.tried.problem;
    // The trouble's own words beside a mark of health would read as if it went on.
    return { ...plain, title: `mended: ${title}`, sentence: `mended: ${sentence}`, subject, machine };
  }
  if (row.kind === "unseen") {
    const title = `not looked at: ${row.unseen.what}`;
    return { ...plain, title, sentence: title, machine: row.machine };
  }
  const title =
    row.kind === "looking"
      ? `${row.machine} is being looked at`
      : !row.all
        ? "What could be looked at is well."
        : row.minor
          ? "Nothing is wrong; what follows is worth knowing."
          : "Everything is well.";
  return { ...plain, title, sentence: title };
}
