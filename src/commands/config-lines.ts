/** What `buildtop config` prints of a plan and of a failure. */
import { shownCommand } from "../model/actions/tool-words.ts";
import { type Line, line } from "../model/report/line.ts";
import type { SavePlan } from "../model/settings/save-types.ts";
import { cleanText } from "../model/text/clean.ts";

/** The diff, what to know, and what restarts. */
export function planLines({ diff, notes, restart, restartRefused }: SavePlan): Line[] {
  const marks = { same: " ", removed: "-", added: "+" } as const;
  const tones = { same: "dim", removed: "failed", added: "good" } as const;
  return [
    ...diff.map(({ kind, text }) => line(`  ${marks[kind]} ${text}`, tones[kind])),
    ...notes.map(({ level, text }) =>
      line(`  ${cleanText(text)}`, level === "warning" ? "attention" : "plain"),
    ),
    ...(restart
      ? [
          line("  it holds after a restart:", "dim"),
          ...restart.commands.map((command) => line(`    ${shownCommand(command)}`, "dim")),
          ...restart.consequences.map((text) => line(`    ${text}`, "attention")),
        ]
      : []),
    ...(restartRefused === null ? [] : [line(`  ${restartRefused}`, "attention")]),
  ];
}

/** The first line says what is true now, and who says so. */
export function failureLines(lines: readonly string[]): Line[] {
  return lines.map((text, at) =>
    at === 0 ? line(`buildtop: ${text}`, "failed") : line(`  ${text}`, "plain"),
  );
}

/** The same of what was refused before anything was done. `nothing`: in words, "nothing was written". */
export function refusalLines(lines: readonly string[], nothing: string): Line[] {
  const [first = "", ...rest] = lines;
  return failureLines([/\bnothing (?:was|is) /.test(first) ? first : `${nothing}: ${first}`, ...rest]);
}
