import type { LogStore, StoredLog } from "./log-store.ts";
import { hashOfPath } from "./path-hash.ts";
import { derivationName, hostName, isLocalStore } from "./store-path.ts";
import type {
  Activity,
  Derivation,
  DerivationState,
  Failure,
  Outcome,
  Progress,
  RemoteStage,
  Row,
  Session,
  Transfer,
} from "./types.ts";

import type { Attempt } from "./verdicts.ts";

/** A derivation as the model keeps it: what the views read, and its failure. */
export class DerivationRecord implements Derivation {
  readonly drv: string;
  state: DerivationState = "planned";
  host: string | null = null;
  hostName: string | null = null;
  stage: RemoteStage | null = null;
  transfer: Progress | null = null;
  phase: string | null = null;
  waiting: string | null = null;
  reason: string | null = null;
  purpose: "build" | "check" | "repair" = "build";
  startedAt: number | null = null;
  endedAt: number | null = null;
  logLines = 0;
  session = 0;
  failure: Failure | null = null;
  /** Nothing would take it, as the error says: it failed without having run. */
  couldNotBegin = false;
  /** Only known from outside the streams: no stream has told of this build. */
  sighted = false;
  /** Open activities that say it waits. */
  waits = 0;
  /** Its newest build. */
  attempt: Attempt | null = null;
  /** Its row, once one was shown. */
  row: Row | null = null;
  /** Its end is known but not yet told to the listeners, as the text with the reason may follow. */
  endPending = false;

  /** For `DerivationTable` only. */
  readonly hash: number;
  listed = false;
  nextInSlot: DerivationRecord | null = null;
  before: DerivationRecord | null = null;
  after: DerivationRecord | null = null;

  private readonly store: LogStore;
  private ownLog: StoredLog | null = null;
  private ownName: string | null;

  constructor(drv: string, store: LogStore, name: string | null = null) {
    this.drv = drv;
    this.hash = hashOfPath(drv);
    this.store = store;
    this.ownName = name;
  }

  // Both are made when they are first asked for: of ten thousand planned derivations few are ever looked at.
  get name(): string {
    this.ownName ??= derivationName(this.drv);
    return this.ownName;
  }

  get log(): StoredLog {
    this.ownLog ??= this.store.open();
    return this.ownLog;
  }

  /** Its build ended: its log may give way to newer ones, a failed one's last. */
  settleLog(failed: boolean): void {
    if (this.ownLog !== null) this.store.settle(this.ownLog, failed);
  }

  forgetLog(): void {
    if (this.ownLog !== null) this.store.forget(this.ownLog);
    this.ownLog = null;
  }

  /** A build of it begins, perhaps not the first one. */
  begin(session: number, machine: string, now: number): void {
    const host = isLocalStore(machine) ? null : machine;
    this.state = "running";
    this.host = host;
    this.hostName = host === null ? null : hostName(host);
    this.stage = host === null ? null : "preparing";
    this.transfer = null;
    this.phase = null;
    this.waiting = null;
    this.waits = 0;
    this.reason = null;
    this.startedAt = now;
    this.endedAt = null;
    this.session = session;
    this.failure = null;
    this.couldNotBegin = false;
    this.sighted = false;
  }
}

/** A Nix command, or the part of a watched file that one process wrote. */
export class SessionRecord implements Session {
  readonly id: number;
  readonly startedAt: number;
  label: string;
  pid: number | null;
  endedAt: number | null = null;
  outcome: Outcome = "unfinished";
  error: string[] | null = null;
  diagnosis: string | null = null;
  active = false;
  lastRecordAt: number;

  /** Holds what a watched file says without naming a process: its plan is adopted by the next build operation. */
  shared = false;
  /** Activities that were started and not stopped. */
  openActivities = 0;
  openWorkers = 0;
  /** Build operations it ever had: none means that a plan was all it wanted (`--dry-run`). */
  workers = 0;
  failedBuilds = 0;
  /** What an error of a dependency most likely speaks of: Nix does not name it. */
  lastFailed: DerivationRecord | null = null;
  /** It told a plan that was no dry run. */
  intendsToBuild = false;
  interrupted = false;
  /** Its last record came only in part. */
  brokenOff = false;
  /** Its newest record is an error of the command itself: if nothing follows, that is how it ended. */
  lastWasError = false;
  /** That error was the own one of the process that prints, which it says last, and no builder's or daemon's. */
  lastErrorOwn = false;
  /** What that error says, if it is of no build. */
  lastError: string[] | null = null;
  /** Builds that ended, and Nix did not tell how. */
  untoldEnds = 0;

  constructor(id: number, label: string, pid: number | null, now: number) {
    this.id = id;
    this.label = label;
    this.pid = pid;
    this.startedAt = now;
    this.lastRecordAt = now;
  }
}

export class TransferRecord implements Transfer {
  readonly key: string;
  readonly path: string;
  readonly name: string;
  readonly startedAt: number;
  readonly session: number;
  direction: "download" | "upload" | "copy";
  peer: string;
  progress: Progress = { done: 0, expected: 0 };
  unpackedBytes = 0;
  bytesPerSecond: number | null = null;
  endedAt: number | null = null;
  /** Store URI of the other side. */
  peerUri: string;
  /** Activities that speak of it (Substitute, CopyPath, FileTransfer). */
  openActivities = 0;
  /** Unpacked bytes that came so far. */
  unpackedDone = 0;
  /** Something was really copied, as far as a start tells. */
  copied = false;
  /** It ended, and all of it came. */
  complete = false;
  /** Compressed bytes are known, so that unpacked ones no longer count as its progress. */
  compressed = false;
  /** The build whose inputs or outputs these are: shown in its row, not in one of its own. */
  of: DerivationRecord | null = null;
  private sampledAt: number;
  private sampledBytes = 0;

  constructor(
    key: string,
    path: string,
    name: string,
    direction: "download" | "upload" | "copy",
    peerUri: string,
    session: number,
    now: number,
  ) {
    this.key = key;
    this.path = path;
    this.name = name;
    this.direction = direction;
    this.peerUri = peerUri;
    this.peer = hostName(peerUri);
    this.session = session;
    this.startedAt = now;
    this.sampledAt = now;
  }

  /** Takes the newest byte counts; the rate is renewed at most twice a second, and smoothed. */
  advance(done: number, expected: number, now: number): void {
    this.progress.done = done;
    if (expected > 0) this.progress.expected = expected;
    const elapsed = now - this.sampledAt;
    if (elapsed < 500) return;
    const rate = Math.max(0, done - this.sampledBytes) / (elapsed / 1000);
    this.bytesPerSecond = this.bytesPerSecond === null ? rate : this.bytesPerSecond * 0.5 + rate * 0.5;
    this.sampledAt = now;
    this.sampledBytes = done;
  }
}

export class ActivityRecord implements Activity {
  readonly key: string;
  readonly kind: Activity["kind"];
  readonly startedAt: number;
  readonly session: number;
  text: string;
  progress: Progress | null = null;

  constructor(key: string, kind: Activity["kind"], text: string, session: number, now: number) {
    this.key = key;
    this.kind = kind;
    this.text = text;
    this.session = session;
    this.startedAt = now;
  }
}
