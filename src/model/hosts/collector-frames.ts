/**
 * The answers of a collector, cut out of its stream. Pure: bytes in, records out.
 *
 * Around what the asked commands print stand lines `@NONCE VERB …`, each with a line break of its own before and behind
 * it, so that output without a final line break stays what it was. The nonce is fresh on each connection: no process
 * name, file or log can forge a line.
 */

export interface CollectorHello {
  readonly kind: "hello";
  readonly protocol: string;
  /** `uname -s`, `uname -m`. */
  readonly system: string;
  readonly processor: string;
  /** Of the shell over there; its process group as well, where it leads one. */
  readonly pid: number;
}

/** A section is about to be run. */
interface SectionOpened {
  readonly kind: "opened";
  readonly seq: number;
  readonly request: string;
}

export interface CollectorRecord {
  readonly kind: "record";
  readonly seq: number;
  /** By request as it was sent: name and words joined by commas. */
  readonly sections: ReadonlyMap<string, { readonly text: string; readonly code: number }>;
}

/** A record that is no use: it was larger than allowed, or had no proper end. */
export interface DroppedRecord {
  readonly kind: "dropped";
  readonly seq: number;
  readonly reason: "too large" | "broken";
}

export type CollectorFrame = CollectorHello | SectionOpened | CollectorRecord | DroppedRecord;

const recordBytes = 256 * 1024;
/** Of a record that holds one of those that are long on a busy machine. */
const longRecordBytes = 1024 * 1024;
const longSections = /^(?:processes|nix-config|active-builds)(?:,|$)/;
/** A line of a section that lists processes, in UTF-16 units: arguments of compilers are longer than anyone reads. */
const longestProcessLine = 4096;
/** Longer than any control line that we cause. */
const longestControl = 8 * 1024;

interface OpenRecord {
  readonly seq: number;
  readonly sections: Map<string, { chunks: Buffer[]; code: number }>;
  current: { chunks: Buffer[]; code: number } | null;
  bytes: number;
  limit: number;
}

/** Reads one connection. Give it every byte in order, in pieces of any size. Never throws. */
export class CollectorFrames {
  private readonly mark: Buffer;
  /** What may still become a control line. */
  private pending: Buffer = Buffer.alloc(0);
  private record: OpenRecord | null = null;

  constructor(nonce: string) {
    this.mark = Buffer.from(`\n@${nonce} `);
  }

  /** How far the open record is beyond what is allowed, in bytes; 0 where it is not. What is beyond is not kept. */
  get excess(): number {
    return this.record ? Math.max(0, this.record.bytes - this.record.limit) : 0;
  }

  push(bytes: Uint8Array): CollectorFrame[] {
    const frames: CollectorFrame[] = [];
    let rest: Buffer = this.pending.length > 0 ? Buffer.concat([this.pending, bytes]) : Buffer.from(bytes);
    for (;;) {
      const at = rest.indexOf(this.mark);
      if (at < 0) {
        // The end could be the beginning of a mark.
        const kept = Math.min(this.mark.length - 1, rest.length);
        this.content(rest.subarray(0, rest.length - kept));
        rest = rest.subarray(rest.length - kept);
        break;
      }
      const start = at + this.mark.length;
      const end = rest.indexOf(10, start);
      if (end < 0 && rest.length - start <= longestControl) {
        this.content(rest.subarray(0, at));
        rest = rest.subarray(at);
        break;
      }
      this.content(rest.subarray(0, at));
      if (end < 0) {
        // Never ours.
        rest = rest.subarray(start);
        continue;
      }
      this.control(rest.toString("utf8", start, end).split(" "), frames);
      rest = rest.subarray(end + 1);
    }
    // A copy: the rest would keep the whole piece it was cut from.
    this.pending = Buffer.from(rest);
    return frames;
  }

  private content(bytes: Buffer): void {
    const { record } = this;
    if (!record?.current || bytes.length === 0) return;
    record.bytes += bytes.length;
    if (record.bytes <= record.limit) record.current.chunks.push(Buffer.from(bytes));
  }

  private control(words: readonly string[], frames: CollectorFrame[]): void {
    const [verb, first = "", second = "", third = "", fourth = ""] = words;
    const { record } = this;
    switch (verb) {
      case "hello":
        frames.push({
          kind: "hello",
          protocol: first,
          system: second,
          processor: third,
          pid: numberOf(fourth),
        });
        return;
      case "begin":
        if (record) frames.push({ kind: "dropped", seq: record.seq, reason: "broken" });
        this.record = {
          seq: numberOf(first),
          sections: new Map(),
          current: null,
          bytes: 0,
          limit: recordBytes,
        };
        return;
      case "sec":
        if (!record) return;
        if (longSections.test(first)) record.limit = longRecordBytes;
        record.current = { chunks: [], code: 0 };
        record.sections.set(first, record.current);
        frames.push({ kind: "opened", seq: record.seq, request: first });
        return;
      case "err": {
        const section = record?.sections.get(first);
        if (section) section.code = numberOf(second);
        return;
      }
      case "end":
        if (!record) return;
        this.record = null;
        frames.push(finished(record, numberOf(first)));
        return;
    }
  }
}

function finished(record: OpenRecord, seq: number): CollectorRecord | DroppedRecord {
  if (record.seq !== seq) return { kind: "dropped", seq: record.seq, reason: "broken" };
  if (record.bytes > record.limit) return { kind: "dropped", seq, reason: "too large" };
  const sections = new Map<string, { text: string; code: number }>();
  for (const [request, { chunks, code }] of record.sections) {
    const text = Buffer.concat(chunks).toString("utf8");
    sections.set(request, { text: request === "processes" ? cutLines(text) : text, code });
  }
  return { kind: "record", seq, sections };
}

function cutLines(text: string): string {
  if (text.length <= longestProcessLine) return text;
  return text
    .split("\n")
    .map((line) => line.slice(0, longestProcessLine))
    .join("\n");
}

/** -1 for what is no number. */
function numberOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : -1;
}
