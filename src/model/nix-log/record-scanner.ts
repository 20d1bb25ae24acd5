/**
 * Finds the records in a block of lines and reads the frequent kinds without parsing JSON.
 *
 * Nine of ten records of a real stream are progress, log lines or stops. They have a fixed shape, as Nix writes keys in
 * alphabetical order (nlohmann::json), so a few characters at fixed places tell them. Whatever does not have exactly
 * that shape goes to `JSON.parse`.
 */

import { exactId, type Id, idIn, integerIn, isDigit, readId } from "./ids.ts";
import { Result } from "./numbers.ts";

/** A `start` record. */
export interface StartRecord {
  id: Id;
  type: number;
  text: string;
  fields: readonly unknown[];
  /** 0 = none; `null`: the record has no such key (Nix <= 2.17). */
  parentId: Id | null;
}

/** Where the scanner hands over what it finds. Offsets are into the block, valid only during the call. */
export interface RecordSink {
  /** A block begins; offsets of progress records are into it until the next one. */
  beginBlock(block: Buffer): void;
  endBlock(): void;
  /** `fields` of a progress record, from behind "[" to before "]". */
  progress(id: Id, block: Buffer, fieldsStart: number, fieldsEnd: number): void;
  expected(id: Id, activityType: number, amount: number): void;
  /** The bytes of the JSON string of a log line, without its quotes. */
  logLine(id: Id, block: Buffer, start: number, end: number): void;
  phase(id: Id, phase: string): void;
  start(record: StartRecord): void;
  stop(id: Id): void;
  /** A message; `own`: it has the longer form of an error that the printing process itself ends with. */
  message(text: string, level: number, own: boolean): void;
  /** Any other record, parsed; `raw` is its JSON, for what parsing loses. */
  record(record: Record<string, unknown>, raw: string): void;
  /** A line that is no record. */
  other(line: string): void;
}

export type Framing = "command" | "json-log" | "auto";

const AT = 64;
const BRACE = 123;
const CLOSE_BRACE = 125;
const CLOSE_BRACKET = 93;
const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const COMMA = 44;
const CARRIAGE_RETURN = 13;
const NEWLINE = 10;
const LETTER = { bracket: 91, e: 101, f: 102, i: 105, m: 109, o: 111, r: 114, s: 115 } as const;

const NO_FIELDS: readonly unknown[] = [];
const ID = '"id":';
const SESSION_ID = Buffer.from(',"sid":"');
const ACTION = Buffer.from('{"action":"');

/** Reads blocks of whole lines and calls the sink for each record, in order. */
export class RecordScanner {
  private records = 0;
  private otherLines = 0;
  private readonly sink: RecordSink;
  private framing: Framing;
  /** For `json-log`: true if this line is the second copy of a record that was already read. */
  private readonly isCopy: ((id: Id, block: Buffer, start: number, end: number) => boolean) | null;

  constructor(
    sink: RecordSink,
    framing: Framing,
    isCopy: ((id: Id, block: Buffer, start: number, end: number) => boolean) | null = null,
  ) {
    this.sink = sink;
    this.framing = framing;
    this.isCopy = isCopy;
  }

  get bare(): boolean {
    return this.framing === "json-log";
  }

  read(block: Buffer): void {
    const length = block.length;
    this.sink.beginBlock(block);
    for (let start = 0; start < length; ) {
      let end = block.indexOf(NEWLINE, start);
      if (end < 0) end = length;
      this.line(block, start, end);
      start = end + 1;
    }
    this.sink.endBlock();
  }

  /** Records and other lines since the last time this was asked. */
  takeCounts(): { records: number; otherLines: number } {
    const counts = { records: this.records, otherLines: this.otherLines };
    this.records = 0;
    this.otherLines = 0;
    return counts;
  }

  private line(block: Buffer, lineStart: number, lineEnd: number): void {
    let start = lineStart;
    let end = lineEnd;
    if (end > start && block[end - 1] === CARRIAGE_RETURN) end--;
    const first = block[start];
    if (first === AT && block[start + 5] === BRACE && block[start + 1] === 110 && block[start + 4] === 32)
      start += 5;
    else if (!(first === BRACE && this.framing !== "command" && startsWith(block, ACTION, start))) {
      this.unframed(block, start, end);
      return;
    }
    if (this.framing === "auto") this.framing = start === lineStart ? "json-log" : "command";
    if (!this.quick(block, start, end)) this.slow(block, start, end);
  }

  /** The frequent kinds; false if this is none of them, to the letter. */
  private quick(block: Buffer, start: number, end: number): boolean {
    // `{"action":"` is eleven long; then the first letter of the action.
    switch (block[start + 11]) {
      case LETTER.r:
        return this.quickResult(block, start, end);
      case LETTER.s:
        return block[start + 13] === LETTER.o
          ? this.quickStop(block, start, end)
          : this.quickStart(block, start, end);
      case LETTER.m:
        return this.quickMessage(block, start, end);
      default:
        return false;
    }
  }

