import { cleanText } from "../text/clean.ts";
import type { FailureText } from "./failure-text.ts";
import { type Id, processOf } from "./ids.ts";
import { MissedCounters } from "./missed-counters.ts";
import { Activity } from "./numbers.ts";
import type { DerivationRecord, SessionRecord } from "./records.ts";
import { RemoteBuilds } from "./remote-builds.ts";
import type { StartRecord } from "./start-record.ts";
import { SteppedWorkers } from "./stepped-workers.ts";
import { isLocalStore } from "./store-path.ts";
import type { Entry, StreamState } from "./stream-state.ts";
import { ToldEnds } from "./told-ends.ts";
import { Attempt, type Verdict, Worker } from "./verdicts.ts";

const RUNNING_PHASE = "Running phase: ";
const UNTOLD_END = "ended, and Nix did not tell how";
/** Closed workers that wait for a word; one that comes after so many others is not about them. */
const MOST_UNDECIDED = 100;
/** Stopped builds of which a late word is still taken for theirs. */
const MOST_LATELY = 32;

/** The builds of one stream: workers, the builds in them, where remote ones stand, and how they end. */
export class BuildTracker {
  private readonly stream: StreamState;
  /** Open workers, in the order they began. */
  private workers: { worker: Worker; entry: Entry }[] = [];
  /** Closed workers that wait for a word about which of their builds failed. */
  private undecided: { worker: Worker; entry: Entry }[] = [];
  /** Workers whose start was missed, and of whose counter nothing has been told. */
  private readonly unadopted = new Set<Worker>();
  /** Builds that run, by their process, whose worker is not known, as its start was missed. */
  private readonly orphans = new Map<number, Set<Attempt>>();
  private readonly stepped = new SteppedWorkers();
  /** The builds that stopped last; each takes the place of the one that stopped `MOST_LATELY` builds before it. */
  private readonly lately: Entry[] = [];
  private nextLately = 0;
  readonly missed = new MissedCounters();
  readonly remotes: RemoteBuilds;
  readonly told: ToldEnds;

  constructor(stream: StreamState) {
    this.stream = stream;
    this.remotes = new RemoteBuilds(stream.model);
    this.told = new ToldEnds(stream, this);
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

  /**
   * A worker whose start was missed. The builds that began since reading did, without a worker so far, are its own. Behind
   * each start of a build Nix writes the counter that has it, so the first that is told hides no step of theirs.
   */
  adoptWorker(entry: Entry, counter: Entry): void {
    const worker = new Worker(false, this.settle);
    worker.joined = true;
    const process = processOf(entry.id);
    const told = this.missed.take(counter.id);
    for (const attempt of this.orphans.get(process) ?? []) {
      if (attempt.session !== entry.session) continue;
      attempt.stepMissed = told !== null && told.times > 1;
      attempt.worker = worker;
      worker.open.push(attempt);
    }
    this.orphans.delete(process);
    entry.worker = worker;
    counter.worker = worker;
    this.workers.push({ worker, entry });
    entry.session.openWorkers++;
    entry.session.workers++;
    entry.session.active = true;
    if (told === null) this.unadopted.add(worker);
    else worker.adopt(told.done, told.running, told.failed);
  }

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
      if (open.remote) this.remotes.setStage(open, "building");
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
    if (worker !== null) worker.open.push(attempt);
    else if (!isPartOfMissed(entry, start)) this.keepOrphan(processOf(entry.id), attempt);
    derivation.attempt = attempt;
    this.stream.model.moveTo(derivation, "running");
    derivation.begin(entry.session.id, machine, this.stream.now);
    derivation.hostName ??= this.stream.machine;
    derivation.purpose = start.textStartsWith("checking")
      ? "check"
      : start.textStartsWith("repairing")
        ? "repair"
        : "build";
    if (attempt.remote) this.remotes.add(machine, attempt);
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
    if (!attempt.stopped) attempt.worker?.showedLife(attempt);
    if (attempt.remote && derivation.stage !== "building") this.remotes.setStage(attempt, "building");
    // The old ssh protocol sends no phase records; stdenv says the phase in the log (nixpkgs `pkgs/stdenv/generic/setup.sh`).
    if (attempt.remote && block[start] === 82 && end - start < 80) {
      const line = block.toString("latin1", start, end);
      if (line.startsWith(RUNNING_PHASE)) this.setPhase(attempt, cleanText(line.slice(RUNNING_PHASE.length)));
    }
    this.stream.model.changed();
  }

