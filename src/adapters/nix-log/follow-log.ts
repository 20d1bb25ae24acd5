/** A watched json-log-path file with the processes that write to it. */
import type { NixLogStream } from "../../model/nix-log/types.ts";
import { watchProcesses } from "./process-watch.ts";
import { WatchedFile } from "./watched-file.ts";

/** Of what was written before we looked. Enough for some hours of ordinary builds, read in a blink. */
const tailBytes = 16 * 1024 * 1024;
const emptyAbove = 64 * 1024 * 1024;

export interface FollowOptions {
  path: string;
  stream: NixLogStream;
  /** It may be emptied when it has grown large. */
  ours: boolean;
  /** Monotonic milliseconds. */
  now: () => number;
  /** One line when the file cannot be read, `null` when it can be again. */
  onTrouble: (line: string | null) => void;
}

export interface FollowedLog {
  /** Resolves when what was in the file at the start has been read. */
  readonly caughtUp: Promise<void>;
  stop(): Promise<void>;
}

export function followLog(options: FollowOptions): FollowedLog {
  const file = new WatchedFile({ ...options, tailBytes, emptyAbove: options.ours ? emptyAbove : null });
  const processes = watchProcesses({ ...options, readFile: () => file.read() });
  // What is told of processes that are long gone is over before anybody looks.
  const caughtUp = file.start().then(() => processes.check());
  return {
    caughtUp,
    stop: async () => {
      processes.stop();
      await file.stop();
    },
  };
}
