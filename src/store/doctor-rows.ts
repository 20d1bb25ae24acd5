/** The rows of the doctor: what is wrong, what was mended, what is well, and what could not be looked at. */
import type { NotLooked } from "../model/diagnoses/types.ts";
import type { MachineStatus } from "../model/machine/status.ts";
import { formatNoun } from "../model/units.ts";
import type { DashboardState, TriedFix, World } from "./dashboard-state.ts";
import { type MachineProblem, machineProblems, shownMachines } from "./machine-problems.ts";
import type { Figure } from "./summary.ts";
import { triedOf, wellKey } from "./tried-fixes.ts";
import { isUrgent } from "./untold-problems.ts";

export type DoctorRow = { readonly key: string } & (
  | { readonly kind: "problem"; readonly problem: MachineProblem; readonly tried: TriedFix | null }
  /** Mended from here while the doctor was open. */
  | { readonly kind: "gone"; readonly tried: TriedFix }
  /** `all`: nothing was left out. `minor`: something is worth knowing all the same. */
  | { readonly kind: "well"; readonly all: boolean; readonly minor: boolean }
  | { readonly kind: "looking"; readonly machine: string }
  | { readonly kind: "unseen"; readonly machine: string; readonly unseen: NotLooked }
);

/** Errors first, then warnings, what is gone, what is worth knowing; at the end what could not be looked at. */
export function doctorRows(state: DashboardState, world: World): DoctorRow[] {
  const machines = shownMachines(state, world);
  const problems = machineProblems(machines);
  const rowOf = (problem: MachineProblem): DoctorRow => {
    const tried = triedOf(state, problem.key) ?? null;
    return { kind: "problem", key: problem.key, problem, tried };
  };
  const gone = state.tried
    .filter(({ outcome }) => outcome === "gone")
    .map((tried): DoctorRow => ({ kind: "gone", key: tried.problem.key, tried }));
  const unseen = machines.flatMap(unseenRows);
  const looking = machines.flatMap(lookingRows);
  const urgent = problems.filter(isUrgent);
  const looked = machines.some(({ at }) => at !== null);
  const minor = problems.filter((problem) => !isUrgent(problem));
  const all = unseen.length + looking.length === 0;
  const well: DoctorRow[] =
    urgent.length === 0 && looked ? [{ kind: "well", key: wellKey, all, minor: minor.length > 0 }] : [];
  return [...urgent.map(rowOf), ...gone, ...well, ...minor.map(rowOf), ...looking, ...unseen];
}

function lookingRows({ name, connection, at }: MachineStatus, index: number): DoctorRow[] {
  return connection.state === "lost" || at !== null
    ? []
    : [{ kind: "looking", key: `${index} looking`, machine: name }];
}

function unseenRows({ name, notLooked, connection }: MachineStatus, index: number): DoctorRow[] {
  if (connection.state === "lost") return [];
  return notLooked.map((unseen, place) => ({
    kind: "unseen",
    key: `${index} unseen ${place} ${unseen.what}`,
    machine: name,
    unseen,
  }));
}

/** `2 errors`, `1 warning`, `3 worth knowing`. */
export function doctorFigures(rows: readonly DoctorRow[]): Figure[] {
  const count = (severity: MachineProblem["severity"]) =>
    rows.filter((row) => row.kind === "problem" && row.problem.severity === severity).length;
  const [errors, warnings, infos] = [count("error"), count("warning"), count("info")];
  const figures: Figure[] = [];
  if (errors > 0) figures.push({ text: formatNoun(errors, "error"), tone: "failed" });
  if (warnings > 0) figures.push({ text: formatNoun(warnings, "warning"), tone: "attention" });
  if (infos > 0) figures.push({ text: `${infos} worth knowing`, tone: "plain" });
  return figures;
}
