import { cleanLogLine, cleanText } from "../text/clean.ts";
import { LONGEST_LINE, NEWLINE, PAGE, Page, STEP, viewOf } from "./log-page.ts";
import type { BuildLog } from "./types.ts";

/** Bytes of all logs together. */
const DEFAULT_BUDGET = 16 * 1024 * 1024;
/** Memory is taken in slabs and handed out in pages that are used again: logs come and go without fragments. */
const SLAB = 1024 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

/** A part of a log, on one page. */
interface Segment {
  page: Page;
  used: number;
  firstLine: number;
  lines: number;
}

/**
 * The logs of all builds, under one bound. When it is reached, the logs of builds that ended well give way, the oldest
 * first; then the largest log of a running build gives up its oldest lines; those of failed builds come last. A log that
 * fills half of the bound pays for itself, so that one noisy build never costs all others theirs.
 */
export class LogStore {
  private readonly running: StoredLog[] = [];
  private readonly ended = new LogQueue("ended");
  private readonly failed = new LogQueue("failed");
  private readonly free: Page[] = [];
  private source = NOTHING;
  private view = viewOf(NOTHING);
  /** Pages that are in use or free. */
  private pages = 0;
  private readonly mostPages: number;

  constructor(budget = DEFAULT_BUDGET) {
    this.mostPages = Math.max(4, Math.floor(budget / PAGE));
  }

  open(): StoredLog {
    return new StoredLog(this);
  }

  /** The build of this log ended. */
  settle(log: StoredLog, failed: boolean): void {
    this.leaveRunning(log);
    if (log.pages > 0) (failed ? this.failed : this.ended).add(log);
  }

  /** For `StoredLog` only: a page to write on. */
  takePage(log: StoredLog): Page {
    log.of = "running";
    if (log.place < 0) log.place = this.running.push(log) - 1;
    if (this.free.length === 0) this.makeRoom(log);
    return this.free.pop()!;
  }

  /** For `StoredLog` only: lines come by the hundred from one block. */
  viewOf(source: Buffer): DataView {
    if (source !== this.source) {
      this.source = source;
      this.view = viewOf(source);
    }
    return this.view;
  }

  /** For the owner of a log that nobody will read any more. */
  forget(log: StoredLog): void {
    this.leaveRunning(log);
    log.clear(this.free);
  }

  /** The last one takes its place. */
  private leaveRunning(log: StoredLog): void {
    if (log.place < 0) return;
    const last = this.running.pop()!;
    if (last !== log) {
      this.running[log.place] = last;
      last.place = log.place;
    }
    log.place = -1;
  }

  private makeRoom(growing: StoredLog): void {
    if (this.pages < this.mostPages) {
      const slab = Buffer.allocUnsafeSlow(Math.min(SLAB, (this.mostPages - this.pages) * PAGE));
      for (let at = 0; at < slab.length; at += PAGE, this.pages++)
        this.free.push(new Page(slab.subarray(at, at + PAGE)));
      return;
    }
    const over = growing.pages > this.mostPages / 2 ? null : this.ended.takeOldest();
    if (over !== null) {
      this.forget(over);
      return;
    }
    let largest = growing;
    for (const log of this.running) if (log.pages > largest.pages) largest = log;
    const page = largest.dropOldest() ?? growing.dropOldest();
    if (page !== null) this.free.push(page);
    else this.forget(this.ended.takeOldest() ?? this.failed.takeOldest() ?? other(this.running, growing));
  }
}

/** Logs of builds that ended, in the order they did. */
class LogQueue {
  private readonly kind: "ended" | "failed";
  private readonly logs: StoredLog[] = [];
  private head = 0;

  constructor(kind: "ended" | "failed") {
    this.kind = kind;
  }

  add(log: StoredLog): void {
    log.of = this.kind;
    this.logs.push(log);
  }

  /** Passes over logs that were given up meanwhile, or whose derivation is built anew. */
  takeOldest(): StoredLog | null {
    let oldest: StoredLog | null = null;
    while (oldest === null && this.head < this.logs.length) {
      const log = this.logs[this.head++]!;
      if (log.of === this.kind && log.pages > 0) oldest = log;
    }
    if (this.head > 4096) {
      this.logs.splice(0, this.head);
      this.head = 0;
    }
    return oldest;
  }
}

