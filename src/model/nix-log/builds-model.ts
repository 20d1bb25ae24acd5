import { cleanText } from "../text/clean.ts";
import { Archive, type ArchivedDerivation } from "./archive.ts";
import type { FailureText } from "./failure-text.ts";
import { LogStore } from "./log-store.ts";
import { StreamReader } from "./nix-log-stream.ts";
import { type ActivityRecord, DerivationRecord, SessionRecord, type TransferRecord } from "./records.ts";
import { RowList } from "./rows.ts";
import { detached } from "./store-path.ts";
import type {
  BuildEvent,
  Builds,
  Counts,
  DerivationState,
  Failure,
  NixLogStream,
  Notice,
  Outcome,
  Row,
  RowOptions,
  StreamOptions,
  TransferTotals,
} from "./types.ts";

const MOST_NOTICES = 200;
const MOST_OTHER_LINES = 500;
const MOST_SESSIONS = 500;
const TAIL = 25;
/** Derivations with a row. */
const MOST_DERIVATIONS = 10_500;
/** What ended last is never archived, so that its reason can still be told. */
const LATELY = 100;

/** Progress comes every 8 KiB at best, so that the last of it may be missing when a transfer stops. */
function isNearlyAll(done: number, expected: number): boolean {
  return expected - done <= Math.max(16 * 1024, expected * 0.02);
}

export interface BuildsModelOptions {
  /** Bound of all kept log lines together, in bytes (default 32 MiB). */
  logBytes?: number;
}

/**
 * The builds of one machine: every stream that is poured in, merged, a derivation once.
 *
 * Pure: no clock, no I/O. Whoever pours brings the time.
 */
export class BuildsModel implements Builds {
  version = 0;
  records = 0;
  otherLines = 0;
  readonly counts: Counts = { running: 0, done: 0, failed: 0, cancelled: 0, planned: 0 };
  readonly notices: Notice[] = [];
  readonly sessions: SessionRecord[] = [];
  readonly unknownRecords = new Map<string, number>();
  readonly otherOutput: string[] = [];

  private readonly logs: LogStore;
  private readonly byDrv = new Map<string, DerivationRecord>();
  private readonly list = new RowList(() => this.byDrv.values());
  private readonly failed = new Set<DerivationRecord>();
  private readonly listeners = new Set<(event: BuildEvent) => void>();
  private readonly untold: DerivationRecord[] = [];
  private readonly openTransfers = new Set<TransferRecord>();
  private closedPaths = 0;
  private expectedDownload = 0;
  private closedBytes = 0;
  private closedExpected = 0;
  private plannedBytes = 0;
  private unadoptedPlan: DerivationRecord[] = [];
  /** Derivations in the order they ended, as far as they are not archived. */
  private readonly overQueue: DerivationRecord[] = [];
  private overHead = 0;
  private readonly archive = new Archive();
  private archived = 0;
  private nextSession = 1;
  private nextKey = 1;

  constructor(options: BuildsModelOptions = {}) {
    this.logs = new LogStore(options.logBytes);
  }

  openStream(options: StreamOptions, now: number): NixLogStream {
    return new StreamReader(this, options, now);
  }

  get outcome(): Outcome {
    const relevant = this.sessions.filter((session) => session.active || session.outcome !== "succeeded");
    const all = relevant.length > 0 ? relevant : this.sessions;
    if (all.length === 0) return "unfinished";
    for (const outcome of ["unfinished", "failed", "cancelled"] as const) {
      if (all.some((session) => session.outcome === outcome)) return outcome;
    }
    return "succeeded";
  }

  get failures(): readonly Failure[] {
    const failures: Failure[] = [];
    for (const derivation of this.failed) failures.push(derivation.failure ?? this.bareFailure(derivation));
    return failures;
  }

  get transfers(): TransferTotals {
    let done = this.closedBytes;
    let expected = this.closedExpected;
    let rate: number | null = null;
    for (const transfer of this.openTransfers) {
      done += transfer.progress.done;
      expected += Math.max(transfer.progress.done, transfer.progress.expected);
      if (transfer.bytesPerSecond !== null) rate = (rate ?? 0) + transfer.bytesPerSecond;
    }
    return {
      paths: this.closedPaths + this.openTransfers.size,
      bytesDone: done,
      // What the operations say is exact; what the plan said before them is rounded.
      bytesExpected: Math.max(
        expected,
        this.expectedDownload > 0 ? this.expectedDownload : this.plannedBytes,
      ),
      bytesPerSecond: rate,
    };
  }

  rows(options: RowOptions): readonly Row[] {
    return this.list.rows(options);
  }

  derivation(drv: string): DerivationRecord | undefined {
    return this.byDrv.get(drv);
  }

