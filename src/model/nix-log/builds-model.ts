import { cleanText } from "../text/clean.ts";
import type { ArchivedDerivation } from "./archive.ts";
import { DerivationList } from "./derivation-list.ts";
import type { FailureText } from "./failure-text.ts";
import { bareFailure, failureFrom } from "./failures.ts";
import { keepLayouts } from "./lasting-layouts.ts";
import { StreamReader } from "./nix-log-stream.ts";
import type { ActivityRecord, DerivationRecord, SessionRecord, TransferRecord } from "./records.ts";
import { RowList } from "./rows.ts";
import { outcomeOf, outcomeOfBuilds, SessionList } from "./session-list.ts";
import { detached } from "./store-path.ts";
import { TransferList } from "./transfer-list.ts";
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
import { UntakenBuilds } from "./untaken-builds.ts";

const MOST_NOTICES = 200;
const MOST_OTHER_LINES = 500;
/** Failures whose last log lines are kept. */
const MOST_DETAILED = 500;
/** Kinds of records that no Nix we know writes, each counted; what more there are is counted together. */
const MOST_UNKNOWN_KINDS = 100;
const OTHER_KINDS = "other";

export interface BuildsModelOptions {
  /** Bound of all kept log lines together, in bytes (default 16 MiB). */
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
  readonly notices: Notice[] = [];
  readonly unknownRecords = new Map<string, number>();
  readonly otherOutput: string[] = [];
  readonly untaken = new UntakenBuilds();

  private readonly list: DerivationList;
  private readonly sessionList = new SessionList();
  private lastFailed: DerivationRecord | null = null;
  private readonly travelling = new TransferList();
  private readonly rowList = new RowList(() => this.list.all());
  private readonly listeners = new Set<(event: BuildEvent) => void>();
  private readonly untold: DerivationRecord[] = [];
  private unadoptedPlan: DerivationRecord[] = [];
  /** Derivations whose failure has its last lines, the oldest first. */
  private readonly detailed: DerivationRecord[] = [];
  private nextKey = 1;

  constructor(options: BuildsModelOptions = {}) {
    keepLayouts();
    this.list = new DerivationList(options.logBytes);
  }

  openStream(options: StreamOptions, now: number): NixLogStream {
    return new StreamReader(this, options, now);
  }

  get sessions(): readonly SessionRecord[] {
    return this.sessionList.all;
  }

  get outcome(): Outcome {
    return this.sessionList.outcome;
  }

  get counts(): Counts {
    return this.list.counts;
  }

  get failures(): readonly Failure[] {
    return [...this.eachFailure()];
  }

  /** The same one after the other, for whoever needs no list of them: each brings its last log lines. */
  *eachFailure(): Generator<Failure> {
    for (const derivation of this.list.failed) yield derivation.failure ?? bareFailure(derivation);
  }

  get transfers(): TransferTotals {
    return this.travelling.totals;
  }

  rows(options: RowOptions): readonly Row[] {
    return this.rowList.rows(options);
  }

  derivation(drv: string): DerivationRecord | undefined {
    return this.list.get(drv);
  }

  /** All derivations that have a row, in the order they were first heard of. */
  derivations(): Iterable<DerivationRecord> {
    return this.list.all();
  }

  /** Those that ended so long ago that they have no row any more. */
  archivedDerivations(): Iterable<ArchivedDerivation> {
    return this.list.archivedOnes();
  }

  /** Running builds that are counted, and are not among the derivations, as nobody knows of what. */
  get strangers(): number {
    return this.list.strangers;
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
    const isNamed = this.unknownRecords.size < MOST_UNKNOWN_KINDS || this.unknownRecords.has(what);
    const kind = isNamed ? what : OTHER_KINDS;
    this.unknownRecords.set(kind, (this.unknownRecords.get(kind) ?? 0) + 1);
  }

  addOtherOutput(line: string): void {
    const clean = cleanText(line);
    if (clean === "") return;
    this.otherOutput.push(clean);
    this.untaken.otherOutput(clean);
    if (this.otherOutput.length > MOST_OTHER_LINES) this.otherOutput.splice(0, MOST_OTHER_LINES / 5);
  }

