import { FewWords } from "./few-words.ts";
import { IdReader } from "./id-reader.ts";
import { type Id, integerIn, isDigit } from "./ids.ts";
import { viewOf } from "./log-page.ts";
import { newlineIn } from "./newline.ts";
import { Result } from "./numbers.ts";
import type { RecordSink } from "./record-scanner.ts";
import { RepeatedCounters } from "./repeated-counters.ts";
import { ScannedStart } from "./start-record.ts";

const NOTHING: Buffer = Buffer.alloc(0);
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const SLASH = 47;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const CLOSE_BRACE = 125;
const LETTER = {
  d: 100,
  e: 101,
  f: 102,
  i: 105,
  l: 108,
  m: 109,
  o: 111,
  p: 112,
  r: 114,
  s: 115,
  t: 116,
} as const;
const SESSION_ID = Buffer.from(',"sid":"');

/** Is this byte printable ASCII that stands for itself in a JSON string? */
const isPlain = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= SPACE && byte < 0x7f && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

/** Is this byte a digit or a comma? */
const isInList = Uint8Array.from({ length: 256 }, (_, byte) => (isDigit(byte) || byte === COMMA ? 1 : 0));

/** True if the record between the offsets is the second copy of one that was already read. */
export type CopyTest = (id: Id, block: Buffer, start: number, end: number) => boolean;

/**
 * Reads the frequent kinds of records, each in one walk over its bytes.
 *
 * They have a fixed shape, as Nix writes keys in alphabetical order (nlohmann::json), so a few characters at fixed
 * places tell them. Inside a JSON string quotes are escaped: a key that stands with its quotes is a key.
 */
export class QuickRecords {
  /** Records read so far. */
  count = 0;
  private readonly sink: RecordSink;
  private readonly isCopy: CopyTest | null;
  private readonly started = new ScannedStart();
  private readonly phases = new FewWords();
  private readonly ids = new IdReader();
  private readonly repeated = new RepeatedCounters();
  private viewed = NOTHING;
  private view = viewOf(NOTHING);
  /** Where the id ends that `idAt` read last. */
  private idEnd = 0;

  constructor(sink: RecordSink, isCopy: CopyTest | null) {
    this.sink = sink;
    this.isCopy = isCopy;
  }

  /**
   * Reads the record whose `{` stands at `start`, if it is one of these to the letter. The block must end with a newline.
   * Returns where the next line to be read begins; 0: it is none of them, and nothing happened.
   */
  read(block: Buffer, lineStart: number, start: number): number {
    // `{"action":"` is eleven long; then the first letter of the action.
    switch (block[start + 11]) {
      case LETTER.r:
        // `{"action":"result","fields":[` is 29 long.
        if (
          block[start + 28] !== OPEN_BRACKET ||
          block[start + 20] !== LETTER.f ||
          block[start + 12] !== LETTER.e
        )
          return 0;
        return block[start + 29] === QUOTE
          ? this.textResult(block, start)
          : this.numbersResult(block, lineStart, start);
      case LETTER.s:
        return block[start + 13] === LETTER.o ? this.stop(block, start) : this.start(block, start);
      case LETTER.m:
        return this.message(block, start);
      default:
        return 0;
    }
  }

  /** `{"action":"result","fields":[1,2],"id":N,"type":T}`: progress or an expectation. */
  private numbersResult(block: Buffer, lineStart: number, start: number): number {
    const fieldsStart = start + 29;
    let fieldsEnd = fieldsStart;
    while (isInList[block[fieldsEnd]!] === 1) fieldsEnd++;
    // `],"id":` is seven long.
    if (block[fieldsEnd] !== CLOSE_BRACKET || !this.isIdKey(block, fieldsEnd + 2)) return 0;
    const id = this.idAt(block, fieldsEnd + 7);
    const typeKey = behindSessionId(block, this.idEnd);
    // `,"type":105}`
    if (block[typeKey] !== COMMA || block[typeKey + 2] !== LETTER.t || block[typeKey + 7] !== COLON) return 0;
    const next = endOfRecord(block, typeKey + 11);
    if (next === 0 || this.idEnd === fieldsEnd + 7) return 0;
    const type = integerIn(block, typeKey + 8, typeKey + 11);
    if (type === Result.progress) {
      if (this.isCopy?.(id, block, start, typeKey + 12)) return next;
      this.count++;
      const counted = this.sink.progress(id, block, fieldsStart, fieldsEnd);
      // Of a copy nobody can tell whether it is one without reading it.
      if (counted && this.isCopy === null) {
        const behind = this.repeated.behind(block, next, this.sink.activityChanges);
        this.count += this.repeated.skipped;
        return behind;
      }
      this.repeated.add(block, lineStart, next);
      return next;
    }
    if (type !== Result.setExpected) return 0;
    let comma = fieldsStart;
    while (comma < fieldsEnd && block[comma] !== COMMA) comma++;
    if (comma === fieldsEnd) return 0;
    if (this.isCopy?.(id, block, start, typeKey + 12)) return next;
    this.count++;
    this.sink.expected(id, integerIn(block, fieldsStart, comma), integerIn(block, comma + 1, fieldsEnd));
    this.repeated.add(block, lineStart, next);
    return next;
  }

