import type { FailureText } from "./failure-text.ts";
import type { DerivationRecord, SessionRecord } from "./records.ts";

export type Verdict = "done" | "failed" | "cancelled";

/** One build of one derivation: a single Build activity, or the two that a build over ssh-ng has. */
export class Attempt {
  readonly derivation: DerivationRecord;
  /** `null`: none is known, as its start was missed. */
  worker: Worker | null;
  /** Activities that belong to it. The verdict is taken when the outermost one stops. */
  outermost: number | string;
  readonly remote: boolean;
  readonly session: SessionRecord;
  verdict: Verdict | null = null;
  /** The builder's own activity for it is open: it cannot be done yet. */
  runsThere = false;
  /** Its outputs have come back from the builder. */
  returned = false;
  /** It may have been done, have failed or been killed: Nix did not tell. */
  endUntold = false;
  /** Counters that nobody could place were told while it ran, or another took over its id: a step of its own may be missing. */
  stepMissed = false;
  /** Its activity stopped while the verdict was not yet clear. */
  stopped = false;
  /** The verdict rests only on the order of the records; an error text may still move it to another build. */
  byOrder = false;

  constructor(
    derivation: DerivationRecord,
    session: SessionRecord,
    worker: Worker | null,
    id: number | string,
    remote: boolean,
  ) {
    this.derivation = derivation;
    this.session = session;
    this.worker = worker;
    this.outermost = id;
    this.remote = remote;
  }
}

/** A step of the Builds counter whose build is not known yet. */
interface Step {
  verdict: "done" | "failed";
  candidates: Attempt[];
  /** More builds ran than we saw begin, so it may belong to one that we do not know. */
  unseen: boolean;
  /** Of a failure that a text told before, unless the stop that follows at once is another build's. */
  told: boolean;
  /** What an error without a name said of it. */
  reason: FailureText | null;
}

/** Told how a build ended, and the reason if it was said before its name. */
type Settle = (attempt: Attempt, verdict: Verdict, reason: FailureText | null) => void;

/**
 * One worker of Nix (one build operation, a Realise activity), and the art of telling how its builds ended.
 *
 * A `stop` says nothing of the outcome. The Builds counter does: `done` or `failed` goes up by one just before the
 * build's own stop (NixOS/nix `Worker::updateProgress` and `DerivationGoal::done`). Up to Nix 2.33 the stops of top-level
 * goals come only when the worker ends, all together; so a step is matched to a build by, in this order: the error text
 * that names it, being the only build that runs, the stop that follows at once, and having written nothing since.
 * A build that stops without a step was killed because something else failed.
 */
export class Worker {
  readonly nested: boolean;
  /** Builds that run in it, as far as their end is not known. */
  readonly open: Attempt[] = [];
  private readonly steps: Step[] = [];
  /** Ends told by a better source than the counter whose step is still to come. */
  private readonly told = { done: 0, failed: 0 };
  /** Failed by a step that was not that of the failure told, as their stop followed it at once. */
  private readonly besideTold: Attempt[] = [];
  private done = 0;
  private running = 0;
  private failed = 0;
  /** The step just counted, until a record comes that is neither progress nor an expectation. */
  private justNow: Step | null = null;
  private resolving = false;
  /** Its counter was told at least once. Some who pass a stream on leave it out. */
  private counted = false;
  /** Its start was missed, and perhaps more than that. */
  joined = false;
  /** Its counter is not to be trusted: then only words tell how builds ended. */
  private confused = false;
  readonly settle: Settle;

  constructor(nested: boolean, settle: Settle) {
    this.nested = nested;
    this.settle = settle;
  }

  get hasJustStepped(): boolean {
    return this.justNow !== null;
  }

  get failedCount(): number {
    return this.failed;
  }

  /** The first values of a counter whose beginning was missed: they are no steps. */
  adopt(done: number, running: number, failed: number): void {
    this.done = done;
    this.running = running;
    this.failed = failed;
  }

  /** The Builds counter, each time it is published: done, running and failed builds of this worker. */
  count(done: number, running: number, failed: number): void {
    this.counted = true;
    // It never counts down. In old Nix (2.8) all clients of a daemon have the same ids: here two of them write into one pipe.
    if (done < this.done || failed < this.failed) this.confuse();
    if (this.confused) return;
    // A goal can also end without having run (its outputs were valid, no machine would take it): then nothing stops.
    let ended = this.running - running;
    if (ended > 0 && (this.open.length > 0 || this.told.done + this.told.failed > 0)) {
      // Where builds began before reading did, a step that is not yet placed may have been the end of one that did not.
      const unseen = this.running > this.open.length - (this.joined ? this.steps.length : 0);
      for (let n = this.failed; n < failed && ended > 0; n++, ended--) this.step("failed", unseen);
      for (let n = this.done; n < done && ended > 0; n++, ended--) this.step("done", unseen);
    }
    this.adopt(done, running, failed);
  }

