import { cleanText } from "../text/clean.ts";
import { type FailureText, readFailureText } from "./failure-text.ts";
import { type Id, processOf } from "./ids.ts";
import { Activity } from "./numbers.ts";
import type { DerivationRecord, SessionRecord } from "./records.ts";
import type { StartRecord } from "./start-record.ts";
import { SteppedWorkers } from "./stepped-workers.ts";
import { detached, isLocalStore } from "./store-path.ts";
import type { Entry, StreamState } from "./stream-state.ts";
import type { RemoteStage } from "./types.ts";
import { Attempt, type Verdict, Worker } from "./verdicts.ts";

const RUNNING_PHASE = "Running phase: ";
const UNTOLD_END = "ended, and Nix did not tell how";
/** Failed builds remembered whose reason has not been told yet. */
const MOST_SILENT = 100;
/** Closed workers that wait for a word; one that comes after so many others is not about them. */
const MOST_UNDECIDED = 100;
/** Ended builds whose verdict an error text may still move to another one. */
const MOST_CORRIGIBLE = 500;

/** The builds of one stream: workers, the builds in them, where remote ones stand, and how they end. */
export class BuildTracker {
  private readonly stream: StreamState;
  /** Open workers, in the order they began. */
  private workers: { worker: Worker; entry: Entry }[] = [];
  /** Closed workers that wait for a word about which of their builds failed. */
  private undecided: { worker: Worker; entry: Entry }[] = [];
  /** Builds that failed without a word so far: some wordings name no derivation. */
  private silentFailures: Attempt[] = [];
  /** Remote builds by the URI of their machine, as long as they run. */
  private readonly remotes = new Map<string, Set<Attempt>>();

  constructor(stream: StreamState) {
    this.stream = stream;
  }

  /** Realise and Builds activities: a worker, or the worker inside a remote build (nested). */
  startWorker(entry: Entry, start: StartRecord): void {
    if (entry.type === Activity.builds) {
      entry.worker = this.workerNear(entry, null);
      if (entry.worker === null) this.openWorker(entry, start);
      return;
    }
    this.openWorker(entry, start);
  }

  /** A worker whose start was missed. */
  adoptWorker(entry: Entry, counter: Entry): void {
    const worker = new Worker(false, this.settle);
    entry.worker = worker;
    counter.worker = worker;
    this.workers.push({ worker, entry });
    entry.session.openWorkers++;
    entry.session.workers++;
    entry.session.active = true;
    this.unadopted.add(worker);
  }
  private readonly unadopted = new Set<Worker>();
  private readonly stepped = new SteppedWorkers();

  count(entry: Entry, done: number, running: number, failed: number): void {
    const worker = entry.worker;
    if (worker === null) return;
    if (this.unadopted.delete(worker)) {
      worker.adopt(done, running, failed);
      return;
    }
    const failedBefore = worker.failedCount;
    worker.count(done, running, failed);
    if (worker.hasJustStepped) this.stepped.add(processOf(entry.id), worker);
    if (!worker.nested && failed > failedBefore) entry.session.failedBuilds += failed - failedBefore;
  }

  startBuild(entry: Entry, start: StartRecord): void {
    const derivation = this.derivationOf(start);
    if (derivation === null) return;
    const machine = start.field(1);
    entry.session.active = true;
    const open = derivation.attempt;
    if (open !== null && open.verdict === null && !open.stopped && entry.session === open.session) {
      // The build on the builder's own side, or a second word about the same build: it brings log and phases.
      entry.attempt = open;
      if (open.remote) this.setStage(open, "building");
      open.runsThere = open.remote;
      return;
    }
    if (open?.remote && open.verdict === null && this.stream.machine !== null && isLocalStore(machine)) {
      entry.attempt = open;
      entry.companion = true;
      return;
    }
    const nested = entry.parent?.worker != null && isLocalStore(machine);
    const worker = this.workerNear(entry, nested);
    const attempt = new Attempt(derivation, entry.session, worker, entry.id, !isLocalStore(machine));
    entry.attempt = attempt;
    worker?.open.push(attempt);
    derivation.attempt = attempt;
    this.stream.model.moveTo(derivation, "running");
    derivation.begin(entry.session.id, machine, this.stream.now);
    derivation.hostName ??= this.stream.machine;
    derivation.purpose = start.textStartsWith("checking")
      ? "check"
      : start.textStartsWith("repairing")
        ? "repair"
        : "build";
    if (attempt.remote) {
      const peers = this.remotes.get(machine) ?? new Set();
      this.remotes.set(machine, peers.add(attempt));
    }
    if (this.stream.model.heard) this.stream.model.emit({ kind: "started", at: this.stream.now, derivation });
  }

