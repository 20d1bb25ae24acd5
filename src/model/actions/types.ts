/** What a person can have done to a builder, or to the Nix daemon of a machine. */
import type { Builder } from "../builders/types.ts";

export type ActionVerb = "restart" | "start" | "stop" | "test";

export type ActionTarget =
  | { readonly kind: "daemon" }
  /** By `Builder.key`. */
  | { readonly kind: "builder"; readonly key: string };

/** Who starts and stops it on its machine. */
export type Service =
  | { readonly kind: "launchd"; readonly label: string; readonly plist: string | null }
  | { readonly kind: "systemd"; readonly unit: string }
  | { readonly kind: "container"; readonly name: string };

/** What its manager says of it at one moment. */
export interface ServiceState {
  /** The manager knows it: launchd has loaded the job, systemd the unit, docker has the container. */
  readonly loaded: boolean;
  /** `launchctl disable`, or a masked unit: it is not to be started. */
  readonly disabled: boolean;
  readonly running: boolean;
  /** Tells one run from the next: its process id, or when the container was started. `null`: it does not run. */
  readonly run: string | null;
  /** How often it was started; `null` where nobody counts. */
  readonly runs: number | null;
  /** launchd holds its sockets: not running is well, and who connects starts it. */
  readonly onDemand: boolean;
  /** Why the last run ended badly, as a sentence; `null`: it did not. */
  readonly exit: string | null;
  /** Where its output goes, if that is a file. */
  readonly logPath: string | null;
}

/** How a command can be run as root there. */
export type RootAccess =
  /** Nothing needs root, or we are it. */
  | { readonly kind: "free" }
  /** `sudo -n` does. */
  | { readonly kind: "passwordless" }
  /** sudo asks. `words`: what is run on this machine, with the person's own terminal, before anything else. */
  | { readonly kind: "password"; readonly prompt: TerminalPrompt | null; readonly lines: readonly string[] }
  /** sudo is missing, or does not let us. */
  | { readonly kind: "denied"; readonly lines: readonly string[] };

export interface TerminalPrompt {
  readonly words: readonly string[];
  /**
   * `ticket`: sudo knows us afterwards, in this terminal. `relay`: the commands themselves were run over there; what
   * they said is in `outputFile` on that machine.
   */
  readonly kind: "ticket" | "relay";
  readonly outputFile: string | null;
}

/** What would be done, before it is done. All text clean. */
export interface ActionPlan {
  readonly verb: ActionVerb;
  readonly target: ActionTarget;
  /** `restart linux-builder on mini`. */
  readonly title: string;
  /** What it is done to: `linux-builder on mini`, `the Nix daemon`. */
  readonly subject: string;
  /** The exact command lines, in their order. */
  readonly commands: readonly (readonly string[])[];
  /** What else comes of it, a sentence each. */
  readonly consequences: readonly string[];
  readonly needsSudo: boolean;
  readonly access: RootAccess;
  /** `null`: nothing is started or stopped. */
  readonly service: Service | null;
  readonly before: ServiceState | null;
  /** As it was when this was planned. */
  readonly builder: Builder | null;
}

/** Cannot or must not be done; the message says why and what to do instead. */
export class ActionRefused extends Error {}

export type ActionResult =
  /** One line that says what is true now. */
  | { readonly ok: true; readonly line: string }
  /** What went wrong: first what, then why, then what tools and logs said. `nothingDone`: sudo did not let us begin. */
  | { readonly ok: false; readonly lines: readonly string[]; readonly nothingDone?: boolean };
