/**
 * Finds the records in a block of lines. The frequent kinds are read from the bytes (`QuickRecords`); whatever does not
 * have exactly their shape goes to `JSON.parse`.
 */

import { type Id, readId } from "./ids.ts";
import { type CopyTest, QuickRecords } from "./quick-records.ts";
import type { StartRecord } from "./start-record.ts";

/** Where the scanner hands over what it finds. Offsets are into the block, valid only during the call. */
export interface RecordSink {
  /** A block begins; offsets of progress records are into it until the next one. */
  beginBlock(block: Buffer): void;
  endBlock(): void;
  /**
   * Grows with whatever may give another meaning to numbers that were told before: an activity that can have some began or
   * ended, or they were told in another way than by the two calls below.
   */
  readonly activityChanges: number;
  /** `fields` of a progress record, from behind "[" to before "]". True: it is a worker's counter of builds. */
  progress(id: Id, block: Buffer, fieldsStart: number, fieldsEnd: number): boolean;
  expected(id: Id, activityType: number, amount: number): void;
  /** The bytes of the JSON string of a log line, without its quotes. */
  logLine(id: Id, block: Buffer, start: number, end: number): void;
  phase(id: Id, phase: string): void;
  start(record: StartRecord): void;
  stop(id: Id): void;
  /** A message that is two spaces and a path without a space, as lines of a plan are. False: it is any message. */
  path(block: Buffer, start: number, end: number): boolean;
  /**
   * A message; `raw`: what an error that the printing process itself ends with says without the way that led to it, which
   * no other message has.
   */
  message(text: string, level: number, raw: string | null): void;
  /** Any other record, parsed; `raw` is its JSON, for what parsing loses. */
  record(record: Record<string, unknown>, raw: string): void;
  /** A line that is no record. */
  other(line: string): void;
}

export type Framing = "command" | "json-log" | "auto";

const AT = 64;
const SPACE = 32;
const LETTER_N = 110;
const BRACE = 123;
const CARRIAGE_RETURN = 13;
const NEWLINE = 10;
const ID = '"id":';
const MARK = "@nix ";
/** Lines that a broken record is put together from, and what they hold together. */
const MOST_PIECES = 50;
const LONGEST_BROKEN = 64 * 1024;
/** Of UTF-8; some programs begin a file with it. */
const BYTE_ORDER_MARK = Buffer.from("\ufeff");
const ACTION = Buffer.from('{"action":"');

/** A part of a time, perhaps in brackets, or the name of the output it came from. */
const LONGEST_TIMESTAMP = 80;
const TIMESTAMP_WORD = /^(?:[[(]?\d[\d:.,TZ+/-]*[\])]?[|:>]?|stdout|stderr|[|:>])$/;

/** Reads blocks of whole lines and calls the sink for each record, in order. */
export class RecordScanner {
  private slowRecords = 0;
  private otherLines = 0;
  private begun = false;
  /** A record of which a part is missing, and the lines that may be the rest of it, as a terminal breaks long ones. */
  private broken: string[] = [];
  private readonly sink: RecordSink;
  private readonly quick: QuickRecords;
  private framing: Framing;
  private readonly isCopy: CopyTest | null;

  /** `isCopy` for `json-log`: both the daemon and its client may write to one file. */
  constructor(sink: RecordSink, framing: Framing, isCopy: CopyTest | null = null) {
    this.sink = sink;
    this.framing = framing;
    this.isCopy = isCopy;
    this.quick = new QuickRecords(sink, isCopy);
  }

  get bare(): boolean {
    return this.framing === "json-log";
  }

  read(lines: Buffer): void {
    const length = lines.length;
    // Only the last one of a stream can be without its newline. All that walks over bytes relies on it.
    const block = lines[length - 1] === NEWLINE ? lines : Buffer.concat([lines, Buffer.of(NEWLINE)]);
    this.sink.beginBlock(block);
    let at = !this.begun && startsWith(block, BYTE_ORDER_MARK, 0) ? BYTE_ORDER_MARK.length : 0;
    this.begun = true;
    while (at < length) at = this.line(block, at);
    this.sink.endBlock();
  }

  /** No more lines will come. */
  finish(): void {
    this.endBroken();
  }