  /** Another one speaks under its name: of what its counter said nothing can be believed any more. */
  confuse(): void {
    this.confused = true;
    this.justNow = null;
    this.steps.length = 0;
  }

  /** Something other than progress was read: what stops from now on does not follow a step at once. */
  interruptGroup(): void {
    this.justNow = null;
  }

  /** This build wrote a line or began a phase: no step counted so far can have been its own. */
  showedLife(attempt: Attempt): void {
    if (this.steps.length === 0) return;
    for (const step of this.steps) remove(step.candidates, attempt);
    this.resolveSingles();
  }

  /** The outermost activity of this build stopped. */
  stop(attempt: Attempt): void {
    if (attempt.verdict !== null) return;
    const following = this.justNow;
    this.justNow = null;
    const possible = this.stepsOf(attempt);
    if (following?.told && saysOne([following, ...possible])) {
      // Not the step of the failure that was told, then: that one is still to come.
      this.told.failed++;
      this.besideTold.push(attempt);
      attempt.byOrder = true;
      this.end(attempt, "failed");
      return;
    }
    // Where the stops come late, an earlier step that says otherwise may be its own as well.
    if (following !== null && possible.includes(following) && saysOne(possible)) {
      attempt.byOrder = true;
      this.assign(following, attempt);
      return;
    }
    if (possible.length === 0)
      this.end(attempt, "cancelled", null, attempt.stepMissed || this.confused || !this.counted);
    else if (this.isClear(possible)) this.assign(possible[0]!, attempt);
    else attempt.stopped = true;
  }

  /** An error text says that this build failed, whatever the counter said or will say. */
  failedByText(attempt: Attempt): void {
    if (attempt.verdict !== null) return;
    this.endKnown(attempt, "failed");
  }

  /** An error that names nobody: it speaks of the failure counted last whose build is not known yet. False: there is none. */
  failedWithoutName(reason: FailureText): boolean {
    const step = this.steps.findLast((each) => each.verdict === "failed" && each.reason === null);
    if (step === undefined) return false;
    step.reason = reason;
    return true;
  }

  /** Its end is known from a better source than the counter. */
  endKnown(attempt: Attempt, verdict: Verdict): void {
    const possible = this.stepsOf(attempt).filter((each) => each.verdict === verdict);
    const step = possible.find((each) => each.reason === null) ?? possible[0];
    if (step) remove(this.steps, step);
    else if (verdict !== "cancelled") this.told[verdict]++;
    this.end(attempt, verdict);
  }

  /**
   * The worker is gone: what is still open was killed, unless as many steps are left as builds. Where those say both, they
   * stay open: the errors that follow name what failed.
   */
  close(): void {
    this.justNow = null;
    this.assignClear();
    // The step of the failure told never came: the one before was its own, and the stops are late.
    for (; this.told.failed > 0 && this.besideTold.length > 0; this.told.failed--) {
      const mistaken = this.besideTold.pop()!;
      if (mistaken.derivation.failure === null) this.settle(mistaken, "cancelled", null);
    }
    const { steps } = this;
    if (steps.length === this.open.length && !saysOne(steps) && !steps.some((step) => step.unseen)) return;
    this.giveUp();
  }

  /**
   * No word came. What is not clear by now must not become so by guessing about another. The steps are kept, as an error
   * that comes after all may still name a build that one of them could belong to.
   */
  giveUp(): void {
    this.assignClear();
    for (const attempt of this.open) attempt.endUntold = this.confused || this.stepsOf(attempt).length > 0;
    for (const attempt of this.open.splice(0)) this.settle(attempt, "cancelled", null);
  }

  private assignClear(): void {
    for (const attempt of [...this.open]) {
      const possible = this.stepsOf(attempt);
      if (attempt.verdict === null && possible.length > 0 && this.isClear(possible))
        this.assign(possible[0]!, attempt);
    }
  }

  /** Its worker closed without a word on which build a failure belonged to; it may be this one's. */
  mayHaveFailed(attempt: Attempt): boolean {
    return this.stepsOf(attempt).some((step) => step.verdict === "failed");
  }

  /** A build stopped that began before this stream was read: the step just counted was its own. */
  unknownStop(): void {
    const following = this.justNow;
    this.justNow = null;
    if (following?.unseen) remove(this.steps, following);
  }

