/** How a person ends a command that we started: asked politely first, harder each further time. */
import type { StartedChild } from "../adapters/nix-log/child-process.ts";
import type { CommandHandle } from "../views/dashboard-options.ts";

/** From SIGTERM to SIGKILL. */
const terminateSeconds = 10;

export class Interrupter implements CommandHandle {
  readonly canContinueInText = true;
  readonly #child: StartedChild;
  readonly #name: string;
  readonly #changed: () => void;
  #asked = 0;
  #killAt: number | null = null;
  #killTimer: NodeJS.Timeout | null = null;
  running = true;

  /** `name`: how the command is called in the note. `changed`: the note is another one now. */
  constructor(child: StartedChild, name: string, changed: () => void) {
    this.#child = child;
    this.#name = name;
    this.#changed = changed;
    void child.ended.then(() => {
      this.running = false;
      clearTimeout(this.#killTimer ?? undefined);
      changed();
    });
  }

  /** The person asked for the end. */
  get interrupted(): boolean {
    return this.#asked > 0;
  }

  get note(): string | null {
    if (!this.running || this.#asked === 0) return null;
    if (this.#killAt === null) return `stopping ${this.#name}; once more sends SIGTERM`;
    const seconds = Math.max(0, Math.ceil((this.#killAt - performance.now()) / 1000));
    return `terminating ${this.#name}; SIGKILL in ${seconds}s, once more sends it now`;
  }

  interrupt(): void {
    if (!this.running) return;
    this.#asked += 1;
    if (this.#asked === 1) this.#child.kill("SIGINT");
    else if (this.#asked === 2) this.#terminate();
    else this.#child.kill("SIGKILL");
    this.#changed();
  }

  #terminate(): void {
    this.#child.kill("SIGTERM");
    this.#killAt = performance.now() + terminateSeconds * 1000;
    this.#killTimer = setTimeout(() => this.#child.kill("SIGKILL"), terminateSeconds * 1000);
  }
}
