import type { TransferRecord } from "./records.ts";
import type { TransferTotals } from "./types.ts";

/** The transfers that run, and the sums of all that ever ran. */
export class TransferList {
  private readonly open = new Set<TransferRecord>();
  private closedPaths = 0;
  private sentPaths = 0;
  private sentBytes = 0;
  private closedBytes = 0;
  private closedExpected = 0;
  /** What the plan said, rounded, and what the operations say. */
  private plannedBytes = 0;
  private expectedBytes = 0;

  get totals(): TransferTotals {
    let done = this.closedBytes;
    let expected = this.closedExpected;
    let sent = this.sentBytes;
    let rate: number | null = null;
    for (const transfer of this.open) {
      done += transfer.progress.done;
      if (transfer.direction === "upload") sent += transfer.progress.done;
      expected += Math.max(transfer.progress.done, transfer.progress.expected);
      if (transfer.bytesPerSecond !== null) rate = (rate ?? 0) + transfer.bytesPerSecond;
    }
    return {
      paths: this.closedPaths,
      sentPaths: this.sentPaths,
      sentBytes: sent,
      open: this.open.size,
      bytesDone: done,
      bytesExpected: Math.max(expected, this.expectedBytes > 0 ? this.expectedBytes : this.plannedBytes),
      bytesPerSecond: rate,
    };
  }

  plan(bytes: number): void {
    this.plannedBytes += bytes;
  }

  /** An operation said how much it expects to download in all (SetExpected): `change` against what it said before. */
  expect(change: number): void {
    this.expectedBytes += change;
  }

  add(transfer: TransferRecord): void {
    this.open.add(transfer);
  }

  /** Its last activity stopped. False if that is known already. */
  close(transfer: TransferRecord, now: number): boolean {
    if (!this.open.delete(transfer)) return false;
    const { progress } = transfer;
    transfer.endedAt = now;
    transfer.complete = isComplete(transfer);
    if (transfer.complete) progress.done = Math.max(progress.done, progress.expected);
    this.closedBytes += progress.done;
    this.closedExpected += Math.max(progress.done, progress.expected);
    if (transfer.complete) this.closedPaths++;
    if (transfer.direction === "upload") {
      if (transfer.complete) this.sentPaths++;
      this.sentBytes += progress.done;
    }
    return true;
  }
}

/** A stop says nothing of success. The last progress may lie a little below the total; far below, it broke off. */
function isComplete(transfer: TransferRecord): boolean {
  const { copied, progress, unpackedBytes, unpackedDone, compressed, peerUri } = transfer;
  // Nothing of it was unpacked: then its last bytes are not merely untold.
  if (compressed && unpackedBytes === 0 && progress.done < progress.expected) return false;
  // From a cache over HTTP at least a byte is told; a small path from a directory comes without a word.
  const came = unpackedBytes + progress.done > 0 || !peerUri.startsWith("http");
  return (
    copied &&
    came &&
    isNearlyAll(unpackedDone, unpackedBytes) &&
    isNearlyAll(progress.done, progress.expected)
  );
}

/** Progress comes every 8 KiB at best, so that the last of it may be missing. */
function isNearlyAll(done: number, expected: number): boolean {
  return expected - done <= Math.max(16 * 1024, expected * 0.02);
}
