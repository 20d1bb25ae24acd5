/**
 * A json-log-path file that Nix commands append to, followed like `tail -F`: it grows, is emptied, is replaced, is
 * removed and made again, and may not exist yet.
 */
import { type FSWatcher, watch } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { NixLogStream } from "../../model/nix-log/types.ts";

export interface WatchedFileOptions {
  path: string;
  stream: NixLogStream;
  /** Monotonic milliseconds, for the model. */
  now: () => number;
  /** Of a file that exists already, at most this many bytes at its end are read. */
  tailBytes: number;
  /**
   * The file is emptied once all of it was read, it is larger than this, and no process that it tells of still runs;
   * from four times this size on also while one does. `null`: never.
   */
  emptyAbove: number | null;
  /** Called with one line when the file cannot be read, and with `null` when it can be again. */
  onTrouble: (line: string | null) => void;
}

/** The poll behind fs.watch, which misses changes on network file systems and is allowed to miss them anywhere. */
const pollMs = 1000;
/** fs.watch tells of every single append; so many milliseconds of them are read together. */
const gatherMs = 25;
const chunkBytes = 256 * 1024;
const newline = Buffer.from("\n");

export class WatchedFile {
  readonly #options: WatchedFileOptions;
  #handle: FileHandle | null = null;
  #inode = "";
  #position = 0;
  /** The first line after a start in the middle of the file is no line. */
  #skipToNewline = false;
  #lineIsOpen = false;
  #watcher: FSWatcher | null = null;
  #poll: NodeJS.Timeout | null = null;
  #gather: NodeJS.Timeout | null = null;
  #reading: Promise<void> | null = null;
  #readAgain = false;
  #stopped = false;
  #first = true;
  #trouble: string | null = null;
  readonly #buffer = Buffer.allocUnsafe(chunkBytes);

  constructor(options: WatchedFileOptions) {
    this.#options = options;
  }

  /** Resolves when what is in the file already was read. */
  start(): Promise<void> {
    this.#watchDirectory();
    this.#poll = setInterval(() => {
      this.#watchDirectory();
      void this.read();
    }, pollMs);
    return this.read();
  }

  /** Reads to the file's present end. Never rejects: trouble goes to `onTrouble`. */
  read(): Promise<void> {
    if (this.#reading) {
      this.#readAgain = true;
      return this.#reading;
    }
    this.#reading = this.#readAll().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watcher?.close();
    clearInterval(this.#poll ?? undefined);
    clearTimeout(this.#gather ?? undefined);
    await this.#reading;
    await this.#close();
  }

  async #readAll(): Promise<void> {
    do {
      this.#readAgain = false;
      try {
        await this.#follow();
        this.#tell(null);
      } catch (error) {
        await this.#close();
        const { code, message } = error as NodeJS.ErrnoException;
        // Not there (yet, or any more): Nix makes it when it next runs.
        this.#tell(
          code === "ENOENT"
            ? null
            : `${this.#options.path}: ${code === "EACCES" ? "may not be read by you" : message}`,
        );
      }
    } while (this.#readAgain && !this.#stopped);
    this.#first = false;
  }

  async #follow(): Promise<void> {
    const { path } = this.#options;
    const there = await stat(path).catch(async (error: NodeJS.ErrnoException) => {
      // What was written before the file went away is still behind the open handle.
      if (this.#handle) await this.#readToEnd(this.#handle);
      throw error;
    });
    if (!there.isFile()) throw new Error("is no regular file");
    if (this.#handle && this.#inode !== `${there.dev}:${there.ino}`) {
      await this.#readToEnd(this.#handle);
      await this.#close();
    }
    this.#handle ??= await this.#open();
    await this.#readToEnd(this.#handle);
    await this.#emptyIfLarge(this.#handle);
  }

  async #open(): Promise<FileHandle> {
    const handle = await open(this.#options.path, "r");
    const { dev, ino, size } = await handle.stat();
    this.#inode = `${dev}:${ino}`;
    // Only what was there before we looked is cut; a file that appears later is read whole.
    this.#position = this.#first ? Math.max(0, size - this.#options.tailBytes) : 0;
    this.#skipToNewline = this.#position > 0;
    if (this.#skipToNewline) this.#position -= 1;
    return handle;
  }

  async #readToEnd(handle: FileHandle): Promise<void> {
    const { size } = await handle.stat();
    if (size < this.#position) {
      this.#endLine();
      this.#position = 0;
    }
    while (!this.#stopped) {
      const { bytesRead } = await handle.read(this.#buffer, 0, chunkBytes, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      this.#feed(this.#buffer.subarray(0, bytesRead));
    }
  }

  #feed(chunk: Buffer): void {
    let rest = chunk;
    if (this.#skipToNewline) {
      const end = rest.indexOf(10);
      if (end < 0) return;
      this.#skipToNewline = false;
      rest = rest.subarray(end + 1);
    }
    if (rest.length === 0) return;
    this.#lineIsOpen = rest[rest.length - 1] !== 10;
    this.#options.stream.feed(rest, this.#options.now());
  }

  /** A line that was cut off by the file's end must not be continued by the next file's first one. */
  #endLine(): void {
    if (this.#lineIsOpen) this.#options.stream.feed(newline, this.#options.now());
    this.#lineIsOpen = false;
    this.#skipToNewline = false;
  }

  /**
   * Writers append with O_APPEND, so they go on at the new end. What is appended between the last read and the
   * emptying is lost: some microseconds, and only while something runs, which is why a quiet moment is waited for.
   */
  async #emptyIfLarge(handle: FileHandle): Promise<void> {
    const { emptyAbove, path, stream } = this.#options;
    if (emptyAbove === null || this.#position < emptyAbove) return;
    if (this.#position < 4 * emptyAbove && stream.openProcesses().length > 0) return;
    const writable = await open(path, "r+").catch(() => null);
    // Not ours to empty: a file of the whole machine, and we are not root.
    if (!writable) return;
    try {
      const { dev, ino, size } = await writable.stat();
      if (`${dev}:${ino}` !== this.#inode || size !== this.#position) return;
      await this.#readToEnd(handle);
      await writable.truncate(0);
      this.#endLine();
      this.#position = 0;
    } finally {
      await writable.close();
    }
  }

  async #close(): Promise<void> {
    this.#endLine();
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }

  /** The directory, not the file: a file that is replaced takes its watch with it. */
  #watchDirectory(): void {
    if (this.#watcher || this.#stopped) return;
    try {
      this.#watcher = watch(dirname(this.#options.path), () => this.#readSoon());
      this.#watcher.on("error", () => {
        this.#watcher?.close();
        this.#watcher = null;
      });
    } catch {
      // No such directory yet, or no watches left: the poll does it alone.
    }
  }

  #readSoon(): void {
    this.#gather ??= setTimeout(() => {
      this.#gather = null;
      void this.read();
    }, gatherMs);
  }

  #tell(trouble: string | null): void {
    if (trouble !== this.#trouble) this.#options.onTrouble(trouble);
    this.#trouble = trouble;
  }
}
