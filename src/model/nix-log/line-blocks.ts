/** Longest line that is kept whole. Nix itself sets no limit; lines of 100 kB are usual in real logs. */
const LONGEST_LINE = 8 * 1024 * 1024;

const NEWLINE = 10;
const CLOSE_BRACE = 125;
const MARK = Buffer.from("@nix ");

/**
 * Cuts a stream of bytes into blocks of whole lines, whatever the chunks are.
 *
 * A line longer than 8 MiB is left out and counted, so that memory stays bounded.
 */
export class LineBlocks {
  private tooLong = 0;
  private pieces: Buffer[] = [];
  private size = 0;
  private skipping = false;

  /** Calls `sink` with blocks that hold whole lines, each with its newline. A block is valid only during the call. */
  push(chunk: Uint8Array, sink: (block: Buffer) => void): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const last = bytes.lastIndexOf(NEWLINE);
    if (last < 0) {
      this.keep(bytes);
      return;
    }
    let from = 0;
    if (this.size > 0 || this.skipping) {
      from = bytes.indexOf(NEWLINE) + 1;
      this.keep(bytes.subarray(0, from));
      this.release(sink);
    }
    if (last + 1 > from) sink(bytes.subarray(from, last + 1));
    if (last + 1 < bytes.length) this.keep(bytes.subarray(last + 1));
  }

  /** The rest after the last newline, at the end of the stream. */
  finish(sink: (block: Buffer) => void): void {
    if (this.size > 0 || this.skipping) this.release(sink);
  }

  /** Is that rest the beginning of a record? */
  get endsInRecord(): boolean {
    const rest = Buffer.concat(this.pieces, this.size);
    const begins = rest.length > 0 && MARK.subarray(0, rest.length).equals(rest.subarray(0, MARK.length));
    return begins && rest.at(-1) !== CLOSE_BRACE;
  }

  /** Lines left out since the last time this was asked, because they were longer than the limit. */
  takeTooLong(): number {
    const count = this.tooLong;
    this.tooLong = 0;
    return count;
  }

  private keep(bytes: Buffer): void {
    if (this.skipping) return;
    if (this.size + bytes.length > LONGEST_LINE) {
      this.skipping = true;
      this.pieces = [];
      this.size = 0;
      return;
    }
    this.pieces.push(Buffer.from(bytes));
    this.size += bytes.length;
  }

  private release(sink: (block: Buffer) => void): void {
    if (this.skipping) {
      this.skipping = false;
      this.tooLong++;
      return;
    }
    const block = this.pieces.length === 1 ? this.pieces[0]! : Buffer.concat(this.pieces, this.size);
    this.pieces = [];
    this.size = 0;
    sink(block);
  }
}