  private step(verdict: "done" | "failed", unseen: boolean): void {
    if (this.told[verdict] > 0) {
      this.told[verdict]--;
      // Determinate tells right before the step. The builder's own word comes long before it, and others may fail meanwhile.
      if (verdict === "failed") this.justNow = { verdict, candidates: [], unseen, told: true, reason: null };
      return;
    }
    // The stop of a build comes after its step, so those that stopped have had theirs.
    const candidates = pick(this.open, hasNotStopped);
    if (!unseen && candidates.length === 1) {
      this.end(candidates[0]!, verdict);
      return;
    }
    if (verdict === "done") {
      const returned = onlyOne(candidates, hasReturned);
      if (returned !== null) {
        this.end(returned, verdict);
        return;
      }
    }
    const possible = verdict === "failed" ? candidates : pick(candidates, hasLeftItsBuilder);
    const step: Step = { verdict, candidates: possible, unseen, told: false, reason: null };
    this.steps.push(step);
    this.justNow = step;
    this.resolveSingles();
  }

  /** Those of its builds that one of the failures counted so far may belong to. */
  perhapsFailed(): Attempt[] {
    return this.open.filter((attempt) => this.stepsOf(attempt).some((step) => step.verdict === "failed"));
  }

  private stepsOf(attempt: Attempt): Step[] {
    const possible: Step[] = [];
    for (const step of this.steps) if (step.candidates.includes(attempt)) possible.push(step);
    return possible;
  }

  /** These steps say all the same, and there are as many of them as builds they could belong to. */
  private isClear(steps: readonly Step[]): boolean {
    if (!saysOne(steps)) return false;
    return (
      this.open.filter((other) => steps.some((step) => step.candidates.includes(other))).length <=
      steps.length
    );
  }

  private assign(step: Step, attempt: Attempt): void {
    remove(this.steps, step);
    this.end(attempt, step.verdict, step.reason);
  }

  private end(
    attempt: Attempt,
    verdict: Verdict,
    reason: FailureText | null = null,
    endUntold = false,
  ): void {
    attempt.verdict = verdict;
    attempt.endUntold = endUntold;
    remove(this.open, attempt);
    for (const step of this.steps) remove(step.candidates, attempt);
    this.settle(attempt, verdict, reason);
    if (this.steps.length > 0) this.resolveSingles();
  }

  /** Steps that only one build is left for; and as many steps of one kind as there are builds left for them. */
  private resolveSingles(): void {
    if (this.resolving) return;
    this.resolving = true;
    for (let again = true; again; ) {
      for (let n = this.steps.length - 1; n >= 0; n--)
        if (this.steps[n]!.candidates.length === 0) this.steps.splice(n, 1);
      const single = this.steps.find((step) => !step.unseen && step.candidates.length === 1);
      if (single) this.assign(single, single.candidates[0]!);
      else again = this.resolveAlike();
    }
    this.resolving = false;
  }

  /** Two builds left for two steps that say the same: which is which does not matter. */
  private resolveAlike(): boolean {
    const first = this.steps[0];
    if (first === undefined || first.candidates.length > this.steps.length) return false;
    if (this.steps.some((step) => step.unseen || step.verdict !== first.verdict)) return false;
    const left = new Set(this.steps.flatMap((step) => step.candidates));
    if (left.size > this.steps.length) return false;
    for (const attempt of left) this.assign(this.steps[0]!, attempt);
    return true;
  }
}

const hasNotStopped = (attempt: Attempt): boolean => !attempt.stopped;
const hasReturned = (attempt: Attempt): boolean => attempt.returned;
const hasLeftItsBuilder = (attempt: Attempt): boolean => !attempt.runsThere;

const saysOne = (steps: readonly Step[]): boolean =>
  steps.every((step) => step.verdict === steps[0]!.verdict);

/** What `filter` does, which would leave room for sixteen items more in each of these lists of a handful. */
function pick<T>(list: readonly T[], test: (item: T) => boolean): T[] {
  const picked = list.slice();
  let count = 0;
  for (let n = 0; n < list.length; n++) {
    const item = list[n]!;
    if (test(item)) picked[count++] = item;
  }
  picked.length = count;
  return picked;
}

/** The item that passes the test, if no other one does. */
function onlyOne<T>(list: readonly T[], test: (item: T) => boolean): T | null {
  let only: T | null = null;
  for (let n = 0; n < list.length; n++) {
    const item = list[n]!;
    if (!test(item)) continue;
    if (only !== null) return null;
    only = item;
  }
  return only;
}

/** These lists have a handful of items: `splice` would make a list of the one it takes out. */
function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item);
  if (index < 0) return;
  for (let n = index + 1; n < list.length; n++) list[n - 1] = list[n]!;
  list.pop();
}
