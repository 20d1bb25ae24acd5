/**
 * What is known of the builds of one machine, as the views, the digest and `replay --json` read it.
 *
 * The objects are live: the model changes them in place and counts `version` up, so that ten thousand rows cost
 * nothing to hand over. Whoever draws reads the few it shows. All times are milliseconds of one monotonic clock
 * that the caller brings (never read here); all byte counts are bytes.
 */

/**
 * - `planned`: named by the plan, or waiting for what it needs; not begun
 * - `running`: its builder runs, here or on `host`, or its inputs travel there
 * - `done`, `failed`: proven by Nix's own counters, its error text, its payload or its exit status
 * - `cancelled`: begun and then killed, because something else failed or the person stopped it
 */
export type DerivationState = "planned" | "running" | "done" | "failed" | "cancelled";

/**
 * Where a remote build stands; `null` for one that runs here. `preparing`: accepted by the builder, its inputs wait or
 * travel, and the stream does not tell which, as several builds are at that point.
 */
export type RemoteStage = "preparing" | "waiting for upload lock" | "uploading" | "building" | "downloading";

export interface Progress {
  done: number;
  /** 0 while unknown. */
  expected: number;
}

export interface HashMismatch {
  specified: string;
  got: string;
}

/** Why a derivation failed, in the order of evidence that the stream gives. */
export interface Failure {
  drv: string;
  name: string;
  /** One line without the words "Reason:", such as "builder failed with exit code 2". */
  reason: string;
  phase: string | null;
  exitCode: number | null;
  /** Such as 9 for "due to signal 9 (Killed)". */
  signal: number | null;
  /** The last lines of its log, cleaned; at most 25. */
  logTail: string[];
  hash: HashMismatch | null;
  /** Derivations that could not be built because of this one. */
  dependents: string[];
  /** Id of a matching diagnosis, such as "hash-mismatch". */
  diagnosis: string | null;
}

export interface Derivation {
  readonly drv: string;
  /** Without hash and ".drv": `hello-2.12`. Cleaned, safe to draw. */
  readonly name: string;
  state: DerivationState;
  /** Store URI of the machine that builds it, `null` = this one. */
  host: string | null;
  /** Short form of `host` for a column: `linux-builder`. */
  hostName: string | null;
  stage: RemoteStage | null;
  /** Bytes of the present stage (upload, download), where the stream ties them to this build. */
  transfer: Progress | null;
  phase: string | null;
  /** Nix's own words while it waits, without the derivation: "waiting for lock on …", "waiting for a machine", "waiting for a free build user". */
  waiting: string | null;
  /** Why it failed or was cancelled, one line. */
  reason: string | null;
  /** "check" for `--rebuild` ("checking outputs of"), "repair" for `--repair`. */
  purpose: "build" | "check" | "repair";
  startedAt: number | null;
  endedAt: number | null;
  /** Lines of log that came, kept or not. */
  logLines: number;
  readonly log: BuildLog;
  /** Which session it belongs to (see `Session.id`). */
  session: number;
}

/** The log of one derivation: a window onto its newest lines. Lines are numbered from 0; early ones may be gone. */
export interface BuildLog {
  /** Number of the first line that is still kept. */
  readonly firstLine: number;
  /** Number after the last line. */
  readonly endLine: number;
  /** Line `n` cleaned, with its colours (SGR of the allow-list only) re-emitted by us; "" if it is gone. */
  line(n: number): string;
  /** Line `n` cleaned, without colours. */
  plainLine(n: number): string;
  /**
   * The nearest line from `from` on (inclusive) in direction `step` whose plain text holds `needle`, ignoring case;
   * looks at `limit` lines at most, so that a caller can stay responsive and go on from `next`.
   */
  find(
    needle: string,
    from: number,
    step: 1 | -1,
    limit: number,
  ): { line: number | null; next: number | null };
}

/** One path that is fetched or sent: Substitute, CopyPath and FileTransfer folded to one. */
export interface Transfer {
  readonly key: string;
  readonly path: string;
  /** `gcc-14.2.0`; for a plain file transfer the last part of its URI. Cleaned. */
  readonly name: string;
  readonly direction: "download" | "upload" | "copy";
  /** Short name of the other side: `cache.nixos.org`, `linux-builder`. Cleaned. */
  peer: string;
  /** Compressed bytes where known, else unpacked ones. */
  progress: Progress;
  /** Unpacked size, 0 while unknown. */
  unpackedBytes: number;
  bytesPerSecond: number | null;
  startedAt: number;
  endedAt: number | null;
  /** It ended, and all of it came. A stop alone does not tell. */
  readonly complete: boolean;
  session: number;
}

/** What Nix does that is neither a build nor a transfer: evaluation, cache queries, git fetches, copying sources. */
export interface Activity {
  readonly key: string;
  /** One line, cleaned: "evaluating derivation …", "querying info about missing paths". */
  text: string;
  readonly kind: "evaluation" | "query" | "fetch" | "copy" | "hook" | "store" | "waiting" | "other";
  progress: Progress | null;
  startedAt: number;
  session: number;
}

export type Outcome = "succeeded" | "failed" | "cancelled" | "unfinished";

