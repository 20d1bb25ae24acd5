import { cleanLogLine, cleanText } from "../text/clean.ts";
import type { BuildLog } from "./types.ts";

/** Bytes of all logs together. */
const DEFAULT_BUDGET = 32 * 1024 * 1024;
const SMALLEST_SEGMENT = 512;
const LARGEST_SEGMENT = 64 * 1024;
/** Bytes kept of one line; more than is ever drawn. */
const LONGEST_LINE = 16 * 1024;

const NEWLINE = 10;

interface Segment {
  bytes: Buffer;
  used: number;
  firstLine: number;
  lines: number;
}

/**
 * The logs of all builds, under one bound: when it is reached, the largest log gives up its oldest lines, so that one
 * noisy build never costs a quiet one its log.
 */
export class LogStore {
  private readonly logs = new Set<StoredLog>();
  private size = 0;
  private readonly budget: number;

  constructor(budget = DEFAULT_BUDGET) {
    this.budget = budget;
  }

  open(): StoredLog {
    return new StoredLog(this);
  }

  /** For `StoredLog` only: accounts for a new segment and makes room. */
  grow(log: StoredLog, bytes: number): void {
    this.logs.add(log);
    this.size += bytes;
    while (this.size > this.budget) {
      let largest = log;
      for (const other of this.logs) if (other.size > largest.size) largest = other;
      const freed = largest.dropOldest();
      if (freed === 0) return;
      this.size -= freed;
      if (largest.size === 0) this.logs.delete(largest);
    }
  }

  /** For the owner of a log that nobody will read any more. */
  forget(log: StoredLog): void {
    if (!this.logs.delete(log)) return;
    this.size -= log.size;
    log.clear();
  }
}

/**
 * One log. A line is stored as the bytes between the quotes of the JSON it came in, and only decoded when it is shown:
 * most lines of a flood are never looked at.
 */
export class StoredLog implements BuildLog {
  firstLine = 0;
  endLine = 0;
  size = 0;
  private segments: Segment[] = [];
  private readonly store: LogStore;
  private decoded: { segment: Segment; lines: number; offsets: number[] } | null = null;

  constructor(store: LogStore) {
    this.store = store;
  }

  /** Takes over the bytes of one JSON string, without its quotes. */
  append(source: Buffer, start: number, end: number): void {
    const stop = end - start > LONGEST_LINE ? start + LONGEST_LINE : end;
    const length = stop - start;
    let segment = this.segments.at(-1);
    if (segment === undefined || segment.used + length + 1 > segment.bytes.length)
      segment = this.addSegment(length + 1);
    segment.used = copy(source, start, stop, segment.bytes, segment.used);
    segment.bytes[segment.used++] = NEWLINE;
    segment.lines++;
    this.endLine++;
  }

  line(n: number): string {
    return cleanLogLine(this.text(n));
  }

  plainLine(n: number): string {
    return cleanText(this.text(n));
  }

  find(
    needle: string,
    from: number,
    step: 1 | -1,
    limit: number,
  ): { line: number | null; next: number | null } {
    const wanted = needle.toLowerCase();
    let n = Math.min(Math.max(from, this.firstLine), this.endLine - 1);
    if (from > n && step === 1) return { line: null, next: null };
    if (from < n && step === -1) return { line: null, next: null };
    for (let left = limit; left > 0; left--) {
      if (n < this.firstLine || n >= this.endLine) return { line: null, next: null };
      if (this.plainLine(n).toLowerCase().includes(wanted)) return { line: n, next: n + step };
      n += step;
    }
    return { line: null, next: n < this.firstLine || n >= this.endLine ? null : n };
  }

  /** For the store: frees the oldest lines; how many bytes that gave. Never the segment that is being written. */
  dropOldest(): number {
    if (this.segments.length < 2) return 0;
    const oldest = this.segments.shift()!;
    this.firstLine = this.segments[0]!.firstLine;
    this.size -= oldest.bytes.length;
    this.decoded = null;
    return oldest.bytes.length;
  }

  clear(): void {
    this.segments = [];
    this.size = 0;
    this.firstLine = this.endLine;
    this.decoded = null;
  }

  private addSegment(needed: number): Segment {
    const wanted = Math.min(LARGEST_SEGMENT, Math.max(SMALLEST_SEGMENT, this.size));
    // Small ones come from Node's own pool; large ones must not keep a pool's slab alive.
    const size = Math.max(wanted, needed);
    const bytes = size < 4096 ? Buffer.allocUnsafe(size) : Buffer.allocUnsafeSlow(size);
    const segment = { bytes, used: 0, firstLine: this.endLine, lines: 0 };
    this.segments.push(segment);
    this.size += bytes.length;
    this.store.grow(this, bytes.length);
    return segment;
  }

  private text(n: number): string {
    if (n < this.firstLine || n >= this.endLine) return "";
    const segment = this.segmentOf(n);
    const offsets = this.offsetsOf(segment);
    const index = n - segment.firstLine;
    return decode(segment.bytes.toString("utf8", offsets[index]!, offsets[index + 1]! - 1));
  }

  private segmentOf(n: number): Segment {
    let low = 0;
    let high = this.segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.segments[middle]!.firstLine <= n) low = middle;
      else high = middle - 1;
    }
    return this.segments[low]!;
  }

  private offsetsOf(segment: Segment): number[] {
    if (this.decoded?.segment === segment && this.decoded.lines === segment.lines)
      return this.decoded.offsets;
    const offsets = [0];
    for (
      let at = segment.bytes.indexOf(NEWLINE);
      at >= 0 && at < segment.used;
      at = segment.bytes.indexOf(NEWLINE, at + 1)
    ) {
      offsets.push(at + 1);
    }
    this.decoded = { segment, lines: segment.lines, offsets };
    return offsets;
  }
}

/** Copies bytes; most log lines are so short that a loop beats a call into native code. Returns the new end. */
function copy(source: Buffer, start: number, end: number, target: Buffer, at: number): number {
  if (end - start > 100) return at + source.copy(target, at, start, end);
  let to = at;
  for (let from = start; from < end; from++) target[to++] = source[from]!;
  return to;
}

/** The inside of a JSON string as text; one that was cut or is no valid JSON gives what can be read of it. */
function decode(inside: string): string {
  if (!inside.includes("\\")) return inside;
  try {
    return JSON.parse(`"${inside}"`) as string;
  } catch {
    return inside.replace(/\\(?:u[0-9a-fA-F]{0,3})?$/, "").replace(/\\(["\\/])/g, "$1");
  }
}
