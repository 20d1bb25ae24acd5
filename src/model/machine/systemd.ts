/** The units of a Linux machine: `systemctl show -p … -- UNIT…` prints `Key=value`, an empty line between two units. */
import { cleanText } from "../text/clean.ts";
import { linesOf, wholeNumber } from "./lines.ts";

export interface SystemdUnit {
  readonly id: string;
  /** `loaded`, `not-found`, `masked`… */
  readonly loadState: string | null;
  /** `active`, `inactive`, `failed`, `activating`… */
  readonly activeState: string | null;
  /** `running`, `dead`, `listening`, `auto-restart`… */
  readonly subState: string | null;
  readonly pid: number | null;
  readonly restarts: number | null;
  /** Exit status, or the number of the signal: `exitCode` tells which. */
  readonly exitStatus: number | null;
  /** What `siginfo_t.si_code` names: 1 exited, 2 killed, 3 dumped core; 0 = not yet. */
  readonly exitCode: number | null;
  /** As printed, such as `Mon 2026-11-16 09:12:44 UTC`. */
  readonly activeSince: string | null;
  /** `enabled`, `disabled`, `static`… */
  readonly unitFileState: string | null;
  /** `success`, `exit-code`, `oom-kill`, `start-limit-hit`… */
  readonly result: string | null;
}

const mostUnits = 200;

/** By `Id`. A unit that systemd does not know is there, with `loadState` `not-found`; without systemd there is nothing. */
export function parseSystemdUnits(text: string): ReadonlyMap<string, SystemdUnit> {
  const units = new Map<string, SystemdUnit>();
  let values = new Map<string, string>();
  for (const line of [...linesOf(text), ""]) {
    const pair = /^([A-Za-z]{1,60})=(.*)$/.exec(line);
    if (pair) values.set(pair[1] ?? "", cleanText(pair[2] ?? ""));
    if (line !== "") continue;
    const id = values.get("Id");
    if (id && units.size < mostUnits) units.set(id, unitOf(id, values));
    values = new Map();
  }
  return units;
}

function unitOf(id: string, values: ReadonlyMap<string, string>): SystemdUnit {
  const text = (key: string) => values.get(key) || null;
  const number = (key: string) => wholeNumber(values.get(key));
  return {
    id,
    loadState: text("LoadState"),
    activeState: text("ActiveState"),
    subState: text("SubState"),
    // 0: no process.
    pid: number("MainPID") || null,
    restarts: number("NRestarts"),
    exitStatus: number("ExecMainStatus"),
    exitCode: number("ExecMainCode"),
    activeSince: text("ActiveEnterTimestamp"),
    unitFileState: text("UnitFileState"),
    result: text("Result"),
  };
}
