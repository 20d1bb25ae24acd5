/** The text of docs/diagnoses.md, made from the table. */
import { diagnosisGroups } from "./all.ts";
import type { Diagnosis } from "./types.ts";

export function diagnosesMarkdown(): string {
  const lines = [
    "# Diagnoses",
    "",
    "Made from `src/model/diagnoses` by `node --import tsx test/support/write-diagnoses.ts`; a test checks that it is current.",
    "",
    "`buildtop doctor` tells them with their evidence, the cause and what mends them; `buildtop doctor --json` and",
    "`buildtop status --json` name them by these ids, which stay as they are.",
    "",
    "**error**: builds fail now. **warning**: they will, or are needlessly slow. **info**: worth knowing; alone it is no",
    "trouble, and the exit status stays 0. One that follows from another is kept back while that one is told of the same",
    "builder.",
  ];
  for (const { title, diagnoses } of diagnosisGroups) {
    lines.push("", `## ${title}`, "", "| Id | Severity | Says | Is seen by |", "|---|---|---|---|");
    lines.push(...diagnoses.map(row));
  }
  return `${lines.join("\n")}\n`;
}

function row({ id, severity, title, looksAt }: Diagnosis): string {
  return `| \`${id}\` | ${severity} | ${title} | ${looksAt.replaceAll("|", "\\|")} |`;
}
