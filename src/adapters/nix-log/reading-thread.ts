/**
 * A thread that reads something at all times and hands the bytes to the main thread. The dashboard stops the main thread
 * while a pager or an editor has the terminal; a pipe that nobody reads meanwhile would be full after 64 KiB, and whoever
 * writes to it, Nix with all its builds, would stand.
 */
import { Worker } from "node:worker_threads";

/** So many bytes are kept for a main thread that stands still; only then the writer has to wait. */
const mostUnreadBytes = 256 * 1024 * 1024;
/** And so many for one that reads: a flood is no faster than it can be looked at, and does not fill the memory. */
const enoughUnreadBytes = 2 * 1024 * 1024;
/** A main thread that has taken nothing for so long stands still: as much again is read meanwhile, each time. */
const stillMs = 250;
/** The main thread does nothing but take bytes for so long; then it is the turn of keys and pictures. */
const turnMs = 15;

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
    workerData: { data, unread, limits: { mostUnreadBytes, enoughUnreadBytes, stillMs } },
  });
  let feed: ((bytes: Uint8Array) => void) | null = null;
  /** In order. As long as nobody wants bytes, nothing but bytes. */
  let queue: (Message | Uint8Array)[] = [];
  let takes = false;
  const take = (bytes: Uint8Array) => {
    feed?.(bytes);
    const before = Atomics.sub(unread, 0, bytes.length);
    const left = before - bytes.length;
    if (before > enoughUnreadBytes / 2 && left <= enoughUnreadBytes / 2) worker.postMessage("read on");
  };
  // Node hands over all messages that are there in one go: thousands, in a flood.
  const takeTurn = () => {
    const until = performance.now() + turnMs;
    let taken = 0;
    while (taken < queue.length && performance.now() < until) {
      const message = queue[taken++];
      if (message instanceof Uint8Array) take(message);
      else if (message) onMessage(message);
    }
    queue = queue.slice(taken);
    takes = false;
    takeSoon();
  };
  const takeSoon = () => {
    if (takes || queue.length === 0) return;
    takes = true;
    setImmediate(takeTurn);
  };
  worker.on("message", (message: Message | Uint8Array) => {
    if (feed === null && !(message instanceof Uint8Array)) return onMessage(message);
    queue.push(message);
    if (feed !== null) takeSoon();
  });
  worker.once("error", onFailure);
  return {
    onBytes: (reader) => {
      feed = reader;
      takeSoon();
    },
    stop: () => {
      queue = [];
      void worker.terminate();
    },
  };
}

function runThread<Data, Message>(main: (tools: ThreadTools<Data, Message>) => void): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { data, limits } = workerData;
  const unread: Int32Array = workerData.unread;
  const port = parentPort!;
  let posted = 0;
  let allowed = limits.enoughUnreadBytes;
  const read = () => posted - Atomics.load(unread, 0);
  port.on("message", () => {
    allowed = limits.enoughUnreadBytes;
  });
  main({
    data,
    tell: (message) => port.postMessage(message),
    forward: (stream) => {
      let timer: NodeJS.Timeout | undefined;
      /** Goes on where the main thread stands still: it had read as much a moment ago. */
      const waitAt = (before: number) => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          if (!stream.isPaused()) return;
          const now = read();
          const waiting = posted - now;
          if (now !== before || waiting > limits.mostUnreadBytes) return waitAt(now);
          allowed = waiting + limits.enoughUnreadBytes;
          stream.resume();
        }, limits.stillMs);
      };
      stream.on("data", (chunk: Buffer) => {
        const bytes = new Uint8Array(chunk);
        const waiting = Atomics.add(unread, 0, bytes.length) + bytes.length;
        posted += bytes.length;
        port.postMessage(bytes, [bytes.buffer]);
        if (waiting <= allowed) return;
        stream.pause();
        waitAt(read());
      });
      port.on("message", () => stream.resume());
    },
    close: () => port.close(),
  });
}
