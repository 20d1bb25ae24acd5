/**
 * What a command hands to `openDashboard` and what it gets back. Types only: a command can read them without
 * loading React.
 */
import type { Builds } from "../model/nix-log/types.ts";
import type { Machines, QuestionLine } from "../store/dashboard-state.ts";
import type { SettingActions } from "./setting-options.ts";

/**
 * - `run`: one Nix command that we started; whoever started it decides whether the dashboard closes when it ends
 * - `watch`: every Nix command of this machine, without an end
 * - `pipe`: a stream on standard input
 * - `replay`: recorded streams
 * - `demo`: the built-in recording
 */
export type DashboardMode = "run" | "watch" | "pipe" | "replay" | "demo";

export interface DashboardOptions {
  mode: DashboardMode;
  /** What is watched, for the header and the terminal's title: "nix build .#hello", "every Nix command", a file. */
  title: string;
  builds: Builds;
  /**
   * Monotonic milliseconds, the same clock as the times in `builds` (`performance.now`-like; under `replay` the
   * clock of the recording). Read at most once per frame.
   */
  now: () => number;
  /** For the clock in the header; the system's own if it is left out. */
  wallClock?: () => Date;
  /** Calls back soon after `builds.version` changed (many changes may be one call). Returns how to stop. */
  subscribe: (changed: () => void) => () => void;
  /** What this machine is, for the header. Unknown parts are `null`; all text cleaned. */
  machine: MachineSummary;
  /** Machines whose builders and gauges are shown. Left out or empty: those two panes are not drawn. */
  machines?: WatchedMachines;
  /**
   * The command that writes the stream, while there is one (`run`, `pipe`). It decides what `q` and Ctrl-C do and
   * whether the title says "running". `null` for `watch`, `replay`, `demo`.
   */
  command: CommandHandle | null;
  /** What the keys can ask for beyond the dashboard itself. A missing one is shown disabled with its reason. */
  actions: DashboardActions;
  settings: DashboardSettings;
  terminal: TerminalStreams;
  /** One line that is shown at first: "There is no Nix here: this is the built-in recording". */
  greeting?: string;
}

export interface MachineSummary {
  /** `studio`. */
  host: string;
  /** `macOS 26.2`, `Debian 13`. */
  os: string | null;
  /** `Nix 2.34.8`, `Determinate Nix 3.22.2`. */
  nix: string | null;
}

export interface WatchedMachines extends Machines {
  /** Calls back soon after any of them changed. Returns how to stop. */
  readonly subscribe: (changed: () => void) => () => void;
}

export interface CommandHandle {
  readonly running: boolean;
  /**
   * Where the command stands in words, for the footer: `null` while nothing special happens, "stopping nix build… again
   * sends SIGTERM" after an interrupt. Read with each frame.
   */
  readonly note: string | null;
  /** SIGINT the first time, harder each further time. Never throws. */
  interrupt(): void;
  /** What closes when the person wants only the dashboard gone: `true` if the command can go on in plain text. */
  readonly canContinueInText: boolean;
}

/** An action that changes the machine: asked first, with exactly what it will do, then run with its result shown. */
export interface MachineAction {
  /** `watch on`. One line. */
  title: string;
  /** Exactly what will happen: the command, or the lines of the diff. Shown before "yes". */
  change: readonly (string | QuestionLine)[];
  /**
   * Runs synchronously before `run`, with the terminal to itself: where sudo wants a password (`spawnSync` of `sudo -v`
   * with our terminal; an asynchronous child would lose keys to us). SIGINT is kept from us meanwhile. Returns one line
   * if it came to nothing: that line is shown, and nothing is run.
   */
  readonly terminalFirst?: () => string | null;
  /** How long `run` may take before its signal says stop; a minute if it is left out. */
  readonly deadlineMs?: number;
  /**
   * Runs it. `progress` shows one line of what is happening, in place of the line before ("new pid 4711"). Resolves to
   * one line that says what is true now; rejects with an Error whose message says why not: one line, or several (the
   * text of the tool that failed), which then stay on the screen until they are closed. The signal also says stop when
   * the dashboard is closed.
   */
  run(signal: AbortSignal, progress: (line: string) => void): Promise<string>;
}