  setPhase(attempt: Attempt, phase: string): void {
    if (attempt.stopped) return;
    attempt.worker?.showedLife(attempt);
    if (attempt.remote && attempt.derivation.stage !== "building") this.remotes.setStage(attempt, "building");
    if (attempt.derivation.phase === phase) return;
    attempt.derivation.phase = phase;
    this.stream.model.changed();
    if (this.stream.model.heard)
      this.stream.model.emit({ kind: "phase", at: this.stream.now, derivation: attempt.derivation });
  }

  /**
   * A log line or phase of an activity that is not open: the last words of a build that has just stopped, or those of one
   * that began before this stream was read.
   */
  meetStranger(id: Id): Entry {
    const late = this.lately.find((entry) => entry.id === id);
    if (late !== undefined) return late;
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

  /** Another activity begins under the id of this one, so that nobody can tell any more which of them is spoken of. */
  takenOver(entry: Entry): void {
    entry.worker?.confuse();
    if (entry.attempt !== null) entry.attempt.stepMissed = true;
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
      if (attempt.remote && attempt.verdict === null) this.remotes.setStage(attempt, "downloading");
      this.interruptGroup(entry.id);
      return;
    }
    if (attempt.derivation.drv === "") {
      this.unknownStop(entry.id);
      this.stream.model.forgetStranger(attempt.derivation);
      return;
    }
    if (attempt.worker !== null) attempt.worker.stop(attempt);
    else {
      this.forgetOrphan(processOf(entry.id), attempt);
      if (attempt.verdict === null) {
        attempt.endUntold = true;
        this.settle(attempt, "cancelled");
      }
    }
    this.lately[this.nextLately++ % MOST_LATELY] = entry;
    if (attempt.verdict !== null) this.release(attempt);
    this.interruptGroup(entry.id);
  }

  private keepOrphan(process: number, attempt: Attempt): void {
    const others = this.orphans.get(process) ?? new Set();
    this.orphans.set(process, others.add(attempt));
  }

  private forgetOrphan(process: number, attempt: Attempt): void {
    const others = this.orphans.get(process);
    others?.delete(attempt);
    if (others?.size === 0) this.orphans.delete(process);
  }

  /** Those that are open, behind those that wait for a word. */
  allWorkers(): Worker[] {
    return [...this.undecided, ...this.workers].map(({ worker }) => worker);
  }

  /** Its newest build in this stream. */
  attemptOf(derivation: DerivationRecord): Attempt | null {
    const attempt = derivation.attempt;
    return attempt !== null && (attempt.worker === null || attempt.worker.settle === this.settle)
      ? attempt
      : null;
  }

  /** A better source than order tells how it ended. */
  end(derivation: DerivationRecord, attempt: Attempt | null, verdict: Verdict): void {
    if (attempt !== null && attempt.verdict === null) {
      if (attempt.worker !== null) attempt.worker.endKnown(attempt, verdict);
      else this.settle(attempt, verdict);
    } else this.stream.model.ended(derivation, verdict, this.stream.now);
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
    this.told.ended(attempt, verdict, reason);
    if (attempt.endUntold) attempt.session.untoldEnds++;
    if (derivation.attempt === attempt) {
      this.stream.model.ended(derivation, verdict, this.stream.now);
      if (attempt.endUntold) derivation.reason = UNTOLD_END;
      else if (derivation.reason === UNTOLD_END) derivation.reason = null;
      if (reason !== null) this.stream.model.setFailure(derivation, reason);
    }
    if (attempt.stopped) this.release(attempt);
  };

  private release(attempt: Attempt): void {
    const host = attempt.derivation.host;
    if (host !== null) this.remotes.delete(host, attempt);
    const { derivation } = attempt;
    if (attempt.verdict === "done" && derivation.attempt === attempt) derivation.attempt = null;
  }
}

/**
 * It is a part of something whose start was missed. A build is one only of the worker on its builder's side, whose word is
 * not the last one; those of Nix <= 2.17 tell no parent.
 */
function isPartOfMissed({ parent }: Entry, { parentId }: StartRecord): boolean {
  return parent === null && parentId !== null && parentId !== 0;
}