function other(logs: readonly StoredLog[], than: StoredLog): StoredLog {
  for (const log of logs) if (log !== than) return log;
  return than;
}

/**
 * One log. A line is stored as the bytes between the quotes of the JSON it came in, and only decoded when it is shown:
 * most lines of a flood are never looked at.
 */
export class StoredLog implements BuildLog {
  firstLine = 0;
  endLine = 0;
  /** For the store: what its build is doing. */
  of: "running" | "ended" | "failed" = "running";
  /** For the store: its place among the running ones; -1 = it is none of them. */
  place = -1;
  private segments: Segment[] = [];
  private last: Segment | null = null;
  private readonly store: LogStore;
  private decoded: { segment: Segment; lines: number; offsets: number[] } | null = null;

  constructor(store: LogStore) {
    this.store = store;
  }

  /** Takes over the bytes of one JSON string, without its quotes. */
  append(source: Buffer, start: number, end: number): void {
    const stop = end - start > LONGEST_LINE ? start + LONGEST_LINE : end;
    let segment = this.last;
    if (segment === null || segment.used + stop - start + STEP >= PAGE) segment = this.addSegment();
    segment.used = segment.page.addLine(segment.used, this.store.viewOf(source), start, stop);
    segment.lines++;
    this.endLine++;
  }

  get pages(): number {
    return this.segments.length;
  }

  line(n: number): string {
    return cleanLogLine(this.text(n));
  }

  plainLine(n: number): string {
    return cleanText(this.text(n));
  }

  /** The last lines, as `plainLine` gives them: read together, as every failure asks for them. */
  plainTail(count: number): string[] {
    const from = Math.max(this.firstLine, this.endLine - count);
    const lines: string[] = [];
    for (const segment of this.segments.slice(this.segmentIndexOf(from))) {
      const start = startOfLine(segment, Math.max(0, from - segment.firstLine));
      const text = segment.page.bytes.toString("utf8", start, segment.used - 1);
      for (const line of text.split("\n")) lines.push(cleanText(decode(line)));
    }
    return lines;
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

  /** For the store: gives up the page with the oldest lines; `null` if there is only the one that is written on. */
  dropOldest(): Page | null {
    if (this.segments.length < 2) return null;
    const oldest = this.segments.shift()!;
    this.firstLine = this.segments[0]!.firstLine;
    this.decoded = null;
    return oldest.page;
  }

  /** For the store: gives all pages to the free ones. */
  clear(free: Page[]): void {
    for (const segment of this.segments) free.push(segment.page);
    this.segments = [];
    this.last = null;
    this.firstLine = this.endLine;
    this.decoded = null;
  }

  private addSegment(): Segment {
    const segment = { page: this.store.takePage(this), used: 0, firstLine: this.endLine, lines: 0 };
    // Most logs are short: a list made with its one part takes no more room than that.
    if (this.last === null) this.segments = [segment];
    else this.segments.push(segment);
    this.last = segment;
    return segment;
  }

  private text(n: number): string {
    if (n < this.firstLine || n >= this.endLine) return "";
    const segment = this.segments[this.segmentIndexOf(n)]!;
    const offsets = this.offsetsOf(segment);
    const index = n - segment.firstLine;
    return decode(segment.page.bytes.toString("utf8", offsets[index]!, offsets[index + 1]! - 1));
  }

  private segmentIndexOf(n: number): number {
    let low = 0;
    let high = this.segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.segments[middle]!.firstLine <= n) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private offsetsOf(segment: Segment): number[] {
    if (this.decoded?.segment === segment && this.decoded.lines === segment.lines)
      return this.decoded.offsets;
    const offsets = [0];
    for (
      let at = segment.page.bytes.indexOf(NEWLINE);
      at >= 0 && at < segment.used;
      at = segment.page.bytes.indexOf(NEWLINE, at + 1)
    ) {
      offsets.push(at + 1);
    }
    this.decoded = { segment, lines: segment.lines, offsets };
    return offsets;
  }
}

/** Where the line of that number begins; counted from the end, as it is one of the last that is asked for. */
function startOfLine(segment: Segment, number: number): number {
  let at = segment.used - 1;
  for (let n = segment.lines - number; n > 0 && at >= 0; n--)
    at = at === 0 ? -1 : segment.page.bytes.lastIndexOf(NEWLINE, at - 1);
  return at + 1;
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