  /** `{"action":"result","fields":[…],"id":N,"type":T}`, perhaps with a session id before the type. */
  private quickResult(block: Buffer, start: number, end: number): boolean {
    // `{"action":"result","fields":[` up to the bracket, and `,"type":105}` at the end
    if (
      block[start + 28] !== LETTER.bracket ||
      block[start + 20] !== LETTER.f ||
      block[start + 12] !== LETTER.e
    )
      return false;
    if (
      block[end - 1] !== CLOSE_BRACE ||
      block[end - 5] !== COLON ||
      block[end - 7] !== LETTER.e ||
      block[end - 12] !== COMMA
    ) {
      return false;
    }
    const type = block[end - 4]! * 100 + block[end - 3]! * 10 + block[end - 2]! - 5328;
    const idEnd = block[end - 13] === QUOTE ? beforeSessionId(block, start, end - 12) : end - 12;
    // The digits are read from the last one on, as only their end is known.
    let idStart = idEnd;
    let value = 0;
    for (let unit = 1; ; unit *= 10) {
      const digit = block[idStart - 1]! - 48;
      if (digit < 0 || digit > 9) break;
      value += digit * unit;
      idStart--;
    }
    // `],"id":` stands before the digits
    const fieldsEnd = idStart - 7;
    const fieldsStart = start + 29;
    if (idStart === idEnd || fieldsEnd < fieldsStart) return false;
    if (
      block[fieldsEnd] !== CLOSE_BRACKET ||
      block[fieldsEnd + 3] !== LETTER.i ||
      block[fieldsEnd + 6] !== COLON
    )
      return false;
    const id = exactId(value, block, idStart, idEnd);
    switch (type) {
      case Result.progress:
        if (this.isCopy?.(id, block, start, end)) return true;
        this.records++;
        this.sink.progress(id, block, fieldsStart, fieldsEnd);
        return true;
      case Result.buildLogLine:
        if (!isOneString(block, fieldsStart, fieldsEnd)) return false;
        if (this.isCopy?.(id, block, start, end)) return true;
        this.records++;
        this.sink.logLine(id, block, fieldsStart + 1, fieldsEnd - 1);
        return true;
      case Result.setExpected: {
        let comma = fieldsStart;
        while (comma < fieldsEnd && block[comma] !== COMMA) comma++;
        if (comma === fieldsEnd) return false;
        if (this.isCopy?.(id, block, start, end)) return true;
        this.records++;
        this.sink.expected(id, integerIn(block, fieldsStart, comma), integerIn(block, comma + 1, fieldsEnd));
        return true;
      }
      case Result.setPhase:
        if (!isOneString(block, fieldsStart, fieldsEnd) || !isPlain(block, fieldsStart + 1, fieldsEnd - 1))
          return false;
        if (this.isCopy?.(id, block, start, end)) return true;
        this.records++;
        this.sink.phase(id, block.toString("latin1", fieldsStart + 1, fieldsEnd - 1));
        return true;
      default:
        return false;
    }
  }

  /** `{"action":"start","fields":[…],"id":N,"level":L,"parent":P,"text":"…","type":T}`; fields may be missing. */
  private quickStart(block: Buffer, start: number, end: number): boolean {
    // Inside a JSON string quotes are escaped: where a key stands with its quotes, it is a key.
    const idKey = keyIn(block, start + 18, end);
    if (idKey < 0 || block[start + 16] !== QUOTE) return false;
    let idEnd = idKey + 5;
    while (isDigit(block[idEnd]!)) idEnd++;
    // `,"level":5` and `,"parent":0,"text":"`
    if (
      idEnd === idKey + 5 ||
      block[idEnd] !== COMMA ||
      block[idEnd + 8] !== COLON ||
      block[idEnd + 10] !== COMMA
    )
      return false;
    if (block[idEnd + 2] !== 108 || block[idEnd + 12] !== 112 || block[idEnd + 19] !== COLON) return false;
    const parentStart = idEnd + 20;
    let parentEnd = parentStart;
    while (isDigit(block[parentEnd]!)) parentEnd++;
    if (parentEnd === parentStart || block[parentEnd + 2] !== 116 || block[parentEnd + 7] !== COLON)
      return false;
    const textStart = parentEnd + 9;
    let typeStart = end - 1;
    while (isDigit(block[typeStart - 1]!)) typeStart--;
    // `","type":` stands before the digits
    const textEnd = typeStart - 9;
    if (
      typeStart === end - 1 ||
      textEnd < textStart ||
      block[textEnd] !== QUOTE ||
      block[textEnd + 3] !== 116
    )
      return false;
    if (!isPlain(block, textStart, textEnd)) return false;
    let fields: unknown = NO_FIELDS;
    if (idKey > start + 18) {
      // `"fields":` is nine long, and a comma stands before the id
      if (
        block[start + 19] !== LETTER.f ||
        block[idKey - 1] !== COMMA ||
        !isAscii(block, start + 27, idKey - 1)
      )
        return false;
      try {
        fields = JSON.parse(block.toString("latin1", start + 27, idKey - 1));
      } catch {
        return false;
      }
      if (!Array.isArray(fields)) return false;
    }
    const id = idIn(block, idKey + 5, idEnd);
    if (this.isCopy?.(id, block, start, end)) return true;
    this.records++;
    this.sink.start({
      id,
      type: integerIn(block, typeStart, end - 1),
      text: textStart === textEnd ? "" : block.toString("latin1", textStart, textEnd),
      fields: fields as readonly unknown[],
      parentId: idIn(block, parentStart, parentEnd),
    });
    return true;
  }

