/** What is wrong with machines and builders, for the header. */
import { isTrouble, stateLook } from "../model/builders/state-look.ts";
import type { MachineStatus } from "../model/machine/status.ts";
import { formatNoun } from "../model/units.ts";
import type { Figure } from "./summary.ts";

/** One clause each: "builder linux-builder does not answer", "mini is lost". Empty: all is well. */
export function machineProblems(machines: readonly MachineStatus[]): string[] {
  const several = machines.length > 1;
  return machines.flatMap(({ name, at, connection, nix, builders, machineProblems: lines }) => {
    // Of its builders nothing is known any more.
    if (connection.state === "lost")
      return [at === null ? `${name} cannot be reached` : `${name} does not answer`];
    const where = several ? ` on ${name}` : "";
    const problems: string[] = [];
    if (nix?.daemon === "stopped") problems.push(`the Nix daemon${where} does not run`);
    for (const builder of builders)
      if (isTrouble(builder.state))
        problems.push(`builder ${builder.name}${where} ${predicate(stateLook(builder.state).word)}`);
    if (lines.length > 0) problems.push(`builders${where}: ${lines[0]}`);
    return problems;
  });
}

/** "does not answer" as it is, "unreachable" with a verb. */
function predicate(word: string): string {
  return /^(?:does|crashes)\b/.test(word) ? word : `is ${word}`;
}

/** `1 problem: …`, `3 problems: …` with the first of them; `null` while all is well. */
export function machineProblemFigure(machines: readonly MachineStatus[]): Figure | null {
  const problems = machineProblems(machines);
  return problems.length === 0
    ? null
    : { text: `${formatNoun(problems.length, "problem")}: ${problems[0]}`, tone: "failed" };
}