  /** All derivations that have a row, in the order they were first heard of. */
  derivations(): Iterable<DerivationRecord> {
    return this.byDrv.values();
  }

  /** Those that ended so long ago that they have no row any more. */
  archivedDerivations(): Iterable<ArchivedDerivation> {
    return this.archive.all();
  }

  subscribe(listener: (event: BuildEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  // --- for the streams ------------------------------------------------------------------------------------------

  changed(): void {
    this.version++;
  }

  /** Does anybody listen? Events of a flood that nobody hears need not be made. */
  get heard(): boolean {
    return this.listeners.size > 0;
  }

  emit(event: BuildEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  countLines(records: number, otherLines: number): void {
    this.records += records;
    this.otherLines += otherLines;
    if (records + otherLines > 0) this.version++;
  }

  countUnknown(what: string): void {
    if (this.unknownRecords.size >= 100 && !this.unknownRecords.has(what)) return;
    this.unknownRecords.set(what, (this.unknownRecords.get(what) ?? 0) + 1);
  }

  addOtherOutput(line: string): void {
    const clean = cleanText(line);
    if (clean === "") return;
    this.otherOutput.push(clean);
    if (this.otherOutput.length > MOST_OTHER_LINES) this.otherOutput.splice(0, MOST_OTHER_LINES / 5);
  }

  addNotice(notice: Notice): void {
    if (this.notices.slice(-20).some((each) => each.text === notice.text)) return;
    this.notices.push(notice);
    if (this.notices.length > MOST_NOTICES) this.notices.splice(0, MOST_NOTICES / 5);
    this.version++;
    this.emit({ kind: "notice", at: notice.at, notice });
  }

  derivationFor(drv: string): DerivationRecord {
    let derivation = this.byDrv.get(drv);
    if (derivation === undefined) {
      derivation = new DerivationRecord(detached(drv), this.logs);
      const before = this.archived > 0 ? this.archive.take(drv) : null;
      if (before !== null) {
        this.archived--;
        this.counts[before]--;
      }
      this.byDrv.set(derivation.drv, derivation);
      this.counts.planned++;
      this.list.moved();
      this.version++;
    }
    return derivation;
  }

  /** A build that began before the stream was read: its name is not known. */
  stranger(session: SessionRecord, now: number): DerivationRecord {
    const derivation = new DerivationRecord("", this.logs, "a build begun earlier");
    derivation.begin(session.id, "", now);
    this.counts.running++;
    derivation.row = { kind: "derivation", key: this.newKey("stranger"), derivation };
    this.list.add(derivation.row);
    return derivation;
  }

  forgetStranger(derivation: DerivationRecord): void {
    this.counts.running--;
    if (derivation.row !== null) this.list.remove(derivation.row.key);
    derivation.forgetLog();
    this.version++;
  }

  /** Named by a plan, or waiting to begin. */
  planned(drv: string, session: SessionRecord): DerivationRecord {
    const known = this.byDrv.get(drv);
    const derivation = this.derivationFor(drv);
    if (known === undefined || (known.state !== "running" && known.session !== session.id)) {
      if (known !== undefined && known.state !== "planned") {
        this.moveTo(known, "planned");
        resetToPlanned(known);
      }
      derivation.session = session.id;
    }
    if (session.shared) this.unadoptedPlan.push(derivation);
    return derivation;
  }

  /** A key for a row of its own. */
  newKey(kind: string): string {
    return `${kind}:${this.nextKey++}`;
  }

  planBytes(downloadBytes: number, _unpackedBytes: number): void {
    this.plannedBytes += downloadBytes;
    this.version++;
  }

  /** A build operation begins: the plan that was told before it, by whoever, is its plan. */
  adoptPlan(session: SessionRecord): void {
    for (const derivation of this.unadoptedPlan) {
      if (derivation.state !== "planned") continue;
      derivation.session = session.id;
    }
    this.unadoptedPlan = [];
  }

  /** What this session planned and never began is no longer on its way. */
  dropPlan(session: SessionRecord): void {
    if (this.counts.planned === 0) return;
    for (const derivation of this.byDrv.values()) {
      if (derivation.state === "planned" && derivation.session === session.id) this.remove(derivation);
    }
  }

  /** Changes the state and what goes with it, and keeps counts and rows right. */
  moveTo(derivation: DerivationRecord, state: DerivationState): void {
    this.counts[derivation.state]--;
    if (derivation.state === "failed") this.failed.delete(derivation);
    derivation.state = state;
    this.counts[state]++;
    if (state === "failed") this.failed.add(derivation);
    this.list.moved();
    this.version++;
  }

  ended(derivation: DerivationRecord, verdict: "done" | "failed" | "cancelled", now: number): void {
    if (derivation.state === verdict) return;
    this.moveTo(derivation, verdict);
    derivation.endedAt = now;
    derivation.stage = null;
    derivation.transfer = null;
    derivation.waiting = null;
    derivation.reason =
      verdict === "failed" ? "failed" : verdict === "cancelled" ? "killed, as the build was stopped" : null;
    if (verdict !== "failed") derivation.failure = null;
    derivation.settleLog(verdict === "failed");
    if (!derivation.endUntold) {
      derivation.endUntold = true;
      this.untold.push(derivation);
    }
    this.overQueue.push(derivation);
    if (this.byDrv.size > MOST_DERIVATIONS) this.archiveOldest();
  }

  /** Long lists keep what ended last; what ended long ago is only counted, and told by `replay --json`. */
  private archiveOldest(): void {
    while (this.byDrv.size > MOST_DERIVATIONS && this.overHead < this.overQueue.length - LATELY) {
      const derivation = this.overQueue[this.overHead++]!;
      if (
        derivation.state === "running" ||
        derivation.state === "planned" ||
        this.byDrv.get(derivation.drv) !== derivation
      )
        continue;
      const { drv, state, host, phase, reason, logLines, startedAt, endedAt } = derivation;
      const durationMs = startedAt === null || endedAt === null ? null : Math.round(endedAt - startedAt);
      this.archive.add({ drv, state, host, phase, reason, logLines, durationMs });
      this.archived++;
      this.byDrv.delete(drv);
      this.failed.delete(derivation);
      derivation.forgetLog();
      this.list.moved();
    }
    if (this.overHead > MOST_DERIVATIONS) {
      this.overQueue.splice(0, this.overHead);
      this.overHead = 0;
    }
  }

  /** It could not be built because something it needs failed. It never began, so it is not failed itself. */
  dependencyFailed(derivation: DerivationRecord, reason: string, _now: number): void {
    if (derivation.state !== "planned") return;
    derivation.reason = reason;
    const cause = [...this.failed].at(-1);
    if (cause !== undefined) {
      cause.failure ??= this.bareFailure(cause);
      if (!cause.failure.dependents.includes(derivation.drv)) cause.failure.dependents.push(derivation.drv);
    }
    this.version++;
  }

  setFailure(derivation: DerivationRecord, text: FailureText, _now: number): void {
    const before = derivation.failure;
    // What the builder itself said is nearer to the truth than what the build hook then says of it.
    if (before !== null && before.exitCode !== null && !text.remote && before.reason !== "failed") {
      if (before.logTail.length === 0) before.logTail = text.logTail;
      return;
    }
    derivation.reason = text.reason;
    derivation.failure = {
      drv: derivation.drv,
      name: derivation.name,
      reason: text.reason,
      phase: derivation.phase,
      exitCode: text.exitCode,
      signal: text.signal,
      logTail: text.logTail.length > 0 ? text.logTail : tailOf(derivation),
      hash: text.hash ?? before?.hash ?? null,
      dependents: before?.dependents ?? [],
      diagnosis: text.diagnosis ?? before?.diagnosis ?? null,
    };
    this.version++;
  }

  setReason(derivation: DerivationRecord, message: string, _now: number): void {
    const reason = cleanText(message.split("\n", 1)[0]!);
    derivation.reason = reason;
    derivation.failure = { ...this.bareFailure(derivation), ...derivation.failure, reason };
    this.version++;
  }

  openTransfer(transfer: TransferRecord): void {
    this.openTransfers.add(transfer);
    if (transfer.of === null) this.list.add({ kind: "transfer", key: transfer.key, transfer });
    this.version++;
  }

  transferBytes(transfer: TransferRecord, done: number, expected: number, now: number): void {
    transfer.advance(done, expected, now);
    this.version++;
  }

  closeTransfer(transfer: TransferRecord, now: number): void {
    if (!this.openTransfers.delete(transfer)) return;
    transfer.endedAt = now;
    const { progress } = transfer;
    // A stop says nothing of success. The last progress may lie a little below the total; far below, it broke off.
    transfer.complete =
      transfer.copied &&
      // From a cache over HTTP at least a byte is told; a small path from a directory comes without a word.
      (transfer.unpackedBytes + progress.done > 0 || !transfer.peerUri.startsWith("http")) &&
      isNearlyAll(transfer.unpackedDone, transfer.unpackedBytes) &&
      isNearlyAll(progress.done, progress.expected);
    if (transfer.complete) progress.done = Math.max(progress.done, progress.expected);
    this.closedBytes += progress.done;
    this.closedExpected += Math.max(progress.done, progress.expected);
    if (transfer.complete) this.closedPaths++;
    this.version++;
    this.list.ended(transfer);
    if (this.heard && transfer.complete && transfer.of === null)
      this.emit({ kind: "fetched", at: now, transfer });
  }

  /** An operation said how much it expects to download in all (SetExpected): `change` against what it said before. */
  expectDownload(change: number): void {
    this.expectedDownload += change;
    this.version++;
  }

  openActivity(activity: ActivityRecord): void {
    this.list.add({ kind: "activity", key: activity.key, activity });
    this.version++;
  }

  closeActivity(activity: ActivityRecord): void {
    this.list.remove(activity.key);
    this.version++;
  }

  openSession(label: string, pid: number | null, now: number): SessionRecord {
    const session = new SessionRecord(this.nextSession++, label, pid, now);
    this.sessions.push(session);
    if (this.sessions.length > MOST_SESSIONS) {
      const old = this.sessions.findIndex((each) => each.endedAt !== null);
      this.sessions.splice(Math.max(old, 0), 1);
    }
    this.version++;
    return session;
  }

  /** A worker of this session ended: in a watched file that is the nearest thing to the session's end. */
  workerEnded(session: SessionRecord, now: number): void {
    if (session.pid === null || session.openWorkers > 0) return;
    session.endedAt = now;
    session.outcome = session.failedBuilds > 0 ? "failed" : "succeeded";
    if (session.outcome === "succeeded") this.dropPlan(session);
    this.version++;
    this.emit({ kind: "session-ended", at: now, session });
  }

  reopenSession(session: SessionRecord): void {
    session.endedAt = null;
    session.outcome = "unfinished";
    session.failedBuilds = 0;
  }

  /** No more records of it will come. `succeeded`: from the exit status, `null` where that is not known. */
  endSession(session: SessionRecord, now: number, succeeded: boolean | null): void {
    const already = session.endedAt !== null;
    const running = [...this.byDrv.values()].filter(
      (each) => each.state === "running" && each.session === session.id,
    );
    session.outcome = outcomeOf(session, succeeded, running.length > 0);
    if (session.outcome !== "unfinished") {
      session.endedAt ??= now;
      for (const derivation of running) this.ended(derivation, "cancelled", now);
    }
    // What a successful command never began was there already after all; a dry run wanted nothing but the plan.
    if (session.outcome === "succeeded" && session.workers > 0) this.dropPlan(session);
    this.tellEnds();
    this.version++;
    if (!already && session.outcome !== "unfinished") this.emit({ kind: "session-ended", at: now, session });
  }

  /** Tells the listeners of ends whose reason has had its chance to follow. */
  tellEnds(): void {
    for (const derivation of this.untold) {
      derivation.endUntold = false;
      if (derivation.endedAt !== null && this.heard)
        this.emit({ kind: "ended", at: derivation.endedAt, derivation });
    }
    this.untold.length = 0;
  }

  private remove(derivation: DerivationRecord): void {
    this.byDrv.delete(derivation.drv);
    this.counts[derivation.state]--;
    this.failed.delete(derivation);
    this.list.moved();
    derivation.forgetLog();
    this.version++;
  }

  private bareFailure(derivation: DerivationRecord): Failure {
    return {
      drv: derivation.drv,
      name: derivation.name,
      reason: derivation.reason ?? "failed",
      phase: derivation.phase,
      exitCode: null,
      signal: null,
      logTail: tailOf(derivation),
      hash: null,
      dependents: [],
      diagnosis: null,
    };
  }
}

/** How a session ended, as far as its records tell. `succeeded` is from the exit status, where that is known. */
function outcomeOf(session: SessionRecord, succeeded: boolean | null, buildsRun: boolean): Outcome {
  if (session.interrupted) return "cancelled";
  if (succeeded !== null) return succeeded ? "succeeded" : "failed";
  if (session.lastWasError) return "failed";
  if (session.openWorkers > 0 || buildsRun || (session.intendsToBuild && session.workers === 0))
    return "unfinished";
  return session.failedBuilds > 0 ? "failed" : "succeeded";
}

function resetToPlanned(derivation: DerivationRecord): void {
  derivation.startedAt = null;
  derivation.endedAt = null;
  derivation.reason = null;
  derivation.waiting = null;
  derivation.stage = null;
  derivation.phase = null;
  derivation.failure = null;
}

function tailOf(derivation: DerivationRecord): string[] {
  const lines: string[] = [];
  for (
    let n = Math.max(derivation.log.firstLine, derivation.log.endLine - TAIL);
    n < derivation.log.endLine;
    n++
  ) {
    lines.push(derivation.log.plainLine(n));
  }
  return lines;
}
