/** The model of what is being built, fed by whatever sources there are, and word of its changes. */
import { favourMemory } from "../adapters/system/memory.ts";
import { BuildsModel } from "../model/nix-log/builds-model.ts";
import type { Builds, NixLogStream, StreamOptions } from "../model/nix-log/types.ts";

/** Changes are told at most this often; the screen is drawn ten times a second. */
const gatherMs = 40;
/** Bytes of a stream from which on it is a flood, and memory matters more than a moment. */
const floodBytes = 2 * 1024 * 1024;

/** A stream into the model that knows whether it held anything. */
export interface LiveStream extends NixLogStream {
  /** What was read from this stream as a record, and how much of that is as no Nix writes it that we know. */
  readonly records: number;
  readonly unknownRecords: number;
}

export class LiveBuilds {
  readonly model = new BuildsModel();
  readonly builds: Builds = this.model;
  readonly now: () => number;
  /** When it all began, on that clock. */
  readonly startedAt: number;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;
  #toldVersion = -1;

  /** `now`: the clock of all times in the model, in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
    this.startedAt = now();
  }

  /** One more stream into the same model. */
  open(options: StreamOptions): LiveStream {
    const { model } = this;
    const stream = model.openStream(options, this.now());
    const changed = () => this.changed();
    let records = 0;
    let unknownRecords = 0;
    let bytes = 0;
    const counted = (read: () => void) => {
      const before = { records: model.records, unknown: unknownIn(model) };
      read();
      records += model.records - before.records;
      unknownRecords += unknownIn(model) - before.unknown;
      changed();
    };
    return {
      get records() {
        return records;
      },
      get unknownRecords() {
        return unknownRecords;
      },
      feed: (chunk, now) => {
        bytes += chunk.length;
        if (bytes > floodBytes) favourMemory();
        counted(() => stream.feed(chunk, now));
      },
      end: (now, end) => counted(() => stream.end(now, end)),
      openProcesses: () => stream.openProcesses(),
      processEnded: (pid, now) => {
        stream.processEnded(pid, now);
        changed();
      },
      nameProcess: (pid, label) => {
        stream.nameProcess(pid, label);
        changed();
      },
    };
  }

  /** Calls back soon after the model changed. Returns how to stop. */
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  /** The model may have changed: the listeners hear of it soon. */
  changed(): void {
    if (this.#listeners.size === 0) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      if (this.builds.version === this.#toldVersion) return;
      this.#toldVersion = this.builds.version;
      for (const listener of this.#listeners) listener();
    }, gatherMs);
  }
}

function unknownIn({ unknownRecords }: Builds): number {
  let sum = 0;
  for (const count of unknownRecords.values()) sum += count;
  return sum;
}