  /** `{"action":"stop","id":N}`, perhaps with a session id. */
  private quickStop(block: Buffer, start: number, end: number): boolean {
    if (block[start + 21] !== COLON || block[end - 1] !== CLOSE_BRACE) return false;
    const idStart = start + 22;
    const idEnd = block[end - 2] === QUOTE ? beforeSessionId(block, start, end - 1) : end - 1;
    if (idEnd <= idStart) return false;
    for (let n = idStart; n < idEnd; n++) if (!isDigit(block[n]!)) return false;
    const id = idIn(block, idStart, idEnd);
    if (this.isCopy?.(id, block, start, end)) return true;
    this.records++;
    this.sink.stop(id);
    return true;
  }

  /** `{"action":"msg","level":L,"msg":"…"}` with nothing to unescape: evaluation and plan, thousands of lines at times. */
  private quickMessage(block: Buffer, start: number, end: number): boolean {
    // `{"action":"msg","level":3,"msg":"` is 33 long
    if (block[start + 23] !== COLON || block[start + 31] !== COLON || block[start + 32] !== QUOTE)
      return false;
    if (block[end - 1] !== CLOSE_BRACE || block[end - 2] !== QUOTE || end - 2 < start + 33) return false;
    if (!isPlain(block, start + 33, end - 2)) return false;
    this.records++;
    this.sink.message(block.toString("latin1", start + 33, end - 2), block[start + 24]! - 48, false);
    return true;
  }

  private slow(block: Buffer, start: number, end: number): void {
    const raw = block.toString("utf8", start, end);
    let record: unknown;
    try {
      record = JSON.parse(raw);
    } catch {
      this.notARecord(raw);
      return;
    }
    if (
      typeof record !== "object" ||
      record === null ||
      typeof (record as { action?: unknown }).action !== "string"
    ) {
      this.notARecord(raw);
      return;
    }
    if (this.isCopy !== null) {
      const id = readId(raw, ID);
      if (id !== null && this.isCopy(id, block, start, end)) return;
    }
    this.records++;
    this.sink.record(record as Record<string, unknown>, raw);
  }

  /** A line without the mark: other output, perhaps with a record behind words that ended without a line break. */
  private unframed(block: Buffer, start: number, end: number): void {
    if (end === start) return;
    const line = block.toString("utf8", start, end);
    const at = this.framing === "json-log" ? -1 : line.indexOf('@nix {"action":"');
    if (at <= 0) {
      this.notARecord(line);
      return;
    }
    this.notARecord(line.slice(0, at));
    const rest = Buffer.from(line.slice(at));
    this.line(rest, 0, rest.length);
  }

  private notARecord(line: string): void {
    this.otherLines++;
    this.sink.other(line);
  }
}

/** Determinate Nix >= 3.20 puts `"sid":"…"` between the id and what follows it. */
function beforeSessionId(block: Buffer, start: number, end: number): number {
  let quote = end - 2;
  while (quote > start && block[quote] !== QUOTE) quote--;
  const at = quote - SESSION_ID.length + 1;
  return at > start && startsWith(block, SESSION_ID, at) ? at : end;
}

/** Where `"id":` stands; -1 = nowhere. Looks for the colon, which is rare. */
function keyIn(block: Buffer, start: number, end: number): number {
  for (let n = start + 4; n < end; n++) {
    if (
      block[n] === COLON &&
      block[n - 1] === QUOTE &&
      block[n - 2] === 100 &&
      block[n - 3] === LETTER.i &&
      block[n - 4] === QUOTE
    ) {
      return n - 4;
    }
  }
  return -1;
}

function startsWith(block: Buffer, bytes: Buffer, at: number): boolean {
  for (let n = 0; n < bytes.length; n++) if (block[at + n] !== bytes[n]) return false;
  return true;
}

/** Is this a list of exactly one string? An inner quote would have to be escaped. */
function isOneString(block: Buffer, start: number, end: number): boolean {
  return block[start] === QUOTE && block[end - 1] === QUOTE && end - 1 > start;
}

/** Printable ASCII with nothing that JSON escapes. */
function isPlain(block: Buffer, start: number, end: number): boolean {
  for (let n = start; n < end; n++) {
    const byte = block[n]!;
    if (byte === BACKSLASH || byte === QUOTE || byte >= 0x80 || byte < 0x20) return false;
  }
  return true;
}

function isAscii(block: Buffer, start: number, end: number): boolean {
  for (let n = start; n < end; n++) if (block[n]! >= 0x80) return false;
  return true;
}
