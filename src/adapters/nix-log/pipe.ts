/** The stream on standard input. */
import { fstatSync } from "node:fs";
import { isatty } from "node:tty";
import { startReadingThread, type ThreadTools } from "./reading-thread.ts";

/** Whether standard input can bring a stream: a pipe, a socket or a file, but no terminal and not /dev/null. */
export function stdinIsStream(): boolean {
  if (isatty(0)) return false;
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isSocket() || stat.isFile();
  } catch {
    // Closed: nothing can come.
    return false;
  }
}

export interface PipeEnd {
  /** Bytes that came. */
  bytes: number;
  /** The text of the error that ended it early, or `null`. */
  error: string | null;
}

/**
 * Reads standard input to its end, on a thread of its own and as fast as it comes: whoever writes is never kept waiting
 * for a picture or a pager. `signal` stops the reading; what was read so far counts.
 */
export function readPipe(feed: (chunk: Uint8Array) => void, signal: AbortSignal): Promise<PipeEnd> {
  let bytes = 0;
  return new Promise((resolve) => {
    const end = (error: string | null) => {
      thread.stop();
      resolve({ bytes, error });
    };
    const thread = startReadingThread<null, { error: string | null }>(
      runPipe,
      null,
      (message) => end(message.error),
      (error) => end(error.message),
    );
    thread.onBytes((chunk) => {
      bytes += chunk.length;
      feed(chunk);
    });
    signal.addEventListener("abort", () => end(null), { once: true });
  });
}

/** Runs in the thread. */
function runPipe({ tell, forward }: ThreadTools<null, { error: string | null }>): void {
  const { fstatSync, createReadStream } = process.getBuiltinModule("node:fs");
  const { Socket } = process.getBuiltinModule("node:net");
  const stdin = fstatSync(0).isFile()
    ? createReadStream("", { fd: 0, autoClose: false })
    : new Socket({ fd: 0, readable: true, writable: false });
  stdin.once("end", () => tell({ error: null }));
  stdin.once("error", (error: Error) => tell({ error: error.message }));
  forward(stdin);
}