  /** Records and other lines since the last time this was asked. */
  takeCounts(): { records: number; otherLines: number } {
    const counts = { records: this.slowRecords + this.quick.count, otherLines: this.otherLines };
    this.slowRecords = 0;
    this.quick.count = 0;
    this.otherLines = 0;
    return counts;
  }

  /** Reads the line that begins there; returns where the next one does. */
  private line(block: Buffer, lineStart: number): number {
    let start = lineStart;
    // `@nix {`
    if (
      block[start] === AT &&
      block[start + 5] === BRACE &&
      block[start + 1] === LETTER_N &&
      block[start + 4] === SPACE
    )
      start += 5;
    else if (!(block[start] === BRACE && this.framing !== "command" && startsWith(block, ACTION, start))) {
      const newline = block.indexOf(NEWLINE, start);
      this.unframed(block, start, endOfLine(block, start, newline));
      return newline + 1;
    }
    if (this.broken.length > 0) this.endBroken();
    if (this.framing === "auto") this.framing = start === lineStart ? "json-log" : "command";
    const next = this.quick.read(block, lineStart, start);
    if (next > 0) return next;
    const newline = block.indexOf(NEWLINE, start);
    this.slow(block, start, endOfLine(block, start, newline));
    return newline + 1;
  }

  private slow(block: Buffer, start: number, end: number): void {
    const raw = block.toString("utf8", start, end);
    const record = recordIn(raw);
    if (record === null) {
      this.broken = [start > 0 && block[start - 1] === SPACE ? MARK + raw : raw];
      return;
    }
    if (this.isCopy !== null) {
      const id = readId(raw, ID);
      if (id !== null && this.isCopy(id, block, start, end)) return;
    }
    this.slowRecords++;
    this.sink.record(record, raw);
  }

  /** The next line behind a broken record. */
  private mend(line: string): void {
    this.broken.push(line);
    const whole = this.broken.join("");
    const raw = whole.startsWith(MARK) ? whole.slice(MARK.length) : whole;
    const record = raw.length > LONGEST_BROKEN ? null : recordIn(raw);
    if (record !== null) {
      this.broken = [];
      this.slowRecords++;
      this.sink.record(record, raw);
    } else if (raw.length > LONGEST_BROKEN || this.broken.length > MOST_PIECES) this.endBroken();
  }

  /** It was none, then. */
  private endBroken(): void {
    for (const line of this.broken) this.notARecord(line);
    this.broken = [];
  }

  /** A line without the mark: other output, perhaps with a record behind words that ended without a line break. */
  private unframed(block: Buffer, start: number, end: number): void {
    if (end === start) return;
    const line = block.toString("utf8", start, end);
    const at = this.framing === "json-log" ? -1 : line.indexOf('@nix {"action":"');
    if (this.broken.length > 0) {
      if (at < 0) {
        this.mend(line);
        return;
      }
      this.endBroken();
    }
    if (at <= 0) {
      this.notARecord(line);
      return;
    }
    // Who collects the output of others may write the time before each line of it.
    const before = line.slice(0, at);
    if (!isTimestamp(before)) this.notARecord(before);
    this.line(Buffer.from(`${line.slice(at)}\n`), 0);
  }

  private notARecord(line: string): void {
    this.otherLines++;
    this.sink.other(line);
  }
}

function isTimestamp(text: string): boolean {
  if (text.length > LONGEST_TIMESTAMP) return false;
  const words = text.trim().split(/\s+/);
  return words.every((word) => TIMESTAMP_WORD.test(word)) && /\d/.test(text);
}

/** The record that this JSON is; `null`: it is none. */
function recordIn(raw: string): Record<string, unknown> | null {
  try {
    const record: unknown = JSON.parse(raw);
    const isRecord =
      typeof record === "object" &&
      record !== null &&
      typeof (record as { action?: unknown }).action === "string";
    return isRecord ? (record as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** A carriage return before the newline is no part of the line. */
function endOfLine(block: Buffer, start: number, newline: number): number {
  return newline > start && block[newline - 1] === CARRIAGE_RETURN ? newline - 1 : newline;
}

function startsWith(block: Buffer, bytes: Buffer, at: number): boolean {
  for (let n = 0; n < bytes.length; n++) if (block[at + n] !== bytes[n]) return false;
  return true;
}
