import { viewOf } from "./log-page.ts";

const NOTHING: Buffer = Buffer.alloc(0);
/** So many times in vain, and only one in so many is tried: commands that write in turn part the records of each other. */
const PATIENCE = 32;

/**
 * What follows the counter of builds. Each time anything of a worker changes Nix writes all its four counters (NixOS/nix
 * `Worker::updateProgress`), and mostly the latter three say what they said before, to the letter. So whole records of a
 * busy stream are told by comparing their bytes, which is much sooner done than to read them.
 */
export class RepeatedCounters {
  private block = NOTHING;
  private view = viewOf(NOTHING);
  /** The newest records that followed a counter of builds; equal ends: none are known. */
  private start = 0;
  private end = 0;
  private records = 0;
  /** What the sink had of `activityChanges` when they were read. */
  private changes = -1;
  /** Calls since one that found anything. */
  private inVain = 0;
  /** How many records the last call of `behind` went over. */
  skipped = 0;

  /** A counter of builds ends before `at`. Returns the place behind the records that follow it and are not news. */
  behind(block: Buffer, at: number, changes: number): number {
    const length = this.end - this.start;
    if (length > 0 && block === this.block && changes === this.changes && this.isRepeatedAt(at, length)) {
      this.inVain = 0;
      this.skipped = this.records;
      return at + length;
    }
    this.skipped = 0;
    this.inVain++;
    if (this.inVain > PATIENCE && this.inVain % PATIENCE > 1) {
      this.end = this.start;
      return at;
    }
    if (block !== this.block) {
      this.block = block;
      this.view = viewOf(block);
    }
    this.start = at;
    this.end = at;
    this.records = 0;
    this.changes = changes;
    return at;
  }

  /** Another record with numbers was read, which may follow the counter, or be news to one that did. */
  add(block: Buffer, lineStart: number, lineEnd: number): void {
    if (block === this.block && lineStart === this.end) {
      this.end = lineEnd;
      this.records++;
    } else this.end = this.start;
  }

  private isRepeatedAt(at: number, length: number): boolean {
    const { view, start } = this;
    if (at + length > view.byteLength) return false;
    // Four bytes at a time; the last four may overlap the ones before.
    const last = length - 4;
    for (let n = 0; n < last; n += 4) {
      if (view.getInt32(start + n, true) !== view.getInt32(at + n, true)) return false;
    }
    return view.getInt32(start + last, true) === view.getInt32(at + last, true);
  }
}