/** One Nix command (or one daemon connection, when a watched file is read). */
export interface Session {
  readonly id: number;
  /** How the user knows it: "nix build .#hello", "pid 4711", a file name. Cleaned. */
  label: string;
  pid: number | null;
  startedAt: number;
  endedAt: number | null;
  outcome: Outcome;
  /** The error that ended it, if it is no failed build: an evaluation error, a download that failed. Cleaned lines. */
  error: readonly string[] | null;
  /** Id of the diagnosis that this error names. */
  diagnosis: string | null;
  /** Did it build, fetch or copy anything? Sessions that did not (a `nix eval`) need no row of their own. */
  active: boolean;
  /** Time of its last record: for "no record for 40 s". */
  lastRecordAt: number;
}

export interface Counts {
  running: number;
  done: number;
  failed: number;
  cancelled: number;
  planned: number;
}

/** One line that a person should read: a warning, an error, a fallback to building here. Bounded list. */
export interface Notice {
  at: number;
  severity: "error" | "warning" | "info";
  text: string;
}

export interface TransferTotals {
  /** Paths that have travelled: fetched from caches, sent to builders and back, copied. */
  paths: number;
  /** Of these the ones that went to another machine. */
  sentPaths: number;
  /** Paths that are on their way. */
  open: number;
  /** Bytes of both, and of these what went to another machine. */
  bytesDone: number;
  sentBytes: number;
  bytesExpected: number;
  bytesPerSecond: number | null;
}

/** A row of the Builds pane. */
export type Row =
  | { kind: "derivation"; key: string; derivation: Derivation }
  | { kind: "transfer"; key: string; transfer: Transfer }
  | { kind: "activity"; key: string; activity: Activity };

export type SortOrder = "state" | "name" | "time" | "host";

export interface RowOptions {
  sort: SortOrder;
  /** Only rows whose name or host holds this, ignoring case. "" = all. */
  filter: string;
  /** Leave out what is done, cancelled and fetched. */
  hideDone: boolean;
}

/** What happened, for event lines, notifications and the digest. */
export type BuildEvent =
  | { kind: "planned"; at: number; derivations: number; paths: number }
  | { kind: "started"; at: number; derivation: Derivation }
  | { kind: "phase"; at: number; derivation: Derivation }
  | { kind: "ended"; at: number; derivation: Derivation }
  | { kind: "fetched"; at: number; transfer: Transfer }
  | { kind: "notice"; at: number; notice: Notice }
  | { kind: "session-ended"; at: number; session: Session };

/** The model as everything outside `model/` sees it. */
export interface Builds {
  /** Counts up with each change that could be seen. */
  readonly version: number;
  readonly counts: Counts;
  readonly outcome: Outcome;
  readonly transfers: TransferTotals;
  /** Newest last, bounded. */
  readonly notices: readonly Notice[];
  readonly sessions: readonly Session[];
  /** First real cause first. */
  readonly failures: readonly Failure[];
  /** Records read, lines that were none, and numbers that we do not know ("result:109" → how often). */
  readonly records: number;
  readonly otherLines: number;
  readonly unknownRecords: ReadonlyMap<string, number>;
  /** Last lines that were no records (ssh's words, activation scripts), cleaned, bounded. */
  readonly otherOutput: readonly string[];
  /** Rows in order. The array is new only when membership or order changed: compare by identity. */
  rows(options: RowOptions): readonly Row[];
  derivation(drv: string): Derivation | undefined;
  /** Listener for what happens; returns how to take it back. */
  subscribe(listener: (event: BuildEvent) => void): () => void;
}

/** How a stream's lines are framed and who writes it. */
export interface StreamOptions {
  /** For `Session.label`. */
  label: string;
  /**
   * `command`: stderr of one Nix command (`@nix ` before each record).
   * `json-log`: a json-log-path file, bare records, perhaps of several processes.
   * `auto`: told by the first record.
   */
  kind: "command" | "json-log" | "auto";
  /**
   * The machine whose own stream this is, where it is not the one we run on: `mini`. Its local builds are shown as built
   * there, and a build that another stream gave to a builder is recognised when that builder's own stream tells of it.
   */
  machine?: string;
}

/** Where a source pours its bytes. */
export interface NixLogStream {
  /** Bytes as they came, cut anywhere; `now` in ms. The chunk may be reused by the caller afterwards. */
  feed(chunk: Uint8Array, now: number): void;
  /**
   * No more bytes. `exitCode`/`signal` where the command's end is known (then the verdict is final), else `null`.
   * `interrupted`: the person stopped it.
   */
  end(now: number, end?: { exitCode: number | null; signal: string | null; interrupted?: boolean }): void;
  /** Only `json-log`: process ids whose sessions are open, to be checked for life by the adapter. */
  openProcesses(): number[];
  /** Only `json-log`: what a process is, once the adapter found out: "nix build .#hello · dev". Cleaned by the adapter. */
  nameProcess(pid: number, label: string): void;
  /** Only `json-log`: this process is gone, so what it left open never ends: its builds were cancelled. */
  processEnded(pid: number, now: number): void;
}
