/**
 * What is wrong with the machines: what was diagnosed, and what is plainly so without a diagnosis (a machine that is lost,
 * a builder in trouble that none explains). The header, the marks of the rows and the doctor all read this one list.
 */
import type { FoundDiagnosis, Severity } from "../model/diagnoses/types.ts";
import type { MachineStatus } from "../model/machine/status.ts";
import { formatNoun } from "../model/units.ts";
import type { DashboardState, Tone, World } from "./dashboard-state.ts";
import type { Figure } from "./summary.ts";
import { isUrgent, lostProblem, untoldProblems } from "./untold-problems.ts";

export interface MachineProblem extends Omit<FoundDiagnosis, "id"> {
  /** Stays the same as long as it is told. */
  readonly key: string;
  /** `null`: seen without a diagnosis. */
  readonly id: string | null;
  /** Place of its machine in `Machines.list()`. */
  readonly machineIndex: number;
  readonly machine: string;
  /** With the name in it, for where it stands alone: "linux-builder's disk is nearly full". */
  readonly sentence: string;
}

const ranks: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

export const severityTones: Readonly<Record<Severity, Tone>> = {
  error: "failed",
  warning: "attention",
  info: "idle",
};

/** As they are now, or as they were when the person pressed pause. */
export function shownMachines(state: DashboardState, world: World): readonly MachineStatus[] {
  return state.paused?.machines.list ?? world.machines.list();
}

/** Errors first, then warnings, then what is worth knowing; of the same severity in the order of the machines. */
export function machineProblems(machines: readonly MachineStatus[]): MachineProblem[] {
  return machines
    .flatMap((status, index) => problemsOf(status, index))
    .toSorted((a, b) => ranks[a.severity] - ranks[b.severity]);
}

/** `1 problem: …`, `3 problems: …` with the worst of them; `null` while all is well. */
export function machineProblemFigure(machines: readonly MachineStatus[]): Figure | null {
  const problems = machineProblems(machines).filter(isUrgent);
  const [worst] = problems;
  if (!worst) return null;
  const where =
    machines.length > 1 && machines[worst.machineIndex]?.connection.state !== "lost"
      ? ` on ${worst.machine}`
      : "";
  return {
    text: `${formatNoun(problems.length, "problem")}: ${worst.sentence}${where}`,
    tone: severityTones[worst.severity],
  };
}

/** The worst diagnosis of a builder, or of the machine itself (`null`); `undefined`: nothing urgent. */
export function worstProblem(
  status: MachineStatus,
  index: number,
  builderKey: string | null,
): MachineProblem | undefined {
  return problemsOf(status, index)
    .filter(
      (problem) =>
        isUrgent(problem) && problem.id !== null && problem.builderKey === builderKey && !problem.ofBuilds,
    )
    .toSorted((a, b) => ranks[a.severity] - ranks[b.severity])[0];
}

const known = new WeakMap<MachineStatus, { index: number; problems: readonly MachineProblem[] }>();

/** Asked several times for each frame; a status is a new object whenever it says something else. */
function problemsOf(status: MachineStatus, index: number): readonly MachineProblem[] {
  const before = known.get(status);
  if (before?.index === index) return before.problems;
  const problems = findProblems(status, index);
  known.set(status, { index, problems });
  return problems;
}

function findProblems(status: MachineStatus, index: number): MachineProblem[] {
  const { name, connection, diagnoses } = status;
  const of = { machineIndex: index, machine: name };
  // Of its builders nothing is known any more.
  if (connection.state === "lost")
    return [{ ...lostProblem(status, connection.trouble), ...of, key: `${index} lost` }];
  const seen = new Map<string, number>();
  const told = diagnoses.map((found): MachineProblem => {
    const place = `${index} ${found.id} ${found.builderKey ?? found.subject}`;
    const times = seen.get(place) ?? 0;
    seen.set(place, times + 1);
    return { ...found, ...of, key: times === 0 ? place : `${place} ${times}`, sentence: sentenceOf(found) };
  });
  const others = untoldProblems(status).map((problem) => ({
    ...problem,
    ...of,
    key: `${index} ${problem.key}`,
  }));
  return [...told, ...others];
}

/** The builder's own name in the place of "the builder". */
function sentenceOf({ title, subject, builderKey }: FoundDiagnosis): string {
  if (builderKey === null) return title;
  const named = title.replace(/\bthe builder\b|^its\b/, (word) =>
    word === "its" ? `${subject}'s` : subject,
  );
  return named === title ? `${title} (${subject})` : named;
}
