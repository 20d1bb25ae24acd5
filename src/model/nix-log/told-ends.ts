import type { BuildTracker } from "./build-tracker.ts";
import { type FailureText, readFailureText, withoutColours } from "./failure-text.ts";
import type { DerivationRecord } from "./records.ts";
import { detached } from "./store-path.ts";
import type { StreamState } from "./stream-state.ts";
import type { Attempt, Verdict } from "./verdicts.ts";

/** Failed builds remembered whose reason has not been told yet. */
const MOST_SILENT = 100;
/** Ended builds whose verdict an error text may still move to another one. */
const MOST_CORRIGIBLE = 500;

/** How builds of one stream ended, as words and payloads tell it. They are believed more than counters and order. */
export class ToldEnds {
  private readonly stream: StreamState;
  private readonly builds: BuildTracker;
  /** Builds that failed without a word so far: some wordings name no derivation. */
  private silentFailures: Attempt[] = [];
  private readonly corrigible: Attempt[] = [];

  constructor(stream: StreamState, builds: BuildTracker) {
    this.stream = stream;
    this.builds = builds;
  }

  /** A build ended; `reason`: what was said of it before its name was known. */
  ended(attempt: Attempt, verdict: Verdict, reason: FailureText | null): void {
    if (verdict === "failed" && reason === null) {
      this.silentFailures.push(attempt);
      if (this.silentFailures.length > MOST_SILENT) this.silentFailures.shift();
    }
    if (verdict !== "done") this.keepForCorrection(attempt);
  }

  /** An error text. False: it tells of no build. */
  failure(message: string): boolean {
    const text = readFailureText(message);
    if (text === null) return this.refusedOutput(message);
    const model = this.stream.model;
    const derivation =
      text.drv === null
        ? this.silentFailures.at(-1)?.derivation
        : model.derivationFor(detached(qualify(text.drv)));
    const attempt = derivation === undefined ? null : this.builds.attemptOf(derivation);
    this.builds.interruptGroup(attempt === null ? null : attempt.outermost);
    if (derivation === undefined)
      return this.builds.allWorkers().findLast((worker) => worker.failedWithoutName(text)) !== undefined;
    // Neither a plan nor a start has told of it.
    if (derivation.session === 0) derivation.session = this.stream.currentSession().id;
    if (text.cause === "dependency") {
      model.dependencyFailed(derivation, text.reason);
      return true;
    }
    if (attempt !== null && attempt.verdict === null) this.builds.end(derivation, attempt, "failed");
    else if (derivation.state !== "failed") this.correct(derivation, attempt);
    this.silentFailures = this.silentFailures.filter((other) => other.derivation !== derivation);
    model.setFailure(derivation, text);
    return true;
  }

  /** Checks of outputs name what they refuse, and no derivation (NixOS/nix `src/libstore/build/derivation-check.cc`). */
  private refusedOutput(message: string): boolean {
    const outputs = [...message.matchAll(/'\/[^'\n]*\/[0-9a-z]+-([^'\n]+)'/g)].map((match) => match[1]!);
    if (outputs.length === 0) return false;
    const attempts = [
      ...this.builds.allWorkers().flatMap((worker) => worker.perhapsFailed()),
      ...this.silentFailures,
    ];
    const attempt =
      attempts.findLast(({ derivation: { name } }) => outputs.includes(name)) ??
      attempts.findLast(({ derivation: { name } }) =>
        outputs.some((output) => output.startsWith(`${name}-`)),
      );
    if (attempt === undefined) return false;
    this.builds.interruptGroup(attempt.outermost);
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
    const succeeded = typeof payload.success === "boolean" ? payload.success : SUCCESSES.get(status);
    // What was there already, or came from a cache, is no build: nothing to be listed.
    if (succeeded === true && status !== "Built" && model.derivation(qualify(named)) === undefined) return;
    const derivation = model.derivationFor(qualify(named));
    const attempt = this.builds.attemptOf(derivation);
    if (status === "DependencyFailed") {
      model.dependencyFailed(derivation, "a dependency failed");
    } else if (status === "Cancelled") {
      if (derivation.state === "running") this.builds.end(derivation, attempt, "cancelled");
    } else if (succeeded === true) {
      if (derivation.state === "running" || status === "Built") this.builds.end(derivation, attempt, "done");
    } else if (succeeded === false) {
      this.builds.end(derivation, attempt, "failed");
      const message = typeof payload.errorMsg === "string" ? withoutColours(payload.errorMsg) : "";
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
    this.builds.end(derivation, this.builds.attemptOf(derivation), "failed");
    this.stream.model.setFailure(derivation, text);
  }

  /** An error text may still say otherwise; of what ended long before it, none does. */
  private keepForCorrection(attempt: Attempt): void {
    this.corrigible.push(attempt);
    if (this.corrigible.length <= MOST_CORRIGIBLE) return;
    const { derivation } = this.corrigible.shift()!;
    if (derivation.attempt?.verdict != null) derivation.attempt = null;
  }

  /** An error names a build that the order of the records had not shown as failed: then another one was not. */
  private correct(derivation: DerivationRecord, attempt: Attempt | null): void {
    if (attempt?.worker?.mayHaveFailed(attempt)) {
      attempt.worker.endKnown(attempt, "failed");
      return;
    }
    if (attempt === null || attempt.verdict === "cancelled") {
      const mistaken = this.silentFailures.find(
        ({ byOrder, worker }) =>
          byOrder && (attempt === null ? worker?.joined === true : worker === attempt.worker),
      );
      if (mistaken !== undefined) {
        mistaken.verdict = "cancelled";
        this.silentFailures = this.silentFailures.filter((other) => other !== mistaken);
        this.stream.model.ended(mistaken.derivation, "cancelled", this.stream.now);
      }
    }
    if (attempt !== null) attempt.verdict = "failed";
    this.stream.model.ended(derivation, "failed", this.stream.now);
  }
}

/** Older Determinate versions give the status alone (`BuildResult::Status` in NixOS/nix `src/libstore/build-result.hh`). */
const SUCCESSES: ReadonlyMap<string, boolean> = new Map([
  ...["Built", "Substituted", "AlreadyValid", "ResolvesToAlreadyValid"].map(
    (status) => [status, true] as const,
  ),
  ...[
    "PermanentFailure",
    "InputRejected",
    "OutputRejected",
    "TransientFailure",
    "CachedFailure",
    "TimedOut",
    "MiscFailure",
    "LogLimitExceeded",
    "NotDeterministic",
    "NoSubstituters",
    "HashMismatch",
  ].map((status) => [status, false] as const),
]);

/** Older Determinate versions give a derivation without its directory. */
function qualify(drv: string): string {
  return drv.startsWith("/") ? drv : `/nix/store/${drv}`;
}
