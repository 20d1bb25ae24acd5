/** The end of a failed service's log, for the report of its failure. */

import { saidLines } from "../../model/actions/tool-words.ts";
import type { ActionPlan, ServiceState } from "../../model/actions/types.ts";
import type { BuilderLog } from "../../model/builders/types.ts";
import { cleanText } from "../../model/text/clean.ts";
import { type Host, HostError } from "../hosts/host.ts";
import { logCommand } from "./log-command.ts";
import { runPlanned } from "./sudo.ts";

const lines = 8;
const deadlineMs = 10_000;

/** A heading and the last lines; nothing where there is no log or it cannot be read: it is only an addition. */
export async function logTail(
  host: Host,
  plan: ActionPlan,
  state: ServiceState,
  signal: AbortSignal,
): Promise<string[]> {
  const log = logOf(plan, state);
  // The unified log takes seconds to search.
  if (log === null || log.kind === "none" || log.kind === "unified") return [];
  try {
    const read = await runPlanned(host, logCommand(log, { lines }), { deadlineMs, signal });
    if (read.code !== 0) return [];
    const last = saidLines(read.stdout, "").slice(-lines);
    return last.length === 0 ? [] : [`the end of ${nameOf(log)}:`, ...last.map((line) => `  ${line}`)];
  } catch (error) {
    // The failure itself is told all the same.
    if (error instanceof HostError) return [`its log could not be read: ${error.message}`];
    throw error;
  }
}

function logOf({ builder, service }: ActionPlan, state: ServiceState): BuilderLog | null {
  if (state.logPath !== null) return { kind: "file", path: state.logPath };
  if (builder) return builder.log;
  return service?.kind === "systemd" ? { kind: "journal", unit: service.unit } : null;
}

function nameOf(log: BuilderLog): string {
  switch (log.kind) {
    case "file":
      return cleanText(log.path);
    case "journal":
      return `the journal of ${cleanText(log.unit)}`;
    case "container":
      return `docker logs ${cleanText(log.name)}`;
    case "unified":
      return "the unified log";
    case "none":
      return "no log";
  }
}
