/** The model of what is being built, fed by whatever sources there are, and word of its changes. */
import { BuildsModel } from "../model/nix-log/builds-model.ts";
import type { Builds, NixLogStream, StreamOptions } from "../model/nix-log/types.ts";

/** Changes are told at most this often; the screen is drawn ten times a second. */
const gatherMs = 40;

export class LiveBuilds {
  readonly model = new BuildsModel();
  readonly builds: Builds = this.model;
  readonly now: () => number;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;
  #toldVersion = -1;

  /** `now`: the clock of all times in the model, in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** One more stream into the same model. */
  open(options: StreamOptions): NixLogStream {
    const stream = this.model.openStream(options, this.now());
    const changed = () => this.#changed();
    return {
      feed: (chunk, now) => {
        stream.feed(chunk, now);
        changed();
      },
      end: (now, end) => {
        stream.end(now, end);
        changed();
      },
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

  #changed(): void {
    if (this.#listeners.size === 0) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      if (this.builds.version === this.#toldVersion) return;
      this.#toldVersion = this.builds.version;
      for (const listener of this.#listeners) listener();
    }, gatherMs);
  }
}
