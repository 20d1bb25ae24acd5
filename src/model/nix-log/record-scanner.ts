/**
 * Finds the records in a block of lines and reads the frequent kinds without parsing JSON.
 *
 * Nine of ten records of a real stream are progress, log lines or stops. They have a fixed shape, as Nix writes keys in
 * alphabetical order (nlohmann::json), so a few characters at fixed places tell them. Whatever does not have exactly
 * that shape goes to `JSON.parse`.
 */

/** Activity id. Ids are 64 bits wide (`pid << 32` + counter): a number only where a double holds it exactly. */
export type Id = number | string;

/** Where the scanner hands over what it finds. Offsets are into the block, valid only during the call. */
export interface RecordSink {
  /** A block begins; offsets of progress records are into this text until the next one. */
  beginBlock(text: string): void;
  endBlock(): void;
  /** `fields` of a progress record, from behind "[" to before "]". */
  progress(id: Id, text: string, fieldsStart: number, fieldsEnd: number): void;
  expected(id: Id, activityType: number, amount: number): void;
  /** The bytes of the JSON string of a log line, without its quotes. */
  logLine(id: Id, block: Buffer, start: number, end: number): void;
  stop(id: Id): void;
  /** Any other record, parsed; `raw` is its JSON, for what parsing loses. */
  record(record: Record<string, unknown>, raw: string): void;
  /** A line that is no record. */
  other(line: string): void;
}

export type Framing = "command" | "json-log" | "auto";

const AT = 64;
const BRACE = 123;
const CLOSE_BRACE = 125;
const QUOTE = 34;
const COLON = 58;
const CARRIAGE_RETURN = 13;

const RESULT = '{"action":"result","fields":[';
const STOP = '{"action":"stop","id":';
const TYPE = ',"type":';
/** `,"type":105}` */
const TYPE_LENGTH = 12;
const ID = '"id":';
const SESSION_ID = ',"sid":"';

/** Reads blocks of whole lines and calls the sink for each record, in order. */
export class RecordScanner {
  private records = 0;
  private otherLines = 0;
  private readonly sink: RecordSink;
  private framing: Framing;
  /** For `json-log`: true if this line is the second copy of a record that was already read. */
  private readonly isCopy: ((id: Id, text: string, start: number, end: number) => boolean) | null;

  constructor(
    sink: RecordSink,
    framing: Framing,
    isCopy: ((id: Id, text: string, start: number, end: number) => boolean) | null = null,
  ) {
    this.sink = sink;
    this.framing = framing;
    this.isCopy = isCopy;
  }

  get bare(): boolean {
    return this.framing === "json-log";
  }

