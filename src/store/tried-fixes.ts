/** What came of the fixes that were done from here: gone, or still there, as the looks after them tell. */
import type { DashboardState, TriedFix, World } from "./dashboard-state.ts";
import { type MachineProblem, machineProblems, shownMachines } from "./machine-problems.ts";

/** Of the doctor's row that says that nothing is wrong. */
export const wellKey = "well";

const mostTried = 8;
/** Not every question is asked at each look: what the first ones still tell may be from before. */
const graceSeconds = 5;
/** What is back within this time was never gone, only out of sight; later it is a new trouble. */
const backSeconds = 120;

/** `doneAt`: seconds of the machines' clock. */
export function withTried(
  state: DashboardState,
  problem: MachineProblem,
  action: string,
  doneAt: number,
): DashboardState {
  const others = state.tried.filter((each) => each.problem.key !== problem.key);
  const tried: TriedFix = { problem, action, doneAt, outcome: "looking" };
  return { ...state, tried: [...others, tried].slice(-mostTried) };
}

export function triedOf(state: DashboardState, key: string): TriedFix | undefined {
  return state.tried.find(({ problem }) => problem.key === key);
}

/** The outcomes in accord with what the machines tell now. The same state if nothing is new. */
export function settleTried(state: DashboardState, world: World): DashboardState {
  if (state.tried.length === 0 || state.paused) return state;
  const machines = shownMachines(state, world);
  const present = new Set(machineProblems(machines).map(({ key }) => key));
  const tried = state.tried.flatMap((each): TriedFix[] => {
    const { problem, doneAt, outcome } = each;
    const status = machines[problem.machineIndex];
    const there = present.has(problem.key);
    if (outcome === "gone") {
      if (!there) return [each];
      const soon = (status?.at ?? 0) < doneAt + backSeconds;
      return soon ? [{ ...each, outcome: "still there" }] : [];
    }
    if (status?.connection.state !== "connected" || status.at === null || status.at <= doneAt) return [each];
    const now = !there ? "gone" : status.at > doneAt + graceSeconds ? "still there" : "looking";
    return [now === outcome ? each : { ...each, outcome: now }];
  });
  const same = tried.length === state.tried.length && tried.every((each, i) => each === state.tried[i]);
  if (same) return state;
  const mended = tried.find((each) => each.outcome === "gone" && !state.tried.includes(each));
  // The trouble may have left the list before its fix was over, and the selection with it.
  const { doctor } = state;
  const found = mended && doctor?.selected === wellKey ? { ...doctor, selected: mended.problem.key } : doctor;
  return { ...state, tried, doctor: found };
}
