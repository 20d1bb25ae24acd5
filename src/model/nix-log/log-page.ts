export const PAGE = 8 * 1024;
/** A line is copied in steps of so many bytes, and so may write a little behind its end. */
export const STEP = 4;
/** Bytes kept of one line; more than is ever drawn. */
export const LONGEST_LINE = PAGE - 1 - STEP;
/** Behind each line. */
export const NEWLINE = 10;

/** Memory for a part of a log. */
export class Page {
  readonly bytes: Buffer;
  private readonly view: DataView;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }

  /** Copies a line to `at` and ends it; returns the place behind it. In steps: byte by byte or natively takes twice the time. */
  addLine(at: number, source: DataView, start: number, end: number): number {
    const { bytes, view } = this;
    let to = at;
    if (end + STEP <= source.byteLength) {
      for (let from = start; from < end; from += STEP, to += STEP)
        view.setInt32(to, source.getInt32(from, true), true);
    } else for (let from = start; from < end; from++, to++) bytes[to] = source.getUint8(from);
    const stop = at + end - start;
    bytes[stop] = NEWLINE;
    return stop + 1;
  }
}

export const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
