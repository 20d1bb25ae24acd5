/** Turns for what a server allows only so often at a time. */
export class Slots {
  private limit: number;
  private used = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Waits for its turn, unless `signal` is aborted: then it rejects with its reason. Each turn ends with `release`. */
  async take(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.used < this.limit) {
      this.used += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(turn), 1);
        reject(signal?.reason);
      };
      this.waiting.push(turn);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  release(): void {
    this.used -= 1;
    this.next();
  }

  /**
   * The server refused one more, which has been released: there are never to be more than those that are open now.
   * `false` where none is, so that waiting would be in vain.
   */
  refused(): boolean {
    if (this.used === 0) return false;
    this.limit = this.used;
    return true;
  }

  private next(): void {
    if (this.used >= this.limit) return;
    const turn = this.waiting.shift();
    if (!turn) return;
    this.used += 1;
    turn();
  }
}