  /** What a Build activity builds: its first field. */
  private derivationOf(start: StartRecord): DerivationRecord | null {
    const { model } = this.stream;
    if (start.block !== null) {
      const from = start.fieldStart(0);
      const to = start.fieldEnd(0);
      return from === to ? null : model.derivationIn(start.block, from, to);
    }
    const drv = start.field(0);
    return drv === "" ? null : model.derivationFor(drv);
  }

  logLine(attempt: Attempt, block: Buffer, start: number, end: number): void {
    const derivation = attempt.derivation;
    derivation.log.append(block, start, end);
    derivation.logLines++;
    attempt.worker?.showedLife(attempt);
    if (attempt.remote && derivation.stage !== "building") this.setStage(attempt, "building");
    // The old ssh protocol sends no phase records; stdenv says the phase in the log (nixpkgs `pkgs/stdenv/generic/setup.sh`).
    if (attempt.remote && block[start] === 82 && end - start < 80) {
      const line = block.toString("latin1", start, end);
      if (line.startsWith(RUNNING_PHASE)) this.setPhase(attempt, cleanText(line.slice(RUNNING_PHASE.length)));
    }
    this.stream.model.changed();
  }

  setPhase(attempt: Attempt, phase: string): void {
    attempt.worker?.showedLife(attempt);
    if (attempt.remote && attempt.derivation.stage !== "building") this.setStage(attempt, "building");
    if (attempt.derivation.phase === phase) return;
    attempt.derivation.phase = phase;
    this.stream.model.changed();
    if (this.stream.model.heard)
      this.stream.model.emit({ kind: "phase", at: this.stream.now, derivation: attempt.derivation });
  }

  /** A log line or phase of an activity that began before this stream was read: it must be a build. */
  meetStranger(id: Id): Entry {
    const entry = this.stream.adoptEntry(id, Activity.build);
    const derivation = this.stream.model.stranger(entry.session, this.stream.now);
    entry.attempt = new Attempt(derivation, entry.session, null, id, false);
    entry.session.active = true;
    return entry;
  }

  /**
   * Something other than progress was read: what stops from now on does not follow a step at once. `id`: of the activity
   * it speaks of, as in a watched file other processes write between; `null`: it may be of any process.
   */
  interruptGroup(id: Id | null): void {
    if (this.stepped.none) return;
    if (id === null) this.stepped.interruptAll();
    else this.stepped.take(processOf(id))?.interruptGroup();
  }

  unknownStop(id: Id): void {
    if (!this.stepped.none) this.stepped.take(processOf(id))?.unknownStop();
  }

  stopped(entry: Entry): void {
    if (entry.type === Activity.realise && entry.worker !== null) this.closeWorker(entry);
    const attempt = entry.companion ? null : entry.attempt;
    if (entry.type !== Activity.build || attempt === null) {
      this.interruptGroup(entry.id);
      return;
    }
    if (attempt.outermost !== entry.id) {
      attempt.runsThere = false;
      if (attempt.remote && attempt.verdict === null) this.setStage(attempt, "downloading");
      this.interruptGroup(entry.id);
      return;
    }
    if (attempt.worker !== null) attempt.worker.stop(attempt);
    else if (attempt.derivation.drv === "") this.stream.model.forgetStranger(attempt.derivation);
    else if (attempt.verdict === null) this.settle(attempt, "cancelled");
    if (attempt.verdict !== null) this.release(attempt);
    this.interruptGroup(entry.id);
  }

