/** `buildtop doctor` for people: what is wrong, the proof, why, and what to do. */
import type { FoundDiagnosis, Severity } from "../diagnoses/types.ts";
import type { MachineStatus } from "../machine/status.ts";
import { formatNoun } from "../units.ts";
import { unreachable } from "./doctor-json.ts";
import { type Line, line, type Tone } from "./line.ts";

const looks: Readonly<Record<Severity, { readonly glyph: string; readonly tone: Tone }>> = {
  error: { glyph: "✖", tone: "failed" },
  warning: { glyph: "◐", tone: "attention" },
  info: { glyph: "○", tone: "dim" },
};

export function doctorText(status: MachineStatus): Line[] {
  const title = [status.name, status.os, status.nix?.name].filter((part) => part).join(" · ");
  const lines = [line(title)];
  for (const found of status.diagnoses) lines.push(line(""), ...diagnosisLines(found));
  const unseen = [...unreachable(status), ...status.notLooked];
  if (unseen.length > 0)
    lines.push(
      line(""),
      line("  not looked at", "attention"),
      ...unseen.map(({ what, why }) => line(`    ${what}: ${why}`, "dim")),
    );
  return [...lines, line(""), summary(status)];
}

/** Errors and warnings are troubles; what is only worth knowing is none. */
export function hasTroubles({ diagnoses }: MachineStatus): boolean {
  return diagnoses.some(({ severity }) => severity !== "info");
}

function diagnosisLines({ id, severity, subject, title, evidence, cause, fixes }: FoundDiagnosis): Line[] {
  const { glyph, tone } = looks[severity];
  const lines = [
    line(`  ${glyph} ${subject}: ${title}`, tone),
    ...evidence.map(({ source, text }) => line(`      ${source}: ${text}`, "dim")),
    line(`    ${cause}`),
  ];
  for (const fix of fixes) {
    lines.push(line(`    → ${fix.title}`));
    lines.push(...fix.commands.map((command) => line(`        ${command}`, "running")));
  }
  return [...lines, line(`    ${id}`, "dim")];
}

function summary({ diagnoses, connection, notLooked }: MachineStatus): Line {
  if (connection.state !== "connected") return line("  could not look", "failed");
  const count = (severity: Severity) => diagnoses.filter((each) => each.severity === severity).length;
  const parts = [
    count("error") > 0 ? formatNoun(count("error"), "error") : "",
    count("warning") > 0 ? formatNoun(count("warning"), "warning") : "",
    count("info") > 0 ? `${count("info")} worth knowing` : "",
  ].filter((part) => part !== "");
  const troubles = diagnoses.some(({ severity }) => severity !== "info");
  const well = notLooked.length > 0 ? "what could be looked at is well" : "all is well";
  const text = troubles ? parts.join(" · ") : [well, ...parts].join(" · ");
  return line(`  ${text}`, count("error") > 0 ? "failed" : troubles ? "attention" : "good");
}