  addNotice(notice: Notice): void {
    if (this.notices.slice(-20).some((each) => each.text === notice.text)) return;
    this.notices.push(notice);
    if (this.notices.length > MOST_NOTICES) this.notices.splice(0, MOST_NOTICES / 5);
    this.version++;
    this.emit({ kind: "notice", at: notice.at, notice });
  }

  /** The derivation with this path, perhaps a new one; the text is kept, so it must not be a part of a larger one. */
  derivationFor(path: string): DerivationRecord {
    const drv = cleanText(path);
    return this.list.get(drv) ?? this.addDerivation(drv);
  }

  /** The derivation whose path stands in a block, in ASCII. */
  derivationIn(block: Buffer, start: number, end: number): DerivationRecord {
    return this.list.getIn(block, start, end) ?? this.addDerivation(block.toString("latin1", start, end));
  }

  private addDerivation(drv: string): DerivationRecord {
    this.version++;
    this.rowList.moved();
    return this.list.add(drv);
  }

  /** A build that began before the stream was read: its name is not known. */
  stranger(session: SessionRecord, now: number): DerivationRecord {
    const derivation = this.list.addStranger("a build begun earlier");
    derivation.begin(session.id, "", now);
    derivation.row = { kind: "derivation", key: this.newKey("stranger"), derivation };
    this.rowList.add(derivation.row);
    return derivation;
  }

  forgetStranger(derivation: DerivationRecord): void {
    this.list.removeStranger(derivation);
    if (derivation.row !== null) this.rowList.remove(derivation.row.key);
    this.version++;
  }

  /**
   * A build that no stream tells of: it runs since then, and more is not known. `machine`: where, if not here, as people
   * call it.
   */
  sighted(drv: string, startedAt: number, machine: string | null = null): void {
    const derivation = this.derivationFor(detached(drv));
    if (derivation.state === "running") return;
    this.moveTo(derivation, "running");
    derivation.begin(0, "", startedAt);
    derivation.hostName = machine;
    derivation.sighted = true;
  }

  /** It is not seen any more. How it ended nobody told, so it is no row any more. */
  lostSight(drv: string): void {
    const derivation = this.list.get(drv);
    if (derivation?.sighted !== true || derivation.state !== "running") return;
    this.list.remove(derivation);
    this.rowList.moved();
    this.version++;
  }

  /** Named by a plan, or waiting to begin. */
  planned(path: string, session: SessionRecord): DerivationRecord {
    const drv = cleanText(path);
    const known = this.list.get(drv);
    return this.plan(known, known ?? this.addDerivation(drv), session);
  }

  /** The same; the path stands in a block, in ASCII. */
  plannedIn(block: Buffer, start: number, end: number, session: SessionRecord): DerivationRecord {
    const known = this.list.getIn(block, start, end);
    const derivation = known ?? this.addDerivation(block.toString("latin1", start, end));
    return this.plan(known, derivation, session);
  }

