/** From the facts to what is wrong: every diagnosis of the table, those that follow from others kept back. */
import type { Ask } from "../machine/due.ts";
import type { MachineFacts } from "../machine/facts.ts";
import { allDiagnoses } from "./all.ts";
import { notLookedInside } from "./not-looked.ts";
import { mostEvidence } from "./support.ts";
import type { DiagnosisInput, Finding, FoundDiagnosis, NotLooked, Severity } from "./types.ts";

/** More than a person reads; a machines file may hold anything. */
const mostFindings = 100;
const mostNotLooked = 50;

const ranks: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** Errors first, then in the order of the table. What a build told gives way to what a builder itself shows. */
export function diagnose(input: DiagnosisInput): FoundDiagnosis[] {
  const found = allDiagnoses.flatMap((diagnosis) =>
    joined(diagnosis.find(input)).map((finding) => ({ diagnosis, finding })),
  );
  const told = new Set(found.map(({ diagnosis, finding }) => `${diagnosis.id} ${placeOf(finding)}`));
  const ofBuilders = new Set(
    found.flatMap(({ diagnosis, finding }) => (finding.builderKey === null ? [] : [diagnosis.id])),
  );
  return found
    .filter(
      ({ diagnosis, finding }) =>
        !diagnosis.yieldsTo?.some(
          (id) => told.has(`${id} ${placeOf(finding)}`) || (finding.ofBuilds && ofBuilders.has(id)),
        ),
    )
    .map(({ diagnosis: { id, severity, title }, finding }) => ({
      id,
      title,
      ...finding,
      severity: finding.severity ?? severity,
    }))
    .toSorted((a, b) => ranks[a.severity] - ranks[b.severity])
    .slice(0, mostFindings);
}

/** What failed builds tell of a trouble that the machine shows, too, is evidence of that trouble. */
function joined(findings: readonly Finding[]): readonly Finding[] {
  const [first, ...others] = findings.filter(({ ofBuilds }) => !ofBuilds);
  const told = findings.filter(({ ofBuilds }) => ofBuilds).flatMap(({ evidence }) => evidence);
  if (!first || told.length === 0) return findings;
  return [{ ...first, evidence: [...first.evidence, ...told].slice(0, mostEvidence) }, ...others];
}

function placeOf({ builderKey, subject }: Finding): string {
  return builderKey ?? subject;
}

/** What nobody could look at, each once. */
export function notLooked(input: DiagnosisInput): NotLooked[] {
  const all = [
    ...notLookedInside(input),
    ...allDiagnoses.flatMap((diagnosis) => diagnosis.notLooked?.(input) ?? []),
  ];
  return [...new Map(all.map((entry) => [entry.what, entry])).values()].slice(0, mostNotLooked);
}

/** What must be asked of a machine for them. */
export function diagnosisAsks(facts: MachineFacts): Ask[] {
  return allDiagnoses.flatMap((diagnosis) => diagnosis.asks?.(facts) ?? []);
}
