import type { DerivationRecord, SessionRecord } from "./records.ts";

export type Verdict = "done" | "failed" | "cancelled";

/** One build of one derivation: a single Build activity, or the two that a build over ssh-ng has. */
export class Attempt {
  readonly derivation: DerivationRecord;
  readonly worker: Worker | null;
  /** Activities that belong to it. The verdict is taken when the outermost one stops. */
  outermost: number | string;
  readonly remote: boolean;
  readonly session: SessionRecord;
  verdict: Verdict | null = null;
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
  candidates: Set<Attempt>;
  /** More builds ran than we saw begin, so it may belong to one that we do not know. */
  unseen: boolean;
}

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
  readonly open = new Set<Attempt>();
  private readonly steps: Step[] = [];
  /** Failures told by text whose step is still to come. */
  private failuresTold = 0;
  private counters: readonly [number, number, number] | null = null;
  /** The step just counted, until a record comes that is neither progress nor an expectation. */
  private justNow: Step | null = null;
  private resolving = false;
  private readonly settle: (attempt: Attempt, verdict: Verdict) => void;

  constructor(nested: boolean, settle: (attempt: Attempt, verdict: Verdict) => void) {
    this.nested = nested;
    this.settle = settle;
  }

  get hasJustStepped(): boolean {
    return this.justNow !== null;
  }

  get failedCount(): number {
    return this.counters?.[2] ?? 0;
  }

  /** The first values of a counter whose beginning was missed: they are no steps. */
  adopt(done: number, running: number, failed: number): void {
    this.counters = [done, running, failed];
  }

  /** The Builds counter, each time it is published: done, running and failed builds of this worker. */
  count(done: number, running: number, failed: number): void {
    const before = this.counters ?? [0, 0, 0];
    if (before[0] === done && before[1] === running && before[2] === failed) return;
    this.counters = [done, running, failed];
    // A goal can also end without having run (its outputs were valid, no machine would take it): then nothing stops.
    let ended = Math.max(0, before[1] - running);
    const unseen = before[1] > this.open.size;
    for (let n = before[2]; n < failed && ended > 0; n++, ended--) this.step("failed", unseen);
    for (let n = before[0]; n < done && ended > 0; n++, ended--) this.step("done", unseen);
  }

  /** Something other than progress was read: what stops from now on does not follow a step at once. */
  interruptGroup(): void {
    this.justNow = null;
  }

  /** This build wrote a line or began a phase: no step counted so far can have been its own. */
  showedLife(attempt: Attempt): void {
    if (this.steps.length === 0) return;
    for (const step of this.steps) step.candidates.delete(attempt);
    this.resolveSingles();
  }

  /** The outermost activity of this build stopped. */
  stop(attempt: Attempt): void {
    if (attempt.verdict !== null) return;
    const following = this.justNow;
    this.justNow = null;
    if (following?.candidates.has(attempt)) {
      attempt.byOrder = true;
      this.assign(following, attempt);
      return;
    }
    const possible = this.steps.filter((step) => step.candidates.has(attempt));
    if (possible.length === 0) {
      this.end(attempt, "cancelled");
      return;
    }
    const unclear = [...this.open].filter((other) => possible.some((step) => step.candidates.has(other)));
    const same = possible.every((step) => step.verdict === possible[0]!.verdict);
    if (same && possible.length >= unclear.length) this.assign(possible[0]!, attempt);
    else attempt.stopped = true;
  }

  /** An error text says that this build failed, whatever the counter said or will say. */
  failedByText(attempt: Attempt): void {
    if (attempt.verdict !== null) return;
    const step = this.steps.find((each) => each.verdict === "failed" && each.candidates.has(attempt));
    if (step) this.assign(step, attempt);
    else {
      this.failuresTold++;
      this.end(attempt, "failed");
    }
  }

  /** The worker is gone: what is still open was killed, unless as many steps are left as builds. */
  close(): void {
    for (const attempt of [...this.open]) {
      const possible = this.steps.filter((step) => step.candidates.has(attempt));
      const unclear = [...this.open].filter((other) => possible.some((step) => step.candidates.has(other)));
      const same = possible.length > 0 && possible.every((step) => step.verdict === possible[0]!.verdict);
      if (same && possible.length >= unclear.length) this.assign(possible[0]!, attempt);
      else this.end(attempt, "cancelled");
    }
    this.steps.length = 0;
    this.justNow = null;
  }

  /** A build stopped that began before this stream was read: the step just counted was its own. */
  unknownStop(): void {
    const following = this.justNow;
    this.justNow = null;
    if (following?.unseen) this.steps.splice(this.steps.indexOf(following), 1);
  }

  private step(verdict: "done" | "failed", unseen: boolean): void {
    if (verdict === "failed" && this.failuresTold > 0) {
      this.failuresTold--;
      return;
    }
    if (this.open.size === 0) return;
    const step: Step = { verdict, candidates: new Set(this.open), unseen };
    this.steps.push(step);
    this.justNow = step;
    this.resolveSingles();
  }

  private assign(step: Step, attempt: Attempt): void {
    const index = this.steps.indexOf(step);
    if (index >= 0) this.steps.splice(index, 1);
    this.end(attempt, step.verdict);
  }

  private end(attempt: Attempt, verdict: Verdict): void {
    attempt.verdict = verdict;
    this.open.delete(attempt);
    for (const step of this.steps) step.candidates.delete(attempt);
    this.settle(attempt, verdict);
    this.resolveSingles();
  }

  /** Steps that only one build is left for; and as many steps of one kind as there are builds left for them. */
  private resolveSingles(): void {
    if (this.resolving) return;
    this.resolving = true;
    for (let again = true; again; ) {
      for (let n = this.steps.length - 1; n >= 0; n--)
        if (this.steps[n]!.candidates.size === 0) this.steps.splice(n, 1);
      const single = this.steps.find((step) => !step.unseen && step.candidates.size === 1);
      if (single) this.assign(single, [...single.candidates][0]!);
      else again = this.resolveAlike();
    }
    this.resolving = false;
  }

  /** Two builds left for two steps that say the same: which is which does not matter. */
  private resolveAlike(): boolean {
    const first = this.steps[0];
    if (first === undefined || first.candidates.size > this.steps.length) return false;
    if (this.steps.some((step) => step.unseen || step.verdict !== first.verdict)) return false;
    const left = new Set(this.steps.flatMap((step) => [...step.candidates]));
    if (left.size > this.steps.length) return false;
    for (const attempt of left) this.assign(this.steps[0]!, attempt);
    return true;
  }
}
