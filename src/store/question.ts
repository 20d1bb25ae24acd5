/** A question before something is changed: how it stands on this screen, and whether all of it was in sight. */
import { textWidth } from "../model/text/width.ts";
import type { Choice, DashboardState, Overlay, QuestionLine, Tone } from "./dashboard-state.ts";
import { layoutOf } from "./layout.ts";
import { wrapIndented } from "./wrap-words.ts";

type Question = Extract<Overlay, { kind: "choice" }>;
type Size = Pick<DashboardState, "columns" | "rows">;

export interface QuestionRow {
  readonly text: string;
  readonly tone: Tone;
  /** Which answer stands here; `null`: none. */
  readonly choice: number | null;
}

export interface QuestionLayout {
  /** With the border. */
  readonly width: number;
  /** All that is read, `height` of them at a time. */
  readonly rows: readonly QuestionRow[];
  readonly height: number;
  /** The answers, where they stay in sight below that; on the smallest screens they follow at the end of `rows`. */
  readonly answers: readonly QuestionRow[];
}

/** Fewer rows than this to read in are none: the answers then scroll with the text. */
const leastToRead = 3;

/** The last answer is the one that changes nothing. */
export function openQuestion(title: string, lines: Question["lines"], choices: readonly Choice[]): Question {
  return { kind: "choice", title, lines, choices, selected: choices.length - 1, top: 0, read: false };
}

/** Wrapped, not cut: what is agreed to must have been seen. What hurts goes first where not all of it fits. */
export function questionLayout(size: Size, { title, lines, choices }: Question): QuestionLayout {
  const told = lines.map(
    (line): QuestionLine => (typeof line === "string" ? { text: line, tone: "plain" } : line),
  );
  const labels = choices.map(({ label }) => textWidth(label) + 5);
  const widest = Math.max(...told.map(({ text }) => textWidth(text)), ...labels, textWidth(title) + 2, 40);
  const width = Math.min(size.columns - 2, widest + 4);
  const answers = choices.flatMap(({ key, label }, choice) =>
    wrapIndented(label, width - 8).map(
      (text, at): QuestionRow => ({
        text: ` ${at === 0 ? key : " ".repeat(key.length)}  ${text}`,
        tone: "plain",
        choice,
      }),
    ),
  );
  const wrapped = (of: readonly QuestionLine[]) =>
    of.flatMap(({ text, tone }) =>
      wrapIndented(text, width - 4).map((row): QuestionRow => ({ text: row, tone, choice: null })),
    );
  const named: QuestionLine[] = textWidth(title) > width - 6 ? [{ text: title, tone: "plain" }] : [];
  const whole = wrapped([...named, ...told]);
  // Border, an empty row above the answers, header and footer.
  const room = Math.max(size.rows - 5 - answers.length, 1);
  if (whole.length <= room) return { width, rows: whole, height: whole.length, answers };
  const dense = whole.filter(({ text }) => text !== "");
  if (dense.length <= room) return { width, rows: dense, height: dense.length, answers };
  const sorted = [...told.filter(({ grave }) => grave), ...told.filter(({ grave }) => !grave)];
  const rows = wrapped([...named, ...sorted]).filter(({ text }) => text !== "");
  // It may lie over the header.
  const more = room + 1;
  if (size.rows - 4 - answers.length >= leastToRead) return { width, rows, height: more, answers };
  return { width, rows: [...rows, ...answers], height: Math.max(size.rows - 4, 1), answers: [] };
}

/** How many rows there are, and how many of them fit. */
export function questionRoom(size: Size, question: Question): [length: number, height: number] {
  const { rows, height } = questionLayout(size, question);
  return [rows.length, height];
}

export function scrollsQuestion(size: Size, question: Question): boolean {
  const [length, height] = questionRoom(size, question);
  return length > height;
}

/** Why this answer cannot be given yet; `null` if it can. Leaving all as it is can be chosen unread. */
export function unreadReason(question: Question, choice: number): string | null {
  if (question.read || choice === question.choices.length - 1) return null;
  return "Read on to its end first: there is more below.";
}

/** No further than its end; once that was in sight, it has been read. */
export function settleQuestion(state: DashboardState): DashboardState {
  const { overlay } = state;
  // Where nothing can be drawn, nothing can be read.
  if (overlay?.kind !== "choice" || layoutOf(state).tooSmall) return state;
  const { rows, height } = questionLayout(state, overlay);
  const top = Math.max(0, Math.min(overlay.top, rows.length - height));
  const read = overlay.read || top + height >= rows.length;
  return top === overlay.top && read === overlay.read
    ? state
    : { ...state, overlay: { ...overlay, top, read } };
}
