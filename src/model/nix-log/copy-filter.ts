/** Records of a process without a second copy of any start: only one writer then. */
const PROOF_WITHIN = 8192;
/** How far to look when the two have lost each other (the file was truncated, or joined in the middle). */
const LOOK_AHEAD = 256;
/** Processes remembered. */
const MOST_PROCESSES = 1024;

interface Queue {
  /** What one writer wrote and the other has not yet. */
  hashes: number[];
  head: number;
  /** Starts so far, by hash: a second one is the proof that two write. `null` once that is settled. */
  starts: Map<number, number> | null;
  single: boolean;
}

/**
 * Tells the second copy of a record from the first, where both the daemon and its client write to one file.
 *
 * With `json-log-path` in /etc/nix/nix.conf both read the setting, and the client's copy holds all of the daemon's
 * records with the same ids in the same order (NixOS/nix `src/libutil/logging.cc`, `TeeLogger`; tried with 2.34.8). So,
 * process by process, what one writer wrote first waits in a queue until the other writes it again. That there are two
 * is proven by a start record that comes twice: an id is given once only.
 */
export class CopyFilter {
  private readonly queues = new Map<number, Queue>();

  /** True if the record between the offsets, made by this process, was read before. */
  isCopy(pid: number, block: Buffer, start: number, end: number): boolean {
    const queue = this.queueOf(pid);
    if (queue.single) return false;
    const hash = hashOf(block, start, end);
    // `{"action":"sta`, where a stop has an "o"
    const isStart = block[start + 11] === 115 && block[start + 13] === 97;
    if (queue.starts === null) return this.isNext(queue, hash, isStart);
    if (isStart) {
      const first = queue.starts.get(hash);
      if (first !== undefined) {
        queue.starts = null;
        queue.head = first + 1;
        return true;
      }
      queue.starts.set(hash, queue.hashes.length);
    }
    queue.hashes.push(hash);
    if (queue.hashes.length > PROOF_WITHIN) {
      queue.single = true;
      queue.hashes = [];
      queue.starts = null;
    }
    return false;
  }

  private isNext(queue: Queue, hash: number, isStart: boolean): boolean {
    const limit = isStart ? Math.min(queue.hashes.length, queue.head + LOOK_AHEAD) : queue.head + 1;
    for (let n = queue.head; n < limit; n++) {
      if (queue.hashes[n] !== hash) continue;
      queue.head = n + 1;
      return true;
    }
    queue.hashes.push(hash);
    if (queue.head > PROOF_WITHIN || queue.hashes.length > 4 * PROOF_WITHIN) {
      queue.hashes.splice(0, Math.max(queue.head, queue.hashes.length - PROOF_WITHIN));
      queue.head = 0;
    }
    return false;
  }

  private queueOf(pid: number): Queue {
    let queue = this.queues.get(pid);
    if (queue === undefined) {
      queue = { hashes: [], head: 0, starts: new Map(), single: false };
      this.queues.set(pid, queue);
      if (this.queues.size > MOST_PROCESSES) this.queues.delete(this.queues.keys().next().value!);
    }
    return queue;
  }
}

/** 53 bits, so that two different records of a session practically never share one. */
function hashOf(block: Buffer, start: number, end: number): number {
  let high = 0x811c9dc5;
  let low = 0x01000193;
  for (let n = start; n < end; n++) {
    const code = block[n]!;
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x85ebca6b);
  }
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
}
