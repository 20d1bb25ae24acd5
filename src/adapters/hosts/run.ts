/** One short command on a host, with a deadline. */
import type { Exit } from "../../model/hosts/types.ts";
import { type Host, HostError } from "./host.ts";

export interface Completed extends Exit {
  /** Raw: clean it before it is kept. Cut at `maxBytes`. */
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  /** From the call on, connecting included. */
  readonly deadlineMs: number;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}
