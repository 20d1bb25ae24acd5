/** A diagnosis is data and pure functions: what it is called, what must be asked for it, when it holds, what mends it. */
import type { ActionVerb } from "../actions/types.ts";
import type { Ask } from "../machine/due.ts";
import type { MachineFacts } from "../machine/facts.ts";
import type { MachineStatus } from "../machine/status.ts";

/** `error`: builds fail now; `warning`: they will, or are needlessly slow; `info`: worth knowing. */
export type Severity = "error" | "warning" | "info";

/** Words of a machine, of a file or of Nix that prove it: clean, one line, short. */
export interface Evidence {
  /** Where it was read: a path, a command, `build log of hello-2.12`. */
  readonly source: string;
  readonly text: string;
}

/** Something that this program can do about it by itself, after it has asked. */
export type FixAction =
  | { readonly kind: "restart-daemon" }
  | { readonly kind: "builder"; readonly verb: ActionVerb; readonly builderKey: string }
  /** A key of a settings file: a path of keys with points between, a line of nix.conf. */
  | { readonly kind: "set"; readonly file: string; readonly key: string; readonly value: string };

export interface Fix {
  /** One sentence that says what is done. */
  readonly title: string;
  /** For a shell of that machine, or lines for a file where `title` says so; may be empty. */
  readonly commands: readonly string[];
  readonly action?: FixAction;
}

export interface Finding {
  /** What it is about: a builder's name, `the Nix daemon`, a derivation. */
  readonly subject: string;
  /** `Builder.key` where it is about one. */
  readonly builderKey: string | null;
  readonly evidence: readonly Evidence[];
  /** Why it is so, in a sentence or two. */
  readonly cause: string;
  /** The best first. */
  readonly fixes: readonly Fix[];
  /** Where it is less, or more, than the diagnosis says in general. */
  readonly severity?: Severity;
  /** Only failed builds told of it. */
  readonly ofBuilds?: true;
}

/** A build that failed, or an error that ended a Nix command, as far as it is known. All text clean. */
export interface KnownFailure {
  /** `null`: no derivation, the command itself failed. */
  readonly drv: string | null;
  /** `hello-2.12`, or the command. */
  readonly name: string;
  readonly reason: string;
  readonly logTail: readonly string[];
  /** Id of the diagnosis that its words name, where the one who read them knew more than the words alone. */
  readonly diagnosis: string | null;
  /** Of the command it happened in; `null` = not known. */
  readonly command: string | null;
}

/** A machine as it is judged, before anything is said of what is wrong with it. */
export type JudgedMachine = Omit<MachineStatus, "diagnoses" | "notLooked">;

export interface DiagnosisInput {
  readonly facts: MachineFacts;
  readonly status: JudgedMachine;
  readonly failures: readonly KnownFailure[];
  /** By that machine's own clock, seconds since 1970; `null` = not known. */
  readonly nowSeconds: number | null;
}

/** What could not be looked at, and what would lift it. */
export interface NotLooked {
  readonly what: string;
  readonly why: string;
}

export interface Diagnosis {
  /** Stable and public. */
  readonly id: string;
  readonly severity: Severity;
  /** What is wrong, without a name: `the builder does not run`. */
  readonly title: string;
  /** How it is seen, for the docs: one sentence. */
  readonly looksAt: string;
  /** Ids that, found of the same subject, say more: then this one is kept back. */
  readonly yieldsTo?: readonly string[];
  /** What must be looked at beyond what everyone is asked. */
  asks?(facts: MachineFacts): readonly Ask[];
  find(input: DiagnosisInput): readonly Finding[];
  notLooked?(input: DiagnosisInput): readonly NotLooked[];
}

export interface FoundDiagnosis extends Finding {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
}