  /** An error text that names a derivation. */
  failure(message: string): boolean {
    const text = readFailureText(message);
    if (text === null) return this.refusedOutput(message);
    const model = this.stream.model;
    const derivation =
      text.drv === null
        ? this.silentFailures.at(-1)?.derivation
        : model.derivationFor(detached(qualify(text.drv)));
    const attempt = derivation === undefined ? null : this.attemptOf(derivation);
    this.interruptGroup(attempt === null ? null : attempt.outermost);
    if (derivation === undefined)
      return (
        [...this.undecided, ...this.workers].findLast(({ worker }) => worker.failedWithoutName(text)) !==
        undefined
      );
    // Neither a plan nor a start has told of it.
    if (derivation.session === 0) derivation.session = this.stream.currentSession().id;
    if (text.cause === "dependency") {
      model.dependencyFailed(derivation, text.reason);
      return true;
    }
    if (attempt !== null && attempt.verdict === null) {
      if (attempt.worker !== null) attempt.worker.failedByText(attempt);
      else this.settle(attempt, "failed");
    } else if (derivation.state !== "failed") {
      this.correct(derivation, attempt);
    }
    this.silentFailures = this.silentFailures.filter((other) => other.derivation !== derivation);
    model.setFailure(derivation, text);
    return true;
  }

