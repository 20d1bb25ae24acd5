/** What the Settings view asks of the world. Types only. */
import type { EditableSetting } from "../model/settings/editable-setting.ts";
import type { QuestionLine } from "../store/dashboard-state.ts";

/** Each rejects with an Error that says why not, in one line or several. `machineIndex`: its place in `machines.list()`. */
export interface SettingActions {
  /** `e`: reads all settings of the machine anew. */
  readonly listSettings: (machineIndex: number, signal: AbortSignal) => Promise<SettingsOfMachine>;
  /** Says exactly what giving the setting this value would do. `key`: `EditableSetting.key`. */
  readonly prepareSetting: (
    machineIndex: number,
    key: string,
    typed: string,
    signal: AbortSignal,
  ) => Promise<SettingChange>;
  /** `u`: the same for taking back what was changed last there. */
  readonly prepareUndo: (machineIndex: number, signal: AbortSignal) => Promise<SettingChange>;
}

export interface SettingsOfMachine {
  /** In the order in which they are shown: those of one file together. */
  readonly settings: readonly EditableSetting[];
  /** Saves there that were interrupted: what is in place now, a line each. */
  readonly notes: readonly string[];
}

/** A change that was planned; nothing is written yet. */
export interface SettingChange {
  /** `set builder.memoryBytes on mini`. */
  readonly title: string;
  /** What would be done: the values, the lines of the file, what to know, what restarts and what that ends. */
  readonly lines: readonly QuestionLine[];
  /** What must be restarted for it to hold: `the Nix daemon on mini`; `null`: nothing, or it cannot be. */
  readonly restart: string | null;
  /** Writes it, restarts, proves it. Never rejects for what happens on the machine: that is the outcome. */
  save(how: SaveHow): Promise<SettingOutcome>;
}

export interface SaveHow {
  /** Whether what must be restarted is. */
  readonly restart: boolean;
  readonly signal: AbortSignal;
  /** Each step, in place of the one before. */
  readonly progress: (line: string) => void;
  /** Runs something synchronous that needs the terminal, such as sudo that asks for a password. */
  readonly withTerminal: (run: () => void) => Promise<void>;
  /** What was restarted does not come back: why. `true`: the old content is wanted again. */
  readonly offerRollback: (lines: readonly string[]) => Promise<boolean>;
}

export interface SettingOutcome {
  /** Saved and in force. */
  readonly good: boolean;
  /** First what is true now, then why, then what tools said. */
  readonly lines: readonly string[];
}
