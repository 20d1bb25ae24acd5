/** A laptop that was closed: what was connected before may be gone without a word. */
import type { Collector } from "../hosts/collector.ts";
import { HostError } from "../hosts/host.ts";

/** More than a pause may take that was to be so long: the machine slept, or we were stopped. */
const sleptMs = 5_000;
/** A connection that stands answers sooner. */
const probeMs = 3_000;

/**
 * Tells pauses from sleeps. Some systems let the monotonic clock stand still in a sleep and some do not, so both are
 * looked at. A wall clock that somebody put forward looks the same: one question too many.
 */
export class SleepClock {
  #wall = Date.now();
  #monotonic = performance.now();

  /** Whether much more than `meantMs` has passed since this was last asked. */
  slept(meantMs: number): boolean {
    const wall = Date.now();
    const monotonic = performance.now();
    const passed = Math.max(wall - this.#wall, monotonic - this.#monotonic);
    this.#wall = wall;
    this.#monotonic = monotonic;
    return passed - meantMs > sleptMs;
  }
}

/** Whether the machine still answers on the connection that was there before. Rejects when `signal` is aborted. */
export async function stillAnswers(collector: Collector, signal: AbortSignal): Promise<boolean> {
  const late = AbortSignal.timeout(probeMs);
  try {
    await collector.sample(["now"], AbortSignal.any([signal, late]));
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (late.aborted || error instanceof HostError) return false;
    throw error;
  }
}
