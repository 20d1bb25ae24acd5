/** The stream on standard input. */
import { fstatSync } from "node:fs";

/** Whether standard input can bring a stream: a pipe, a socket or a file, but no terminal and not /dev/null. */
export function stdinIsStream(): boolean {
  if (process.stdin.isTTY) return false;
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
 * Reads standard input to its end, as fast as it comes: whoever writes is never kept waiting for a picture. `signal`
 * stops the reading; what was read so far counts.
 */
export function readPipe(feed: (chunk: Uint8Array) => void, signal: AbortSignal): Promise<PipeEnd> {
  const { stdin } = process;
  let bytes = 0;
  return new Promise((resolve) => {
    const end = (error: string | null) => {
      stdin.destroy();
      resolve({ bytes, error });
    };
    stdin.on("data", (chunk: Uint8Array) => {
      bytes += chunk.length;
      feed(chunk);
    });
    stdin.once("end", () => end(null));
    stdin.once("error", (error) => end(error.message));
    signal.addEventListener("abort", () => end(null), { once: true });
  });
}
