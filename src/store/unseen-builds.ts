/** Builders at work whose builds no log tells of, and machines that tell nothing any more. */
import type { MachineStatus } from "../model/machine/status.ts";
import { formatNoun } from "../model/units.ts";

/**
 * Said where the list of builds is empty although builders have jobs, or nobody knows; `null` if none has. The processes
 * tell that they build; what they build is in Nix's log only.
 */
export function unseenBuilds(machines: readonly MachineStatus[]): string | null {
  for (const { name, connection, builders, transport } of machines) {
    if (connection.state !== "connected") continue;
    const busy = builders.filter(({ jobs }) => jobs.used > 0);
    const jobs = busy.reduce((sum, builder) => sum + builder.jobs.used, 0);
    if (jobs === 0) continue;
    const where = busy.map((builder) => builder.name).join(", ");
    const there = transport === "local" ? "" : `, typed on ${name}`;
    return `${formatNoun(jobs, "build")} on ${where}. To see their names and logs: buildtop watch on${there}`;
  }
  const lost = machines.find(({ connection }) => connection.state === "lost");
  if (!lost) return null;
  const trouble = lost.at === null ? "cannot be reached" : "does not answer";
  return `Nothing is being built that can be seen: ${lost.name} ${trouble}.`;
}
