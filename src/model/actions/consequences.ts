/** What else comes of an action: above all, whose builds die of it. */
import type { Builder } from "../builders/types.ts";
import type { MachineStatus } from "../machine/status.ts";
import { cleanText } from "../text/clean.ts";
import { formatNoun } from "../units.ts";
import type { ActionVerb, Service, ServiceState } from "./types.ts";

/** Names that are listed; the rest is counted. */
const mostNames = 8;

/** Of stopping or starting a builder. */
export function builderConsequences(
  verb: ActionVerb,
  builder: Builder,
  status: Pick<MachineStatus, "builderProcesses">,
  before: ServiceState | null,
): string[] {
  const lines: string[] = [];
  const sleeps = before?.onDemand === true && !before.running;
  if (verb === "test" || verb === "start") {
    if (before?.onDemand) lines.push(sleeps ? "its VM sleeps: this wakes it" : "this keeps its VM awake");
    return lines;
  }
  const names = derivationNames(status.builderProcesses.get(builder.key) ?? []);
  const count = Math.max(builder.jobs.used, names.length);
  if (count > 0) lines.push(`${runs(count)} on it and would die${named(names)}`);
  else if (before?.running === false) lines.push("it does not run: no build is hurt");
  else lines.push("no build of this machine runs on it; others may give it builds as well");
  if (verb === "restart" && sleeps) lines.push("its VM sleeps: this wakes it");
  if (verb === "stop") lines.push(stayStopped(before));
  return lines;
}

/** Of restarting the Nix daemon: it is what every build of its machine hangs on, those on builders as well. */
export function daemonConsequences(
  verb: ActionVerb,
  status: Pick<MachineStatus, "buildProcesses" | "builderProcesses" | "builders">,
  service: Service | null,
): string[] {
  if (verb === "test" || verb === "start") return [];
  const here = derivationNames(status.buildProcesses);
  const given = status.builders.reduce((sum, { jobs }) => sum + jobs.used, 0);
  const there = status.builders
    .filter(({ jobs }) => jobs.used > 0)
    .flatMap(({ key }) => derivationNames(status.builderProcesses.get(key) ?? []));
  const names = [...new Set([...here, ...there])];
  const count = Math.max(here.length + given, names.length);
  const lines: string[] = [];
  if (count === 0) lines.push("no build of this machine runs");
  // nix-daemon.service has KillMode=process: what its workers build may live on. launchd promises nothing of the kind.
  else if (service?.kind === "systemd")
    lines.push(`${runs(count)} on this machine or for it and may be lost${named(names)}`);
  else lines.push(`${runs(count)} on this machine or for it and would die${named(names)}`);
  lines.push("Nix commands that run now lose their daemon");
  if (verb === "stop") lines.push("until it is started again, no Nix command of this machine works");
  return lines;
}

function stayStopped(before: ServiceState | null): string {
  return before?.onDemand
    ? "no build can wake it until it is started again, or the machine"
    : "it stays stopped until it is started again, or the machine";
}

function runs(count: number): string {
  return count === 1 ? "1 build runs" : `${formatNoun(count, "build")} run`;
}

function named(names: readonly string[]): string {
  if (names.length === 0) return "";
  const shown = names.slice(0, mostNames).map((name) => cleanText(name));
  const more = names.length - shown.length;
  return `: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function derivationNames(processes: readonly { readonly derivation: string | null }[]): string[] {
  return [...new Set(processes.flatMap(({ derivation }) => (derivation === null ? [] : [derivation])))];
}