  read(block: Buffer): void {
    // Latin-1 keeps one character a byte, so that offsets are the same in both; text is decoded only where it is used.
    const text = block.toString("latin1", 0, block.length);
    const length = text.length;
    this.sink.beginBlock(text);
    for (let start = 0; start < length; ) {
      let end = text.indexOf("\n", start);
      if (end < 0) end = length;
      this.line(text, block, start, end);
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

  private line(text: string, block: Buffer, lineStart: number, lineEnd: number): void {
    let start = lineStart;
    let end = lineEnd;
    if (end > start && text.charCodeAt(end - 1) === CARRIAGE_RETURN) end--;
    const first = text.charCodeAt(start);
    if (first === AT && text.charCodeAt(start + 5) === BRACE && text.startsWith("@nix ", start)) start += 5;
    else if (!(first === BRACE && this.framing !== "command" && text.startsWith('{"action":"', start))) {
      this.unframed(text, block, start, end);
      return;
    }
    if (this.framing === "auto") this.framing = start === lineStart ? "json-log" : "command";
    if (!this.quick(text, block, start, end)) this.slow(text, block, start, end);
  }

  /** The frequent kinds; false if this is none of them, to the letter. */
  private quick(text: string, block: Buffer, start: number, end: number): boolean {
    // The first letter of the action, then one that only it has.
    const letter = text.charCodeAt(start + 11);
    if (letter === 114 /* r */) {
      if (text.charCodeAt(end - 1) !== CLOSE_BRACE || text.charCodeAt(end - 5) !== COLON) return false;
      const type =
        (text.charCodeAt(end - 4) - 48) * 100 +
        (text.charCodeAt(end - 3) - 48) * 10 +
        text.charCodeAt(end - 2) -
        48;
      if (type !== 105 && type !== 101 && type !== 106) return false;
      if (!text.startsWith(RESULT, start) || !text.startsWith(TYPE, end - TYPE_LENGTH)) return false;
      const idEnd = this.beforeSessionId(text, start, end - TYPE_LENGTH);
      let idStart = idEnd;
      while (isDigit(text.charCodeAt(idStart - 1))) idStart--;
      // `],"id":` stands before the digits
      const fieldsEnd = idStart - 7;
      if (idStart === idEnd || fieldsEnd < start || !text.startsWith('],"id":', fieldsEnd)) return false;
      const fieldsStart = start + RESULT.length;
      const id = idOf(text, idStart, idEnd);
      if (type === 101) {
        if (
          text.charCodeAt(fieldsStart) !== QUOTE ||
          text.charCodeAt(fieldsEnd - 1) !== QUOTE ||
          fieldsEnd - 1 <= fieldsStart
        ) {
          return false;
        }
      }
      if (this.isCopy?.(id, text, start, end)) return true;
      if (type === 105) {
        this.records++;
        this.sink.progress(id, text, fieldsStart, fieldsEnd);
      } else if (type === 101) {
        this.records++;
        this.sink.logLine(id, block, fieldsStart + 1, fieldsEnd - 1);
      } else {
        const comma = text.indexOf(",", fieldsStart);
        if (comma < 0 || comma >= fieldsEnd) return false;
        this.records++;
        this.sink.expected(id, integer(text, fieldsStart, comma), integer(text, comma + 1, fieldsEnd));
      }
      return true;
    }
    if (letter === 115 /* s */ && text.charCodeAt(start + 14) === 112 /* sto[p] */) {
      if (!text.startsWith(STOP, start) || text.charCodeAt(end - 1) !== CLOSE_BRACE) return false;
      const idEnd = this.beforeSessionId(text, start, end - 1);
      const idStart = start + STOP.length;
      for (let n = idStart; n < idEnd; n++) if (!isDigit(text.charCodeAt(n))) return false;
      if (idEnd <= idStart) return false;
      const id = idOf(text, idStart, idEnd);
      if (this.isCopy?.(id, text, start, end)) return true;
      this.records++;
      this.sink.stop(id);
      return true;
    }
    return false;
  }

  /** Determinate Nix >= 3.20 puts `"sid":"…"` between the id and what follows it. */
  private beforeSessionId(text: string, start: number, end: number): number {
    if (text.charCodeAt(end - 1) !== QUOTE) return end;
    const at = text.lastIndexOf(SESSION_ID, end);
    return at > start ? at : end;
  }

  private slow(text: string, block: Buffer, start: number, end: number): void {
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
      if (id !== null && this.isCopy(id, text, start, end)) return;
    }
    this.records++;
    this.sink.record(record as Record<string, unknown>, raw);
  }

  /** A line without the mark: other output, perhaps with a record behind words that ended without a line break. */
  private unframed(text: string, block: Buffer, start: number, end: number): void {
    if (end === start) return;
    const at = text.indexOf('@nix {"action":"', start);
    if (at <= start || at >= end || this.framing === "json-log") {
      this.notARecord(block.toString("utf8", start, end));
      return;
    }
    this.notARecord(block.toString("utf8", start, at));
    this.line(text, block, at, end);
  }

  private notARecord(line: string): void {
    this.otherLines++;
    this.sink.other(line);
  }
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** The exact id between two offsets: a number as long as a double holds it for certain, else its digits. */
function idOf(text: string, start: number, end: number): Id {
  if (end - start <= 15) return integer(text, start, end);
  // Put together from numbers, as a substring would keep the whole block alive.
  const middle = end - 9;
  return `${integer(text, start, middle)}${String(integer(text, middle, end)).padStart(9, "0")}`;
}

/** Digits → number; large ones are rounded to a double, as byte counts of 2^63 occur. */
export function integer(text: string, start: number, end: number): number {
  let value = 0;
  for (let n = start; n < end; n++) value = value * 10 + text.charCodeAt(n) - 48;
  return value;
}

/**
 * The exact value of `"id":` or `"parent":` in a record's JSON. `JSON.parse` would round it. Inside a JSON string the
 * quotes are escaped, so the last place where the key stands is the record's own.
 */
export function readId(raw: string, key: '"id":' | '"parent":'): Id | null {
  const at = raw.lastIndexOf(key);
  if (at < 0) return null;
  const start = at + key.length;
  let end = start;
  while (isDigit(raw.charCodeAt(end))) end++;
  return end === start ? null : idOf(raw, start, end);
}

/** The process that made the activity: the upper half of its id. */
export function processOf(id: Id): number {
  return typeof id === "number" ? Math.floor(id / 2 ** 32) : Number(BigInt(id) >> 32n);
}

/** The id that was given `offset` after this one by the same process. */
export function idAfter(id: Id, offset: number): Id {
  if (typeof id === "number") return id + offset;
  return String(BigInt(id) + BigInt(offset));
}
