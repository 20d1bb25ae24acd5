/** The machines as they are drawn: how fast their builders answer is one steady figure instead of that of each look. */
import { type SteadyAnswer, steadyAnswer } from "../model/builders/steady-answer.ts";
import type { Builder } from "../model/builders/types.ts";
import type { Gauges } from "../model/gauges/types.ts";
import type { MachineStatus } from "../model/machine/status.ts";
import type { Machines } from "./dashboard-state.ts";

interface Known {
  readonly answer: SteadyAnswer;
  /** Of the look that it is from: each look inside has gauges of its own. */
  readonly gauges: Gauges | null;
}

interface Machine {
  readonly from: MachineStatus;
  readonly status: MachineStatus;
  /** By the builder's key; only those that there are. */
  readonly known: ReadonlyMap<string, Known>;
}

export function steadyMachines(machines: Machines): Machines {
  let made: readonly Machine[] = [];
  let list: readonly MachineStatus[] = [];
  return {
    now: machines.now,
    list: () => {
      const now = machines.list();
      const same = now.length === made.length && now.every((status, index) => status === made[index]?.from);
      if (same) return list;
      made = now.map((status, index) => {
        const before = made[index];
        return before?.from === status ? before : steadied(status, before?.known ?? new Map());
      });
      list = made.map(({ status }) => status);
      return list;
    },
  };
}

function steadied(from: MachineStatus, before: Machine["known"]): Machine {
  const known = new Map<string, Known>();
  const builders = from.builders.map((builder): Builder => {
    const { key, answerMs, gauges } = builder;
    if (answerMs === null) return builder;
    const last = before.get(key);
    const again = last !== undefined && last.gauges === gauges;
    const answer = again ? last.answer : steadyAnswer(last?.answer ?? null, answerMs);
    known.set(key, { answer, gauges });
    return answer.ms === answerMs ? builder : { ...builder, answerMs: answer.ms };
  });
  const changed = builders.some((builder, index) => builder !== from.builders[index]);
  return { from, status: changed ? { ...from, builders } : from, known };
}
