/** What a restart that failed says about the new content: nothing, as long as what ran before still runs. */
import type { ActionPlan, ActionResult } from "../../model/actions/types.ts";
import type { ActionWatch } from "../actions/plan-action.ts";
import { serviceState } from "../actions/service-state.ts";

/**
 * `restart`: it was never restarted. `down before`: it did not run or answer before, either. `content`: it
 * ran and does not come back. Rejects with `HostError`.
 */
export async function blameRestart(
  { service, before }: ActionPlan,
  answered: boolean | null,
  { host }: ActionWatch,
  result: Extract<ActionResult, { ok: false }>,
  signal: AbortSignal,
): Promise<"restart" | "down before" | "content"> {
  if (result.nothingDone === true) return "restart";
  if (service === null) return "restart";
  const now = await serviceState(host, service, { signal });
  // A run of its own that goes on: launchd or systemd did not do as they were told.
  if (now?.running && before?.running && now.run === before.run) return "restart";
  const ranBefore = before?.running === true || (before?.onDemand === true && before.exit === null);
  return ranBefore && answered !== false ? "content" : "down before";
}
