/**
 * Decides when the screen takes a new look at the world: soon after a change, each second while a shown time grows,
 * at each full minute for the clock. Otherwise never, so that an idle dashboard costs nothing.
 */

export interface FrameClockOptions {
  /** Takes a frame. Returns whether a shown time grows by itself. */
  takeFrame: () => boolean;
  /** Whether someone looks: without focus a frame a second is enough. */
  focused: () => boolean;
  /** Milliseconds until the wall clock shows the next minute. */
  untilNextMinute: () => number;
  timers?: Timers;
}

export interface Timers {
  /** Milliseconds, monotonic. */
  now: () => number;
  /** Returns how to cancel. */
  after: (milliseconds: number, run: () => void) => () => void;
}

export interface FrameClock {
  /** Something changed: a frame follows within `shortestGap`. */
  changed: () => void;
  /** A frame now, and the next ones counted from here. */
  frameNow: () => void;
  stop: () => void;
}

/** At most ten frames a second come from the world's changes; keys draw at once and are not held back by this. */
const shortestGap = 100;
const unfocusedGap = 1_000;
const tickGap = 1_000;

export function createFrameClock(options: FrameClockOptions): FrameClock {
  const { takeFrame, focused, untilNextMinute, timers = systemTimers } = options;
  let cancel = () => {};
  let dueAt = Number.POSITIVE_INFINITY;
  let lastFrame = Number.NEGATIVE_INFINITY;
  let stopped = false;

  function schedule(milliseconds: number): void {
    if (stopped) return;
    const at = timers.now() + Math.max(milliseconds, 0);
    if (at >= dueAt) return;
    cancel();
    dueAt = at;
    cancel = timers.after(Math.max(milliseconds, 0), frameNow);
  }

  function frameNow(): void {
    if (stopped) return;
    cancel();
    dueAt = Number.POSITIVE_INFINITY;
    lastFrame = timers.now();
    const ticking = takeFrame();
    schedule(Math.min(ticking ? tickGap : Number.POSITIVE_INFINITY, untilNextMinute()));
  }

  return {
    changed: () => schedule(lastFrame + (focused() ? shortestGap : unfocusedGap) - timers.now()),
    frameNow,
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}

const systemTimers: Timers = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
