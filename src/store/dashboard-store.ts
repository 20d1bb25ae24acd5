/** Joins state, builds, machines and time: every change of the screen passes through here and leaves a settled state. */
import type { Builds } from "../model/nix-log/types.ts";
import {
  type DashboardState,
  type Flash,
  initialState,
  type Machines,
  noMachines,
  type Tone,
  type World,
} from "./dashboard-state.ts";
import { createFrameClock, type FrameClock, frameGap, systemTimers, type Timers } from "./frame-clock.ts";
import { type LogSource, logSource } from "./log-source.ts";
import { machinesPicture } from "./machines-view.ts";
import { listRows, type RowList } from "./row-list.ts";
import { settle, ticks } from "./settle.ts";
import { steadyMachines } from "./steady-machines.ts";
import { createStore, type Store } from "./store.ts";

export interface DashboardStoreOptions {
  builds: Builds;
  machines?: Machines;
  /** Milliseconds of the builds' clock. */
  now: () => number;
  wallClock: () => Date;
  subscribe: (changed: () => void) => () => void;
  size: { columns: number; rows: number };
  /** Something that runs by itself (a frame, a timer) threw. */
  onError: (error: unknown) => void;
  /** Whether something beyond the rows needs a frame each second: the time of the command in the header. */
  ticking?: () => boolean;
  timers?: Timers;
}

export interface DashboardStore extends World {
  readonly state: Store<DashboardState>;
  /** Applies a change and settles what follows from it. */
  change: (update: (state: DashboardState) => DashboardState) => void;
  list: () => RowList;
  log: () => LogSource;
  /** One line at the bottom for some seconds. */
  flash: (text: string, tone?: Tone) => void;
  /** The person pressed a key or used the mouse: for some seconds, changes are drawn without delay. */
  touched: () => void;
  resize: (columns: number, rows: number) => void;
  focusChanged: (focused: boolean) => void;
  /** Stops timers and subscriptions. */
  stop: () => void;
}

/** Long enough to read a line, counted from when it is shown. */
const flashTime = 5_000;

export function createDashboardStore(options: DashboardStoreOptions): DashboardStore {
  const { builds, now, wallClock, size, ticking } = options;
  const machines = steadyMachines(options.machines ?? noMachines);
  const world: World = { builds, machines };
  const state = createStore(initialState(size.columns, size.rows));
  const timers = options.timers ?? systemTimers;
  let flashTimer: NodeJS.Timeout | undefined;
  let touchedAt = timers.now();
  let drawnCounts = "";

  const change: DashboardStore["change"] = (update) => {
    const before = state.get();
    const after = update(before);
    if (after !== before) state.set(settle(after, world));
  };
  const list = () => listRows(state.get(), world);
  /** Whether a time on the screen grows by itself. */
  const growing = () => ticks(state.get(), world, list()) || (ticking?.() ?? false);

  /** A new look at the world; the same state if nothing on the screen would be another. */
  const nextFrame = (before: DashboardState): DashboardState => {
    const frame = {
      version: builds.version,
      now: now(),
      clock: clockText(wallClock()),
      machinesNow: machines.now(),
      machines: before.frame.machines,
    };
    const settled = settle({ ...before, frame }, world);
    const picture = machinesPicture(settled, world);
    const { version, clock: shown, machines: drawn } = before.frame;
    const same = version === frame.version && shown === frame.clock && drawn === picture;
    return same && !growing() ? before : { ...before, frame: { ...frame, machines: picture } };
  };

  const clock: FrameClock = createFrameClock({
    timers,
    gap: () => {
      const { focus, log, paused, terminalFocused } = state.get();
      return frameGap({
        sinceTouch: timers.now() - touchedAt,
        urgent: countsOf(builds) !== drawnCounts,
        following: focus === "log" && log.top === null && !paused,
        away: terminalFocused === false,
      });
    },
    untilNextMinute: () => {
      const time = wallClock();
      return 60_000 - (time.getSeconds() * 1_000 + time.getMilliseconds());
    },
    takeFrame: () => {
      drawnCounts = countsOf(builds);
      try {
        change(nextFrame);
        return growing();
      } catch (error) {
        options.onError(error);
        return false;
      }
    },
  });
  const unsubscribe = options.subscribe(clock.changed);
  clock.frameNow();

  const setFlash = (flash: Flash | null) => change((before) => ({ ...before, flash }));
  return {
    ...world,
    state,
    change,
    list,
    log: () => logSource(state.get(), world, list()),
    flash: (text, tone = "plain") => {
      clearTimeout(flashTimer);
      setFlash({ text, tone });
      flashTimer = setTimeout(() => setFlash(null), flashTime);
      flashTimer.unref();
    },
    touched: () => {
      touchedAt = timers.now();
      clock.changed();
    },
    resize: (columns, rows) =>
      change((before) =>
        before.columns === columns && before.rows === rows ? before : { ...before, columns, rows },
      ),
    focusChanged: (terminalFocused) => {
      change((before) => ({ ...before, terminalFocused }));
      if (terminalFocused) clock.frameNow();
    },
    stop: () => {
      unsubscribe();
      clock.stop();
      clearTimeout(flashTimer);
    },
  };
}

/** Changes when a build begins or ends. */
function countsOf({ counts }: Builds): string {
  return `${counts.running} ${counts.done} ${counts.failed} ${counts.cancelled}`;
}

function clockText(time: Date): string {
  return `${String(time.getHours()).padStart(2, "0")}:${String(time.getMinutes()).padStart(2, "0")}`;
}
