/** A row of the key table: which keys, where they hold, and what decides whether they can be used now. */
import type { CommandId } from "./command-help.ts";

/**
 * - `anywhere`: always, also in dialogs
 * - `panes`: while no dialog is open; `builders`, `gauges`, `builds`, `log`: in that pane. What holds for the selected
 *   builder holds beside it in the gauges as well.
 * - `doctor`, `settings`: while they lie in the place of the panes
 * - `reader`: help and tables; `choice`: questions; `field`: a line that is being typed
 */
export type Scope =
  | "anywhere"
  | "panes"
  | "builders"
  | "gauges"
  | "builds"
  | "log"
  | "doctor"
  | "settings"
  | "reader"
  | "choice"
  | "field";

/** What decides whether a command can be used now. */
export interface KeyContext {
  readonly paused: boolean;
  readonly hasRow: boolean;
  /** The selected row is a derivation. */
  readonly hasDerivation: boolean;
  readonly logLines: number;
  readonly searching: boolean;
  /** Why `w` cannot be used; `null` if it can. */
  readonly watchReason: string | null;
  readonly sessions: number;
  readonly doctor: DoctorReasons;
  /** Why the keys of builders cannot be used now; `null` if they can. */
  readonly builder: BuilderReasons;
  readonly setting: SettingReasons;
  /** A question is asked, and all of it is in sight. */
  readonly wholeQuestion: boolean;
}

/** Why the keys of settings cannot be used now; `null` where they can. */
export interface SettingReasons {
  readonly open: string | null;
  readonly edit: string | null;
  readonly undo: string | null;
}

export interface BuilderReasons {
  readonly restart: string | null;
  /** Starting, or stopping what runs. */
  readonly switch: string | null;
  readonly test: string | null;
  readonly log: string | null;
  readonly copy: string | null;
  readonly daemon: string | null;
  readonly look: string | null;
}

/** Why the doctor's keys cannot be used now; `null` where they can. */
export interface DoctorReasons {
  readonly open: string | null;
  /** Doing the fix that is meant. */
  readonly fix: string | null;
  readonly copy: string | null;
  /** Fixes of the selected row. */
  readonly fixes: number;
}

export interface KeyBinding {
  readonly id: CommandId;
  readonly keys: readonly string[];
  readonly scope: Scope;
  /** In the footer where there is room: lower numbers first. */
  readonly footer?: { readonly order: number; readonly label: string };
  readonly disabled?: (context: KeyContext) => string | null;
}
