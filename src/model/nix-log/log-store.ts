import { cleanLogLine, cleanText } from "../text/clean.ts";
import { cutSlab, LONGEST_LINE, PAGE, type Page, SLOT, STEP, viewOf } from "./log-page.ts";
import type { BuildLog } from "./types.ts";

/** Bytes of all logs together. */
const DEFAULT_BUDGET = 16 * 1024 * 1024;
/** Memory is taken in slabs and handed out in parts that are used again: logs come and go without fragments. */
const SLAB = 1024 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

/** Part of the memory that is cut into slots. */
const SHARE_OF_SLOTS = 1 / 8;
/** Shared: nothing is ever added to it. */
const NO_PAGES: Page[] = [];

/**
 * The logs of all builds, under one bound. When it is reached, the logs of builds that ended well give way, the oldest
 * first; then the largest log of a running build gives up its oldest lines; those of failed builds come last. A log that
 * fills half of the bound pays for itself, so that one noisy build never costs all others theirs.
 *
 * Each log begins in a slot. Of builds that ended well, those that never needed more give way to each other only: they
 * lie close together, so that ten thousand small builds touch an eighth of the memory and not all of it.
 */
export class LogStore {
  private readonly running: StoredLog[] = [];
  private readonly endedShort = new LogQueue("ended");
  private readonly ended = new LogQueue("ended");
  private readonly failed = new LogQueue("failed");
  private readonly free: Page[] = [];
  private readonly freeSlots: Page[] = [];
  private source = NOTHING;
  private view = viewOf(NOTHING);
  /** Pages, and slots, that are in use or free. */
  private pages = 0;
  private slots = 0;
  private readonly mostPages: number;
  private readonly mostSlots: number;

  constructor(budget = DEFAULT_BUDGET) {
    this.mostPages = Math.max(4, Math.floor((budget * (1 - SHARE_OF_SLOTS)) / PAGE));
    this.mostSlots = Math.max(4, Math.floor((budget * SHARE_OF_SLOTS) / SLOT));
  }

  open(): StoredLog {
    return new StoredLog(this);
  }

  /** The build of this log ended. */
  settle(log: StoredLog, failed: boolean): void {
    this.leaveRunning(log);
    if (log.isEmpty) return;
    if (failed) this.failed.add(log);
    else (log.isShort ? this.endedShort : this.ended).add(log);
  }

  /** For `StoredLog` only: a part to write a line of so many bytes on. */
  takePage(log: StoredLog, bytes: number): Page {
    log.of = "running";
    if (log.place < 0) log.place = this.running.push(log) - 1;
    const slot = log.isEmpty && bytes + STEP < SLOT ? this.takeSlot() : null;
    if (slot !== null) return slot;
    if (this.free.length === 0) this.makeRoom(log);
    return this.free.pop()!;
  }

  /** `null`: running builds, failed ones and long logs have all of them. */
  private takeSlot(): Page | null {
    if (this.freeSlots.length === 0) {
      if (this.slots < this.mostSlots) {
        const count = Math.min(SLAB / SLOT, this.mostSlots - this.slots);
        this.freeSlots.push(...cutSlab(count * SLOT, SLOT));
        this.slots += count;
      } else {
        const over = this.endedShort.takeOldest();
        if (over !== null) this.forget(over);
      }
    }
    return this.freeSlots.pop() ?? null;
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
    log.clear();
  }

  /** For `StoredLog` only. */
  release(page: Page): void {
    (page.size === SLOT ? this.freeSlots : this.free).push(page);
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

  /** Afterwards a page is free. */
  private makeRoom(growing: StoredLog): void {
    if (this.pages < this.mostPages) {
      const count = Math.min(SLAB / PAGE, this.mostPages - this.pages);
      this.free.push(...cutSlab(count * PAGE, PAGE));
      this.pages += count;
      return;
    }
    while (this.free.length === 0) {
      const over = growing.pages > this.mostPages / 2 ? null : this.ended.takeOldest();
      if (over !== null) this.forget(over);
      else if (!this.shortenLargest(growing))
        this.forget(this.ended.takeOldest() ?? this.failed.takeOldest() ?? other(this.running, growing));
    }
  }

  /** Frees the oldest part of the largest log of a running build; false: none can spare one. */
  private shortenLargest(growing: StoredLog): boolean {
    let largest = growing;
    for (const log of this.running) if (log.pages > largest.pages) largest = log;
    const page = largest.dropOldest() ?? growing.dropOldest();
    if (page !== null) this.release(page);
    return page !== null;
  }
}

/** Twice as many as can be kept, so that a look at all of them is rare. */
const MOST_QUEUED = 32_768;

/** Logs of builds that ended, in the order they did. */
class LogQueue {
  private readonly kind: "ended" | "failed";
  private logs: StoredLog[] = [];
  private head = 0;

