import type { Worker } from "./verdicts.ts";

/** Processes at most; of one that was killed its newest record stays a step. */
const MOST_STEPPED = 100;

/**
 * Of each process the worker whose counter made its newest step, until it writes another kind of record.
 *
 * Two lists and no map: there is hardly ever more than one, but it comes and goes with every build.
 */
export class SteppedWorkers {
  private readonly processes: number[] = [];
  private readonly workers: Worker[] = [];

  get none(): boolean {
    return this.processes.length === 0;
  }

  /** This worker has stepped: what stops now does not follow the step of another one of its process at once. */
  add(process: number, worker: Worker): void {
    const at = this.processes.indexOf(process);
    if (at >= 0) {
      if (this.workers[at] !== worker) this.workers[at]!.interruptGroup();
      this.workers[at] = worker;
      return;
    }
    if (this.processes.length >= MOST_STEPPED) this.interruptAll();
    this.processes.push(process);
    this.workers.push(worker);
  }

  /** The one of that process, which is no longer here then. */
  take(process: number): Worker | null {
    const at = this.processes.indexOf(process);
    if (at < 0) return null;
    const worker = this.workers[at]!;
    const lastProcess = this.processes.pop()!;
    const lastWorker = this.workers.pop()!;
    if (at < this.processes.length) {
      this.processes[at] = lastProcess;
      this.workers[at] = lastWorker;
    }
    return worker;
  }

  interruptAll(): void {
    for (const worker of this.workers) worker.interruptGroup();
    this.processes.length = 0;
    this.workers.length = 0;
  }
}
