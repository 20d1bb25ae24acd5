/**
 * Decides when the screen takes a new look at the world: soon after a change, each second while a shown time grows,
 * at each full minute for the clock. Otherwise never, so that an idle dashboard costs nothing.
 */

export interface FrameClockOptions {
  /** Takes a frame. Returns whether a shown time grows by itself. */
  takeFrame: () => boolean;
  /** Least milliseconds between two frames that changes bring about, as things are now: see `frameGap`. */
  gap: () => number;
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
  /** Something changed: a frame follows as soon as the gap allows. */
  changed: () => void;
  /** A frame now, and the next ones counted from here. */
  frameNow: () => void;
  stop: () => void;
}

const tickGap = 1_000;

/** What decides how often changes are drawn. */
export interface Attention {
  /** Milliseconds since the last key or click. */
  sinceTouch: number;
  /** A build began or ended since the last frame. */
  urgent: boolean;
  /** The person follows a log in the focused pane. */
  following: boolean;
  /** The terminal said that it has lost the focus. */
  away: boolean;
}

/**
 * At most ten frames a second: while someone acts, and for whatever begins or ends. A log that merely grows, with
 * nobody at the keys, is drawn each second together with the times. Each frame costs some milliseconds of work that
 * the builds could use.
 */
export function frameGap({ sinceTouch, urgent, following, away }: Attention): number {
  if (away) return urgent ? 1_000 : 2_000;
  if (urgent || sinceTouch < 10_000) return 100;
  return following ? 250 : 1_000;
}

export function createFrameClock(options: FrameClockOptions): FrameClock {
  const { takeFrame, gap, untilNextMinute, timers = systemTimers } = options;
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
    changed: () => schedule(lastFrame + gap() - timers.now()),
    frameNow,
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
