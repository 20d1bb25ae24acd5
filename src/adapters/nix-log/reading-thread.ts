/**
 * A thread that reads something at all times and hands the bytes to the main thread. The dashboard stops the main thread
 * while a pager or an editor has the terminal; a pipe that nobody reads meanwhile would be full after 64 KiB, and whoever
 * writes to it, Nix with all its builds, would stand.
 */
import { Worker } from "node:worker_threads";

/** So many bytes are kept for a main thread that does not come to read them; only then the writer has to wait. */
const mostUnreadBytes = 256 * 1024 * 1024;

/** What a thread has in hand: all of it is passed in, as its code is made from its text and sees nothing around it. */
export interface ThreadTools<Data, Message> {
  data: Data;
  tell: (message: Message) => void;
  /** Hands over all that a stream says. */
  forward: (stream: NodeJS.ReadableStream) => void;
  /** Lets the thread end when nothing keeps it any more. */
  close: () => void;
}

export interface ReadingThread {
  /** Hands over the bytes, from the first one on. Call it once; until then they are kept. */
  onBytes(feed: (bytes: Uint8Array) => void): void;
  /** Ends the thread, whatever it does. */
  stop(): void;
}

/**
 * Starts a thread that runs `main`, a function that uses nothing but its argument and Node's own modules (by
 * `process.getBuiltinModule`). `onMessage` gets what it tells, in order with the bytes; `onFailure` what it throws.
 */
export function startReadingThread<Data, Message extends object>(
  main: (tools: ThreadTools<Data, Message>) => void,
  data: Data,
  onMessage: (message: Message) => void,
  onFailure: (error: Error) => void,
): ReadingThread {
  const unread = new Int32Array(new SharedArrayBuffer(4));
  // Transpilers wrap functions to keep their names; the text needs the wrapper, too.
  const code = `globalThis.__name = (each) => each; (${runThread.toString()})(${main.toString()});`;
  const worker = new Worker(code, {
    eval: true,
    execArgv: [],
    workerData: { data, unread, mostUnreadBytes },
  });
  let feed: ((bytes: Uint8Array) => void) | null = null;
  const early: Uint8Array[] = [];
  const take = (bytes: Uint8Array) => {
    feed?.(bytes);
    const before = Atomics.sub(unread, 0, bytes.length);
    const half = mostUnreadBytes / 2;
    if (before > half && before - bytes.length <= half) worker.postMessage("read on");
  };
  worker.on("message", (message: Message | Uint8Array) => {
    if (!(message instanceof Uint8Array)) onMessage(message);
    else if (feed) take(message);
    else early.push(message);
  });
  worker.once("error", onFailure);
  return {
    onBytes: (reader) => {
      feed = reader;
      for (const bytes of early.splice(0)) take(bytes);
    },
    stop: () => void worker.terminate(),
  };
}

function runThread<Data, Message>(main: (tools: ThreadTools<Data, Message>) => void): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { data, unread, mostUnreadBytes } = workerData;
  const port = parentPort!;
  main({
    data,
    tell: (message) => port.postMessage(message),
    forward: (stream) => {
      stream.on("data", (chunk: Buffer) => {
        const bytes = new Uint8Array(chunk);
        const waiting = Atomics.add(unread, 0, bytes.length) + bytes.length;
        port.postMessage(bytes, [bytes.buffer]);
        if (waiting > mostUnreadBytes) stream.pause();
      });
      port.on("message", () => stream.resume());
    },
    close: () => port.close(),
  });
}