/** What a person can have done to a builder. `test`: a derivation is built there, end to end. */
export type BuilderVerb = "restart" | "start" | "stop" | "test";

export interface DashboardActions extends Partial<SettingActions> {
  /**
   * `w`. Looks at the present state and says what toggling would do. Rejects with a one-line reason where it cannot
   * (Nix too old, nix.conf managed by home-manager).
   */
  prepareWatch?: (signal: AbortSignal) => Promise<MachineAction>;
  /** Why there is no `prepareWatch`, as a sentence. */
  watchRefused?: string;
  /**
   * `r`, `S`, `t` on a builder. `machineIndex`: its place in `machines.list()`; `builderKey`: `Builder.key`. Looks at the
   * present state; rejects with one line where it cannot be done.
   */
  prepareBuilderAction?: (
    verb: BuilderVerb,
    machineIndex: number,
    builderKey: string,
    signal: AbortSignal,
  ) => Promise<MachineAction>;
  /** `ctrl-r`: looks at all machines at once, and logs in again where that was refused. */
  lookAgain?: () => void;
  /** `R`: the Nix daemon of a machine. */
  prepareDaemonRestart?: (machineIndex: number, signal: AbortSignal) => Promise<MachineAction>;
  /**
   * `l`. The command that prints a builder's own log and ends, for the pager; `null` if there is none. It runs
   * synchronously, with at most half a minute.
   */
  builderLogCommand?: (machineIndex: number, builderKey: string) => readonly string[] | null;
  /**
   * `o`. The command that prints a derivation's whole log (`nix log DRV`), for the time after the derivation ended,
   * because `BuildLog` keeps only its newest lines. `null` if there is none (replay of another machine's stream).
   */
  fullLogCommand?: (drv: string) => readonly string[] | null;
}

export interface DashboardSettings {
  /** `auto`: the terminal's own sixteen colours. `mono`: none; chosen by NO_COLOR as well. */
  theme: "auto" | "mono";
  ascii: boolean;
  mouse: boolean;
  /** How the person wants to be told that a long run ended. */
  notify: NotifyWay;
  /** A run shorter than this (seconds) ends without a notification. */
  notifyAfterSeconds: number;
}

/** `bell`: BEL. `osc9`: iTerm2, Ghostty, WezTerm, Windows Terminal. `osc777`: VTE, urxvt, foot. */
type NotifyWay = "off" | "bell" | "osc9" | "osc777";

interface TerminalStreams {
  /** Where keys come from: standard input, or /dev/tty when standard input is the stream. */
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  /** Environment, for the terminal's abilities (TERM, TMUX, NO_COLOR, LANG, PAGER …). */
  env: NodeJS.ProcessEnv;
}

/**
 * - `quit`: the person is done; nothing runs any more, or it is left alone (`watch`)
 * - `stop`: the person wants the running command stopped (it was interrupted already) and the dashboard gone
 * - `continue-in-text`: the dashboard is gone, the command goes on and its events are printed as text
 * - `interrupted`: Ctrl-C with nothing to interrupt: exit 130
 * - `closed`: `close()` was called
 */
export type CloseReason = "quit" | "stop" | "continue-in-text" | "interrupted" | "closed";

export interface Dashboard {
  /**
   * Resolves once the terminal is as it was before; rejects (also with the terminal restored) if drawing itself
   * failed, with an Error whose message is one readable line.
   */
  readonly closed: Promise<CloseReason>;
  /** Closes from outside (the process got SIGTERM). Idempotent. Resolves when the terminal is restored. */
  close(): Promise<void>;
}