  /**
   * `{"action":"result","fields":["…"],"id":N,"type":T}`: a log line or a phase. Read from its end, so that nobody looks
   * at the text.
   */
  private textResult(block: Buffer, start: number): number {
    if (block !== this.viewed) {
      this.viewed = block;
      this.view = viewOf(block);
    }
    const newline = newlineIn(this.view, start + 30);
    const end = block[newline - 1] === CARRIAGE_RETURN ? newline - 1 : newline;
    // `,"type":101}`
    if (block[end - 1] !== CLOSE_BRACE || block[end - 5] !== COLON || block[end - 7] !== LETTER.e) return 0;
    const idEnd = block[end - 13] === QUOTE ? beforeSessionId(block, start, end - 12) : end - 12;
    // Most ids are as long as the last one.
    let idStart = idEnd - this.ids.length;
    if (block[idStart - 1] !== COLON) for (idStart = idEnd; isDigit(block[idStart - 1]!); ) idStart--;
    const id = this.idAt(block, idStart);
    const textStart = start + 30;
    const textEnd = idStart - 8;
    if (this.idEnd !== idEnd || idStart === idEnd || block[idEnd] !== COMMA || textEnd < textStart) return 0;
    // `"],"id":`
    if (block[textEnd] !== QUOTE || block[textEnd + 1] !== CLOSE_BRACKET || !this.isIdKey(block, textEnd + 3))
      return 0;
    const type = integerIn(block, end - 4, end - 1);
    if (type === Result.buildLogLine) {
      if (this.isCopy?.(id, block, start, end)) return newline + 1;
      this.count++;
      this.sink.logLine(id, block, textStart, textEnd);
      return newline + 1;
    }
    if (type !== Result.setPhase || endOfText(block, textStart) !== textEnd) return 0;
    if (this.isCopy?.(id, block, start, end)) return newline + 1;
    this.count++;
    this.sink.phase(id, this.phases.read(block, textStart, textEnd));
    return newline + 1;
  }

  /** `{"action":"start","fields":[…],"id":N,"level":L,"parent":P,"text":"…","type":T}`; fields may be missing. */
  private start(block: Buffer, start: number): number {
    const started = this.started;
    started.begin(block);
    // `{"action":"start",` is 18 long, `"fields":[` ten.
    let at = start + 18;
    if (block[start + 16] !== QUOTE) return 0;
    if (block[at + 1] === LETTER.f) {
      at = block[at + 9] === OPEN_BRACKET ? this.fields(block, at + 10) : 0;
      if (at === 0) return 0;
    }
    if (!this.isIdKey(block, at)) return 0;
    started.id = this.idAt(block, at + 5);
    // `,"level":5,"parent":`
    at = this.idEnd;
    if (block[at - 1] === COLON || block[at + 2] !== LETTER.l || block[at + 8] !== COLON) return 0;
    if (block[at + 10] !== COMMA || block[at + 12] !== LETTER.p || block[at + 19] !== COLON) return 0;
    started.parentId = this.idAt(block, at + 20);
    // `,"text":"`
    at = this.idEnd;
    if (block[at - 1] === COLON || block[at + 2] !== LETTER.t || block[at + 8] !== QUOTE) return 0;
    started.textStart = at + 9;
    at = endOfText(block, at + 9);
    started.textEnd = at;
    // `","type":`
    if (block[at] !== QUOTE || block[at + 3] !== LETTER.t || block[at + 8] !== COLON) return 0;
    const typeStart = at + 9;
    let typeEnd = typeStart;
    while (isDigit(block[typeEnd]!)) typeEnd++;
    const next = endOfRecord(block, typeEnd);
    if (next === 0 || typeEnd === typeStart) return 0;
    started.type = integerIn(block, typeStart, typeEnd);
    if (this.isCopy?.(started.id, block, start, typeEnd + 1)) return next;
    this.count++;
    this.sink.start(started);
    return next;
  }

