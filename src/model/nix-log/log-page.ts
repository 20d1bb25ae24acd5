/** Memory for a part of a log. Most logs are a few lines and need no more than a slot; what is longer goes on in pages. */
export const PAGE = 8 * 1024;
export const SLOT = 512;
/** A line is copied in steps of so many bytes, and so may write a little behind its end. */
export const STEP = 4;
/** Bytes kept of one line; more than is ever drawn. */
export const LONGEST_LINE = PAGE - 1 - STEP;
/** Behind each line. */
const NEWLINE = 10;

/** A page or a slot, and what stands in it. It is used again for other logs, so that none makes objects of its own. */
export class Page {
  readonly size: number;
  /** Bytes written. */
  used = 0;
  /** Number of its first line in the log. */
  firstLine = 0;
  lines = 0;
  /** The slab it is a part of, from `start` on: a view for each part would be one more thing to fetch from far memory. */
  private readonly slab: Buffer;
  private readonly view: DataView;
  private readonly start: number;

  constructor(slab: Buffer, view: DataView, start: number, size: number) {
    this.slab = slab;
    this.view = view;
    this.start = start;
    this.size = size;
  }

  /** A log goes on here with the line of that number. */
  begin(firstLine: number): void {
    this.used = 0;
    this.firstLine = firstLine;
    this.lines = 0;
  }

  hasRoomFor(length: number): boolean {
    return this.used + length + STEP < this.size;
  }

  /** Copies a line and ends it. In steps: byte by byte or natively takes twice the time. */
  addLine(source: DataView, start: number, end: number): void {
    const { view } = this;
    let to = this.start + this.used;
    if (end + STEP <= source.byteLength) {
      for (let from = start; from < end; from += STEP, to += STEP)
        view.setInt32(to, source.getInt32(from, true), true);
    } else for (let from = start; from < end; from++, to++) view.setUint8(to, source.getUint8(from));
    this.used += end - start;
    view.setUint8(this.start + this.used++, NEWLINE);
    this.lines++;
  }

  /** Where each line begins, and the end of the last. */
  offsets(): number[] {
    const offsets = [0];
    const end = this.start + this.used;
    for (
      let at = this.slab.indexOf(NEWLINE, this.start);
      at >= 0 && at < end;
      at = this.slab.indexOf(NEWLINE, at + 1)
    )
      offsets.push(at + 1 - this.start);
    return offsets;
  }

  /** Where the line of that number in the log begins; looked for from the end, as it is one of the last that is asked for. */
  startOf(line: number): number {
    let at = this.used - 1;
    for (let n = this.lines - (line - this.firstLine); n > 0 && at >= 0; n--)
      at = at === 0 ? -1 : this.slab.lastIndexOf(NEWLINE, this.start + at - 1) - this.start;
    return Math.max(-1, at) + 1;
  }

  text(start: number, end: number): string {
    return this.slab.toString("utf8", this.start + start, this.start + end);
  }
}

/** Cuts new memory into parts of that size. */
export function cutSlab(bytes: number, size: number): Page[] {
  const slab = Buffer.allocUnsafeSlow(bytes);
  const view = viewOf(slab);
  return Array.from({ length: Math.floor(bytes / size) }, (_, n) => new Page(slab, view, n * size, size));
}

export const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
