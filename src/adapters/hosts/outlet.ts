/** What a process of this machine prints, kept for whoever reads it late and ended when the process has ended. */
import type { Socket } from "node:net";
import { PassThrough, type Readable } from "node:stream";

/**
 * How long a pipe may stay open and silent after the process that wrote to it is gone. Something it left behind can hold
 * it (ssh's connection sharing does), and the command is over all the same.
 */
const silentMs = 500;

export interface Outlet {
  readonly stream: Readable;
  /** Call it when the process has ended: resolves when all it printed was read, or the stream was destroyed. */
  finished(): Promise<void>;
}

/** execa reads and forgets what nobody has begun to read; behind a stream of our own it waits. */
export function outlet(pipe: Readable): Outlet {
  const stream = new PassThrough();
  pipe.on("error", () => stream.end());
  stream.on("error", () => {});
  stream.once("close", () => pipe.destroy());
  pipe.pipe(stream);
  return {
    stream,
    async finished() {
      if (stream.closed) return;
      const bytes = () => (pipe as Partial<Socket>).bytesRead ?? 0;
      let seen = bytes();
      const timer = setInterval(() => {
        if (bytes() === seen && !stream.writableNeedDrain) {
          pipe.unpipe(stream);
          stream.end();
        }
        seen = bytes();
      }, silentMs);
      await new Promise((resolve) => stream.once("close", resolve));
      clearInterval(timer);
    },
  };
}