  /** Checks of outputs name what they refuse, and no derivation (NixOS/nix `src/libstore/build/derivation-check.cc`). */
  private refusedOutput(message: string): boolean {
    const outputs = [...message.matchAll(/'\/[^'\n]*\/[0-9a-z]+-([^'\n]+)'/g)].map((match) => match[1]!);
    if (outputs.length === 0) return false;
    const undecided = [...this.workers, ...this.undecided].flatMap(({ worker }) => worker.perhapsFailed());
    const attempts = [...undecided, ...this.silentFailures];
    const attempt =
      attempts.findLast(({ derivation: { name } }) => outputs.includes(name)) ??
      attempts.findLast(({ derivation: { name } }) =>
        outputs.some((output) => output.startsWith(`${name}-`)),
      );
    if (attempt === undefined) return false;
    this.interruptGroup(attempt.outermost);
    attempt.worker?.failedByText(attempt);
    this.silentFailures = this.silentFailures.filter((other) => other !== attempt);
    this.stream.model.setReason(attempt.derivation, message.replace(/^error:\s*/, ""));
    return true;
  }

  /** Determinate's BuildResult: says outright how a build ended (DeterminateSystems/nix-src `src/libstore/build-result.cc`). */
  buildResultPayload(payload: Record<string, unknown>): void {
    const path = payload.path;
    const named = typeof path === "object" && path !== null ? (path as { drvPath?: unknown }).drvPath : null;
    if (typeof named !== "string") return;
    const model = this.stream.model;
    const status = typeof payload.status === "string" ? payload.status : "";
    // What was there already, or came from a cache, is no build: nothing to be listed.
    if (payload.success === true && status !== "Built" && model.derivation(qualify(named)) === undefined)
      return;
    const derivation = model.derivationFor(qualify(named));
    const attempt = this.attemptOf(derivation);
    if (status === "DependencyFailed") {
      model.dependencyFailed(derivation, "a dependency failed");
    } else if (status === "Cancelled") {
      if (derivation.state === "running") this.end(derivation, attempt, "cancelled");
    } else if (payload.success === true) {
      if (derivation.state === "running" || status === "Built") this.end(derivation, attempt, "done");
    } else if (payload.success === false) {
      this.end(derivation, attempt, "failed");
      const message = typeof payload.errorMsg === "string" ? payload.errorMsg : "";
      const text = readFailureText(message.startsWith("error:") ? message : `error: ${message}`);
      if (text !== null && text.drv !== null) model.setFailure(derivation, text);
      else if (message !== "") model.setReason(derivation, message);
    }
  }

  /** Determinate's HashMismatch: `{ storePath, wanted, got }`, where the path is the derivation. */
  hashMismatchPayload(payload: Record<string, unknown>): void {
    const { storePath, wanted, got } = payload;
    if (typeof storePath !== "string" || typeof wanted !== "string" || typeof got !== "string") return;
    const text = readFailureText(
      `error: hash mismatch in fixed-output derivation '${qualify(storePath)}':\n  specified: ${wanted}\n  got: ${got}`,
    );
    if (text === null) return;
    const derivation = this.stream.model.derivationFor(qualify(storePath));
    this.end(derivation, this.attemptOf(derivation), "failed");
    this.stream.model.setFailure(derivation, text);
  }

  /** Where remote builds on a machine stand, told by an activity that names only the machine. */
  remoteStage(uri: string, stage: RemoteStage): void {
    const waiting = [...(this.remotes.get(uri) ?? [])].filter((attempt) =>
      stage === "downloading"
        ? attempt.derivation.stage === "downloading"
        : attempt.derivation.stage !== "building",
    );
    if (waiting.length === 1) this.setStage(waiting[0]!, stage);
    else for (const attempt of waiting) if (stage !== "downloading") this.setStage(attempt, "preparing");
  }

  /** Outputs have come from this machine. Nothing but their number tells of which build. */
  outputsCame(uri: string): void {
    const waiting = [...(this.remotes.get(uri) ?? [])].filter(
      ({ derivation }) => derivation.stage === "downloading",
    );
    if (waiting.length === 1) waiting[0]!.returned = true;
  }

  /** The builds on this machine that are in this stage. */
  remotesIn(uri: string, stage: RemoteStage): DerivationRecord[] {
    return [...(this.remotes.get(uri) ?? [])]
      .map((attempt) => attempt.derivation)
      .filter((each) => each.stage === stage);
  }

  private setStage(attempt: Attempt, stage: RemoteStage): void {
    if (attempt.verdict !== null || attempt.derivation.stage === stage) return;
    attempt.derivation.stage = stage;
    attempt.derivation.transfer = null;
    this.stream.model.changed();
  }

  private openWorker(entry: Entry, start: StartRecord): void {
    const enclosing = this.workers.some((each) => each.entry.session === entry.session);
    const nested = start.parentId === null ? enclosing : entry.parent?.worker != null;
    const worker = new Worker(nested, this.settle);
    entry.worker = worker;
    // Its process goes on to something else, and has said all that it says of the one before.
    this.giveUp(entry.session, processOf(entry.id));
    this.workers.push({ worker, entry });
    entry.session.openWorkers++;
    if (!nested) {
      entry.session.workers++;
      this.stream.messages.endPlan();
      this.stream.model.adoptPlan(entry.session);
    }
  }

  private closeWorker(entry: Entry): void {
    const worker = entry.worker!;
    worker.close();
    this.workers = this.workers.filter((each) => each.worker !== worker);
    entry.session.openWorkers--;
    if (worker.open.length > 0) this.undecided.push({ worker, entry });
    if (this.undecided.length > MOST_UNDECIDED) this.undecided.shift()!.worker.giveUp();
  }

  /** No more word will come about how the builds of closed workers ended. */
  giveUp(session: SessionRecord, process?: number): void {
    if (this.undecided.length === 0) return;
    const over = this.undecided.filter(
      ({ entry }) => entry.session === session && (process === undefined || processOf(entry.id) === process),
    );
    for (const { worker } of over) worker.giveUp();
    this.undecided = this.undecided.filter(({ worker }) => worker.open.length > 0);
  }

  /**
   * The newest worker of the session that this activity can belong to, and that is nested or not, if there is one of that
   * kind. The process that runs a worker makes its counters and builds too, which tells apart several commands that write
   * into one pipe.
   */
  private workerNear(entry: Entry, nested: boolean | null): Worker | null {
    const process = processOf(entry.id);
    let nearest: Worker | null = null;
    let highest = -1;
    for (const { worker, entry: own } of this.workers) {
      if (own.session !== entry.session) continue;
      const rank = (processOf(own.id) === process ? 2 : 0) + (worker.nested === nested ? 1 : 0);
      if (rank < highest) continue;
      highest = rank;
      nearest = worker;
    }
    return nearest;
  }

  private readonly settle = (attempt: Attempt, verdict: Verdict, reason: FailureText | null = null): void => {
    attempt.verdict = verdict;
    const derivation = attempt.derivation;
    if (verdict === "failed" && reason === null) {
      this.silentFailures.push(attempt);
      if (this.silentFailures.length > MOST_SILENT) this.silentFailures.shift();
    }
    if (verdict !== "done") this.keepForCorrection(attempt);
    if (derivation.attempt === attempt) {
      this.stream.model.ended(derivation, verdict, this.stream.now);
      if (attempt.endUntold) derivation.reason = UNTOLD_END;
      else if (derivation.reason === UNTOLD_END) derivation.reason = null;
      if (reason !== null) this.stream.model.setFailure(derivation, reason);
    }
    if (attempt.stopped) this.release(attempt);
  };

  /** An error text may still say otherwise; of what ended long before it, none does. */
  private keepForCorrection(attempt: Attempt): void {
    this.corrigible.push(attempt);
    if (this.corrigible.length <= MOST_CORRIGIBLE) return;
    const { derivation } = this.corrigible.shift()!;
    if (derivation.attempt?.verdict != null) derivation.attempt = null;
  }
  private readonly corrigible: Attempt[] = [];

  /** Its newest build in this stream. */
  private attemptOf(derivation: DerivationRecord): Attempt | null {
    const attempt = derivation.attempt;
    return attempt !== null && (attempt.worker === null || attempt.worker.settle === this.settle)
      ? attempt
      : null;
  }

  private end(derivation: DerivationRecord, attempt: Attempt | null, verdict: Verdict): void {
    if (attempt !== null && attempt.verdict === null) {
      if (attempt.worker !== null) attempt.worker.endKnown(attempt, verdict);
      else this.settle(attempt, verdict);
    } else this.stream.model.ended(derivation, verdict, this.stream.now);
  }

  /** An error names a build that the order of the records had not shown as failed: then another one was not. */
  private correct(derivation: DerivationRecord, attempt: Attempt | null): void {
    if (attempt?.worker?.mayHaveFailed(attempt)) {
      attempt.worker.endKnown(attempt, "failed");
      return;
    }
    if (attempt?.verdict === "cancelled") {
      const mistaken = this.silentFailures.find((other) => other.byOrder && other.worker === attempt.worker);
      if (mistaken !== undefined) {
        mistaken.verdict = "cancelled";
        this.silentFailures = this.silentFailures.filter((other) => other !== mistaken);
        this.stream.model.ended(mistaken.derivation, "cancelled", this.stream.now);
      }
    }
    if (attempt !== null) attempt.verdict = "failed";
    this.stream.model.ended(derivation, "failed", this.stream.now);
  }

  private release(attempt: Attempt): void {
    const host = attempt.derivation.host;
    if (host !== null) {
      const peers = this.remotes.get(host);
      peers?.delete(attempt);
      if (peers?.size === 0) this.remotes.delete(host);
    }
    const { derivation } = attempt;
    if (attempt.verdict === "done" && derivation.attempt === attempt) derivation.attempt = null;
  }
}

/** Older Determinate versions give a derivation without its directory. */
function qualify(drv: string): string {
  return drv.startsWith("/") ? drv : `/nix/store/${drv}`;
}