  private plan(
    known: DerivationRecord | undefined,
    derivation: DerivationRecord,
    session: SessionRecord,
  ): DerivationRecord {
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

  /** Another derivation is built in its stead: its inputs are content-addressed, and now known. */
  replaced(drv: string): void {
    const derivation = this.list.get(drv);
    if (derivation?.state !== "planned") return;
    this.list.remove(derivation);
    this.rowList.moved();
    this.version++;
  }

  /** A key for a row of its own. */
  newKey(kind: string): string {
    return `${kind}:${this.nextKey++}`;
  }

  planBytes(downloadBytes: number): void {
    this.travelling.plan(downloadBytes);
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

  dropPlan(session: SessionRecord): void {
    this.list.dropPlan(session.id);
    this.rowList.moved();
    this.version++;
  }

  /** Changes the state and what goes with it, and keeps counts and rows right. */
  moveTo(derivation: DerivationRecord, state: DerivationState): void {
    this.list.moveTo(derivation, state);
    this.rowList.moved();
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
    if (verdict === "failed") {
      this.lastFailed = derivation;
      const session = this.sessionList.get(derivation.session);
      if (session !== undefined) session.lastFailed = derivation;
    } else derivation.failure = null;
    if (!derivation.endPending) {
      derivation.endPending = true;
      this.untold.push(derivation);
    }
    this.list.settle(derivation);
  }

  /** It could not be built because something it needs failed. It never began, so it is not failed itself. */
  dependencyFailed(derivation: DerivationRecord, reason: string): void {
    if (derivation.state !== "planned") return;
    derivation.reason = reason;
    const session = this.sessionList.get(derivation.session);
    const cause = session === undefined || session.shared ? this.lastFailed : session.lastFailed;
    if (cause?.state === "failed") {
      cause.failure ??= bareFailure(cause);
      if (!cause.failure.dependents.includes(derivation.drv)) cause.failure.dependents.push(derivation.drv);
    }
    this.version++;
  }

  setFailure(derivation: DerivationRecord, text: FailureText): void {
    const failure = failureFrom(derivation, text, this.untaken.of(derivation.drv));
    if (failure === null) return;
    derivation.reason = failure.reason;
    derivation.failure = failure;
    derivation.couldNotBegin = text.cause === "unbuildable" && derivation.startedAt === null;
    this.version++;
    this.detailed.push(derivation);
    if (this.detailed.length > MOST_DETAILED) forgetDetails(this.detailed.shift()!);
  }

  setReason(derivation: DerivationRecord, message: string): void {
    const reason = cleanText(message.split("\n", 1)[0]!);
    derivation.reason = reason;
    derivation.failure = { ...bareFailure(derivation), ...derivation.failure, reason };
    this.version++;
  }

  openTransfer(transfer: TransferRecord): void {
    this.travelling.add(transfer);
    if (transfer.of === null) this.rowList.add({ kind: "transfer", key: transfer.key, transfer });
    this.version++;
  }

  transferBytes(transfer: TransferRecord, done: number, expected: number, now: number): void {
    transfer.advance(done, expected, now);
    this.version++;
  }

  closeTransfer(transfer: TransferRecord, now: number): void {
    if (!this.travelling.close(transfer, now)) return;
    this.rowList.ended(transfer);
    this.version++;
    // What belongs to a build is told with it.
    if (this.heard && transfer.complete && transfer.of === null)
      this.emit({ kind: "fetched", at: now, transfer });
  }

  expectDownload(change: number): void {
    this.travelling.expect(change);
    this.version++;
  }

  openActivity(activity: ActivityRecord): void {
    this.rowList.add({ kind: "activity", key: activity.key, activity });
    this.version++;
  }

  closeActivity(activity: ActivityRecord): void {
    this.rowList.remove(activity.key);
    this.version++;
  }

  openSession(label: string, pid: number | null, now: number): SessionRecord {
    this.version++;
    return this.sessionList.open(label, pid, now);
  }

  /** A worker of this session ended: in a watched file that is the nearest thing to the session's end. */
  workerEnded(session: SessionRecord, now: number): void {
    if (session.pid === null || session.openWorkers > 0) return;
    this.untaken.commandEnded();
    session.endedAt = now;
    session.outcome = outcomeOfBuilds(session);
    if (session.outcome === "succeeded") this.dropPlan(session);
    this.version++;
    this.emit({ kind: "session-ended", at: now, session });
  }

  reopenSession(session: SessionRecord): void {
    session.endedAt = null;
    session.outcome = "unfinished";
    session.failedBuilds = 0;
    session.untoldEnds = 0;
    session.lastFailed = null;
  }

  /** No more records of it will come. `succeeded`: from the exit status, `null` where that is not known. */
  endSession(session: SessionRecord, now: number, succeeded: boolean | null): void {
    this.untaken.commandEnded();
    const already = session.endedAt !== null;
    const running = [...this.list.all()].filter(
      (each) => each.state === "running" && each.session === session.id,
    );
    session.outcome = outcomeOf(session, succeeded, running.length > 0);
    if (session.outcome === "failed" && session.lastFailed === null && session.error === null)
      session.error = session.lastError;
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
      derivation.endPending = false;
      if (derivation.endedAt !== null && this.heard)
        this.emit({ kind: "ended", at: derivation.endedAt, derivation });
    }
    this.untold.length = 0;
  }
}

/** Of a failure long ago the reason is enough: its last lines are forty times as large. */
function forgetDetails({ failure }: DerivationRecord): void {
  if (failure === null) return;
  failure.logTail = [];
  failure.dependents = [];
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
