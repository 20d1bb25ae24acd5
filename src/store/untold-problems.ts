/** What is plainly wrong without a diagnosis: a machine that is lost, a builder in trouble that no diagnosis explains. */
import { isTrouble, stateLook } from "../model/builders/state-look.ts";
import type { Builder } from "../model/builders/types.ts";
import type { Fix, FoundDiagnosis } from "../model/diagnoses/types.ts";
import type { MachineStatus } from "../model/machine/status.ts";
import type { MachineProblem } from "./machine-problems.ts";

/** A problem before it is said on which machine. */
type Bare = Omit<MachineProblem, "machine" | "machineIndex">;

export function lostProblem(
  { name, at, transport }: MachineStatus,
  trouble: { message: string; details: readonly string[] },
): Bare {
  const title = at === null ? "cannot be reached" : "does not answer";
  return {
    ...bare("lost", name, null),
    title: `the machine ${title}`,
    sentence: `${name} ${title}`,
    evidence: trouble.details.map((text) => ({
      source: transport === "local" ? name : `ssh ${name}`,
      text,
    })),
    cause: trouble.message,
  };
}

/** What no diagnosis tells of: nothing is counted twice, and nothing that is plain to see is left out. */
export function untoldProblems(status: MachineStatus): Bare[] {
  const { nix, builders, machineProblems: lines, diagnoses } = status;
  const ids = new Set(diagnoses.filter(isUrgent).map(({ id }) => id));
  const problems: Bare[] = [];
  const daemonTold = ids.has("daemon-down") || ids.has("determinate-daemon-offline");
  if (nix?.daemon === "stopped" && !daemonTold)
    problems.push({
      ...bare("daemon", "the Nix daemon", null),
      title: "the Nix daemon does not run",
      sentence: "the Nix daemon does not run",
      cause: "Nothing can be built without it.",
      fixes: nix.service ? [fix("restart the Nix daemon", { kind: "restart-daemon" })] : [],
    });
  for (const builder of builders)
    if (isTrouble(builder.state) && !explained(builder, diagnoses)) problems.push(builderProblem(builder));
  const [line] = lines;
  if (line !== undefined && !ids.has("no-usable-builder"))
    problems.push({
      ...bare("builders", "builders", null),
      title: "Nix does not understand a line of builders",
      sentence: `builders: ${line}`,
      evidence: lines.slice(0, 6).map((text) => ({ source: "builders", text })),
      cause: "Nix passes over such a line, and the builder that it names.",
    });
  return problems;
}

/** Whether a diagnosis says why this builder is in trouble. */
function explained({ key, kind }: Builder, diagnoses: readonly FoundDiagnosis[]): boolean {
  return diagnoses.some(
    (found) =>
      isUrgent(found) &&
      // What is wrong with Determinate's daemon is what is wrong with its builder.
      (found.builderKey === key ||
        (kind === "determinate-native" && found.id === "determinate-daemon-offline")),
  );
}

function builderProblem({ key, name, state, why, control }: Builder): Bare {
  const does = predicate(stateLook(state).word);
  const verb = state === "stopped" ? "start" : "restart";
  return {
    ...bare(`builder ${key}`, name, key),
    title: `the builder ${does}`,
    sentence: `builder ${name} ${does}`,
    cause: why,
    fixes:
      control.kind === "none" ? [] : [fix(`${verb} ${name}`, { kind: "builder", verb, builderKey: key })],
  };
}

function bare(key: string, subject: string, builderKey: string | null) {
  return { key, id: null, severity: "error", subject, builderKey, evidence: [], fixes: [] } as const;
}

function fix(title: string, action: NonNullable<Fix["action"]>): Fix {
  return { title, commands: [], action };
}

/** "does not answer" as it is, "unreachable" with a verb. */
function predicate(word: string): string {
  return /^(?:does|crashes)\b/.test(word) ? word : `is ${word}`;
}

/** What asks for something to be done; the rest is worth knowing. */
export function isUrgent({ severity }: Pick<MachineProblem, "severity">): boolean {
  return severity !== "info";
}