  constructor(kind: "ended" | "failed") {
    this.kind = kind;
  }

  add(log: StoredLog): void {
    log.of = this.kind;
    this.logs.push(log);
    // Most were forgotten by their owners where room never ran short.
    if (this.logs.length > MOST_QUEUED) {
      this.logs = [...new Set(this.logs.slice(this.head))].filter((each) => this.holds(each));
      this.head = 0;
    }
  }

  private holds(log: StoredLog): boolean {
    return log.of === this.kind && !log.isEmpty;
  }

  /** Passes over logs that were given up meanwhile, or whose derivation is built anew. */
  takeOldest(): StoredLog | null {
    let oldest: StoredLog | null = null;
    while (oldest === null && this.head < this.logs.length) {
      const log = this.logs[this.head++]!;
      if (this.holds(log)) oldest = log;
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
  /** What is written on, and what was before: most logs have no such. */
  private last: Page | null = null;
  private older = NO_PAGES;
  private readonly store: LogStore;
  private decoded: { page: Page; lines: number; offsets: number[] } | null = null;

  constructor(store: LogStore) {
    this.store = store;
  }

  /** Takes over the bytes of one JSON string, without its quotes. */
  append(source: Buffer, start: number, end: number): void {
    const length = end - start > LONGEST_LINE ? LONGEST_LINE : end - start;
    let page = this.last;
    if (page === null || !page.hasRoomFor(length)) page = this.addPage(length);
    page.addLine(this.store.viewOf(source), start, start + length);
    this.endLine++;
  }

  get isEmpty(): boolean {
    return this.last === null;
  }

  /** All of it is in one slot. */
  get isShort(): boolean {
    return this.last?.size === SLOT;
  }

  /** Parts that hold it. */
  get pages(): number {
    return this.last === null ? 0 : this.older.length + 1;
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
    if (this.last === null) return lines;
    for (const page of [...this.older, this.last]) {
      if (page.firstLine + page.lines <= from) continue;
      const text = page.text(page.startOf(Math.max(from, page.firstLine)), page.used - 1);
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

  /** For the store: gives up the part with the oldest lines; `null` if there is only the one that is written on. */
  dropOldest(): Page | null {
    const oldest = this.older.shift();
    if (oldest === undefined) return null;
    this.firstLine = (this.older[0] ?? this.last!).firstLine;
    this.decoded = null;
    return oldest;
  }

  /** For the store: gives up all of it. */
  clear(): void {
    if (this.last === null) return;
    for (const page of this.older) this.store.release(page);
    this.store.release(this.last);
    this.older = NO_PAGES;
    this.last = null;
    this.firstLine = this.endLine;
    this.decoded = null;
  }

  private addPage(bytes: number): Page {
    // Taking one may cost this log its own oldest, or even all of it.
    const page = this.store.takePage(this, bytes);
    page.begin(this.endLine);
    if (this.last !== null) {
      if (this.older === NO_PAGES) this.older = [];
      this.older.push(this.last);
    }
    this.last = page;
    return page;
  }

  private text(n: number): string {
    if (n < this.firstLine || n >= this.endLine) return "";
    const page = this.pageOf(n);
    const offsets = this.offsetsOf(page);
    const index = n - page.firstLine;
    return decode(page.text(offsets[index]!, offsets[index + 1]! - 1));
  }

  private pageOf(n: number): Page {
    if (n >= this.last!.firstLine) return this.last!;
    let low = 0;
    let high = this.older.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.older[middle]!.firstLine <= n) low = middle;
      else high = middle - 1;
    }
    return this.older[low]!;
  }

  private offsetsOf(page: Page): number[] {
    if (this.decoded?.page === page && this.decoded.lines === page.lines) return this.decoded.offsets;
    const offsets = page.offsets();
    this.decoded = { page, lines: page.lines, offsets };
    return offsets;
  }
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
