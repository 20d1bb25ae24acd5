/** What is asked of a save, what it would do, and how it ended. */
import type { ActionPlan, ActionTarget, RootAccess } from "../actions/types.ts";
import type { Edit, Note, Replacement } from "./change.ts";
import type { PathPart } from "./file-read.ts";
import type { FileText } from "./file-text.ts";
import type { PreviewLine } from "./preview.ts";

/** The file is to be gone. */
interface Removal {
  readonly ok: true;
  readonly text: null;
  readonly notes: readonly Note[];
}

/** Whether a file is changed by hand at all; the sentences say why not, or what to know. */
type Owner =
  | { readonly managed: true; readonly lines: readonly string[] }
  | { readonly managed: false; readonly warnings: readonly string[] };

export interface SaveRequest {
  readonly path: string;
  /** `builder.memoryBytes`. Clean. */
  readonly setting: string;
  /** Before and after, as a person reads them; `null`: not set. No secrets. Clean. */
  readonly from: string | null;
  readonly to: string | null;
  /** The intent; `null` where there is no file. It is done anew on what somebody else has written meanwhile. */
  readonly edit: (text: string | null) => Edit | Removal;
  /** Whose the file is, as it stands there. */
  readonly owner: (chain: readonly PathPart[], text: string | null) => Owner;
  /** What is wrong with the new content, beyond its grammar; `null`: nothing. */
  readonly check?: (text: string) => string | null;
  /** What must be restarted before it holds; `null`: nothing. */
  readonly restart: ActionTarget | null;
  /** What the person has to run before it holds, since we do not; missing: nothing. */
  readonly holdsAfter?: string;
  /** It takes an earlier change back. */
  readonly undoes?: true;
  /** For a setting of Nix: its name, and whether what `nix config show` prints of it is what was wanted. */
  readonly inForce: { readonly key: string; readonly accepts: (printed: string) => boolean } | null;
}

/** `text` is `null` and `hash` is `absent` where there is no file. */
export interface SavedContent {
  readonly bytes: Uint8Array | null;
  readonly text: string | null;
  readonly encoding: FileText["encoding"];
  readonly hash: string;
}

/** All that would be done. Nothing is written yet. */
export interface SavePlan {
  readonly request: SaveRequest;
  /** `set builder.memoryBytes on mini`. */
  readonly title: string;
  readonly before: SavedContent;
  readonly after: SavedContent;
  readonly diff: readonly PreviewLine[];
  /** From `before` to `after`; none where the file goes or comes. */
  readonly replacements: readonly Replacement[];
  readonly notes: readonly Note[];
  readonly access: RootAccess;
  /** Where a password is typed over there: the file that holds the new content meanwhile. */
  readonly payload: string | null;
  readonly restart: ActionPlan | null;
  /** Whether the daemon that is restarted answered before; `null`: nobody asked it. */
  readonly answered: boolean | null;
  /** Why what must be restarted cannot be; `null`: it can, or nothing must. */
  readonly restartRefused: string | null;
}

export type Planned =
  | { readonly kind: "plan"; readonly plan: SavePlan }
  /** It is so already. */
  | { readonly kind: "nothing"; readonly lines: readonly string[] }
  | { readonly kind: "refused"; readonly lines: readonly string[] };

/** First what is true now, then why, then what tools said. All clean. */
export interface SaveOutcome {
  readonly kind: /** Written, and proven to hold. */
    | "in-force"
    /** Written; it holds from the next restart on, which was not done. */
    | "saved"
    /** Written, but something else decides. */
    | "not-in-force"
    /** What was restarted did not come back: the old content is in place again. */
    | "rolled-back"
    /** What was restarted did not come back, and the new content is in place. */
    | "down"
    /** Somebody else has changed the file: nothing was written. Plan again. */
    | "changed"
    /** Another buildtop is at it: nothing was written. */
    | "locked"
    /** Nothing was written. */
    | "refused"
    /** The machine went away before it said whether it was written; the next start tells. */
    | "unknown";
  readonly lines: readonly string[];
}
