import type { BuildsModel } from "./builds-model.ts";
import type { DerivationRecord } from "./records.ts";
import type { RemoteStage } from "./types.ts";
import type { Attempt } from "./verdicts.ts";

/** The remote builds of one stream that run, and how far each is. Most activities that tell it name only the machine. */
export class RemoteBuilds {
  private readonly model: BuildsModel;
  /** By the URI of their machine. */
  private readonly running = new Map<string, Set<Attempt>>();

  constructor(model: BuildsModel) {
    this.model = model;
  }

  add(uri: string, attempt: Attempt): void {
    const peers = this.running.get(uri) ?? new Set();
    this.running.set(uri, peers.add(attempt));
  }

  delete(uri: string, attempt: Attempt): void {
    const peers = this.running.get(uri);
    peers?.delete(attempt);
    if (peers?.size === 0) this.running.delete(uri);
  }

  /** Where builds on a machine stand, told by an activity that names only the machine. */
  reached(uri: string, stage: RemoteStage): void {
    const waiting = this.on(uri).filter((attempt) =>
      stage === "downloading"
        ? attempt.derivation.stage === "downloading"
        : attempt.derivation.stage !== "building",
    );
    if (waiting.length === 1) this.setStage(waiting[0]!, stage);
    else for (const attempt of waiting) if (stage !== "downloading") this.setStage(attempt, "preparing");
  }

  /** Outputs have come from this machine. Nothing but their number tells of which build. */
  outputsCame(uri: string): void {
    const waiting = this.on(uri).filter(({ derivation }) => derivation.stage === "downloading");
    if (waiting.length === 1) waiting[0]!.returned = true;
  }

  /** The builds on this machine that are in this stage. */
  inStage(uri: string, stage: RemoteStage): DerivationRecord[] {
    return this.on(uri)
      .map((attempt) => attempt.derivation)
      .filter((each) => each.stage === stage);
  }

  setStage(attempt: Attempt, stage: RemoteStage): void {
    if (attempt.verdict !== null || attempt.derivation.stage === stage) return;
    attempt.derivation.stage = stage;
    attempt.derivation.transfer = null;
    this.model.changed();
  }

  private on(uri: string): Attempt[] {
    return [...(this.running.get(uri) ?? [])];
  }
}