  /** The fields of a start, from behind "[". Returns what follows "],"; 0: not only plain texts and numbers. */
  private fields(block: Buffer, start: number): number {
    for (let at = start; ; at++) {
      let end: number;
      if (block[at] === QUOTE) {
        end = endOfText(block, at + 1);
        if (block[end] !== QUOTE) return 0;
        this.started.addField(at + 1, end);
        end++;
      } else {
        end = at;
        while (isDigit(block[end]!)) end++;
        if (end === at) return 0;
        this.started.addField(0, 0);
      }
      if (block[end] === CLOSE_BRACKET) return block[end + 1] === COMMA ? end + 2 : 0;
      if (block[end] !== COMMA) return 0;
      at = end;
    }
  }

  /** `{"action":"stop","id":N}`, perhaps with a session id. */
  private stop(block: Buffer, start: number): number {
    if (block[start + 16] !== COMMA || !this.isIdKey(block, start + 17)) return 0;
    const id = this.idAt(block, start + 22);
    const end = behindSessionId(block, this.idEnd);
    const next = endOfRecord(block, end);
    if (next === 0 || this.idEnd === start + 22) return 0;
    if (this.isCopy?.(id, block, start, end + 1)) return next;
    this.count++;
    this.sink.stop(id);
    return next;
  }

  /** `{"action":"msg","level":L,"msg":"…"}` with nothing to unescape: evaluation and plan, thousands of lines at times. */
  private message(block: Buffer, start: number): number {
    // `{"action":"msg","level":3,"msg":"` is 33 long.
    const text = start + 33;
    if (block[start + 23] !== COLON || block[start + 31] !== COLON || block[start + 32] !== QUOTE) return 0;
    const isIndented = block[text] === SPACE && block[text + 1] === SPACE && block[text + 2] === SLASH;
    const pathEnd = isIndented ? endOfWord(block, text + 2) : text;
    const end = endOfText(block, pathEnd);
    if (block[end] !== QUOTE) return 0;
    const next = endOfRecord(block, end + 1);
    if (next === 0) return 0;
    this.count++;
    if (isIndented && pathEnd === end && this.sink.path(block, text + 2, end)) return next;
    this.sink.message(block.toString("latin1", text, end), block[start + 24]! - 48, null);
    return next;
  }

  /** `"id":` */
  private isIdKey(block: Buffer, at: number): boolean {
    return (
      block[at] === QUOTE &&
      block[at + 1] === LETTER.i &&
      block[at + 2] === LETTER.d &&
      block[at + 4] === COLON
    );
  }

  /** The id whose digits begin there; none at all are 0, with `idEnd` at their place. */
  private idAt(block: Buffer, start: number): Id {
    this.idEnd = this.ids.read(block, start);
    return this.ids.id;
  }
}

/** Behind the last plain character of a text. */
function endOfText(block: Buffer, start: number): number {
  let at = start;
  while (isPlain[block[at]!] === 1) at++;
  return at;
}

/** The same, of a text without a space. */
function endOfWord(block: Buffer, start: number): number {
  let at = start;
  while (isPlain[block[at]!] === 1 && block[at] !== SPACE) at++;
  return at;
}

/** Where the line after `}` begins; 0: here is no `}`, or the line goes on behind it. */
function endOfRecord(block: Buffer, at: number): number {
  if (block[at] !== CLOSE_BRACE) return 0;
  if (block[at + 1] === NEWLINE) return at + 2;
  return block[at + 1] === CARRIAGE_RETURN && block[at + 2] === NEWLINE ? at + 3 : 0;
}

/** Determinate Nix >= 3.20 puts `"sid":"…"` between the id and what follows it. */
function behindSessionId(block: Buffer, at: number): number {
  if (block[at + 2] !== LETTER.s) return at;
  for (let n = 0; n < SESSION_ID.length; n++) if (block[at + n] !== SESSION_ID[n]) return at;
  const end = endOfText(block, at + SESSION_ID.length);
  return block[end] === QUOTE ? end + 1 : at;
}

/** The same, read from its end. */
function beforeSessionId(block: Buffer, start: number, end: number): number {
  let quote = end - 2;
  while (quote > start && block[quote] !== QUOTE) quote--;
  const at = quote - SESSION_ID.length + 1;
  for (let n = 0; n < SESSION_ID.length; n++) if (block[at + n] !== SESSION_ID[n]) return end;
  return at > start ? at : end;
}
