/** Waits until a service that was started has a run of its own and keeps it, or has stopped. */
import type { ActionPlan, ServiceState } from "../../model/actions/types.ts";
import { formatDuration } from "../../model/units.ts";
import type { Host } from "../hosts/host.ts";
import { logTail } from "./log-tail.ts";
import { pause } from "./pause.ts";
import type { Following } from "./run-commands.ts";
import { serviceState } from "./service-state.ts";

export type RunSeen =
  | { readonly kind: "running"; readonly state: ServiceState }
  /** launchd holds its sockets: whoever connects starts it. */
  | { readonly kind: "waiting"; readonly state: ServiceState }
  | { readonly kind: "failed"; readonly lines: readonly string[] };

const lookEveryMs = 500;
/** A job that ended badly and is not started again for so long has failed: launchd waits 10 s before the next try. */
const deadMs = 2_500;

/** A run other than the one before. Rejects with `HostError`. */
export async function awaitRun(
  host: Host,
  plan: ActionPlan,
  deadlineMs: number,
  { progress, signal }: Following,
): Promise<RunSeen> {
  const { service, before } = plan;
  if (!service) throw new Error("nothing was started");
  const began = performance.now();
  let deadSince: number | null = null;
  let state: ServiceState | null = null;
  while (!signal.aborted) {
    const now = performance.now();
    state = (await serviceState(host, service, { signal, vz: isVz(plan) })) ?? state;
    if (state?.running && state.run !== null && (state.run !== before?.run || plan.verb === "start")) {
      progress(service.kind === "container" ? "it runs…" : `new pid ${state.run}…`);
      return { kind: "running", state };
    }
    if (state?.loaded && state.onDemand && !state.running && state.exit === null)
      return { kind: "waiting", state };
    if (state && !state.running && state.exit !== null) {
      deadSince ??= now;
      if (now - deadSince > deadMs)
        return { kind: "failed", lines: await whyDead(host, plan, state, signal) };
    } else deadSince = null;
    if (now - began > deadlineMs) break;
    await pause(lookEveryMs, signal);
  }
  if (signal.aborted) return { kind: "failed", lines: [`stopped waiting for ${plan.subject}`] };
  return { kind: "failed", lines: await whyLate(host, plan, state, began, signal) };
}

/** Why a run that was there is there no more: `null` while it lives. Rejects with `HostError`. */
export async function diedSince(
  host: Host,
  plan: ActionPlan,
  run: string | null,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  if (!plan.service || run === null) return null;
  const state = await serviceState(host, plan.service, { signal, vz: isVz(plan) });
  if (state === null || state.run === run) return null;
  if (!state.running) return whyDead(host, plan, state, signal);
  return [
    `${plan.subject} was started and ended again at once; it runs anew as ${state.run}`,
    ...(state.exit === null ? [] : [state.exit]),
    ...(await logTail(host, plan, state, signal)),
  ];
}

/** Waits for the end. `null`: it is gone; else what stands in the way. Rejects with `HostError`. */
export async function awaitGone(
  host: Host,
  plan: ActionPlan,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  const { service, before } = plan;
  if (!service) return null;
  const began = performance.now();
  while (!signal.aborted) {
    const state = await serviceState(host, service, { signal });
    if (state && !(service.kind === "launchd" ? state.loaded : state.running)) return null;
    if (performance.now() - began > deadlineMs)
      return state?.run === before?.run
        ? [`${plan.subject} still runs ${formatDuration(deadlineMs)} after it was told to stop`]
        : [`${plan.subject} was stopped, but somebody has started it again`];
    await pause(lookEveryMs, signal);
  }
  return [`stopped waiting for the end of ${plan.subject}`];
}

async function whyDead(
  host: Host,
  plan: ActionPlan,
  state: ServiceState,
  signal: AbortSignal,
): Promise<string[]> {
  return [
    `${plan.subject} was started and ended again`,
    ...(state.exit === null ? [] : [state.exit]),
    ...(await logTail(host, plan, state, signal)),
  ];
}

async function whyLate(
  host: Host,
  plan: ActionPlan,
  state: ServiceState | null,
  began: number,
  signal: AbortSignal,
): Promise<string[]> {
  const late = `${plan.subject} does not run ${formatDuration(performance.now() - began)} after it was started`;
  if (state?.loaded && plan.service?.kind === "launchd" && state.exit === null && (state.runs ?? 0) === 0)
    return [
      late,
      "launchd has loaded its job but does not start it: it may be switched off in System Settings, General, Login Items & Extensions",
    ];
  return [
    late,
    ...(state?.exit ? [state.exit] : []),
    ...(state ? await logTail(host, plan, state, signal) : []),
  ];
}

function isVz({ builder }: ActionPlan): boolean {
  return builder?.kind === "linux-builder-vz";
}
