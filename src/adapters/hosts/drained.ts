/** When the output of a process that has ended is read to its end. */
import type { Socket } from "node:net";
import type { Readable } from "node:stream";

/**
 * How long a stream may stay open and silent after the process that wrote it is gone. Something it left behind can hold
 * it (ssh's connection sharing does), and the command is over all the same.
 */
const silentMs = 500;

/** Waits for the end of a stream whose writer has ended. A reader that is slow gets the time it needs. Never rejects. */
export function drained(stream: Readable): Promise<void> {
  if (stream.closed) return Promise.resolve();
  const bytes = () => (stream as Partial<Socket>).bytesRead ?? 0;
  return new Promise((resolve) => {
    let seen = bytes();
    const timer = setInterval(() => {
      // What waits in the pipe shows up here even where nobody has begun to read; nothing is taken away by it.
      if (!stream.destroyed && !stream.readableEnded) stream.read(0);
      if (stream.readableLength === 0 && bytes() === seen) {
        clearInterval(timer);
        stream.once("end", () => stream.destroy());
        if (stream.readableEnded) stream.destroy();
        else stream.push(null);
      }
      seen = bytes();
    }, silentMs);
    stream.once("close", () => {
      clearInterval(timer);
      resolve();
    });
  });
}
