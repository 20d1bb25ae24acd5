/** The seam between us and any machine: everything above it works here, over SSH and on a recording alike. */
import type { Readable, Writable } from "node:stream";
import type { Exit, HostTrouble, Transport } from "../../model/hosts/types.ts";

/** A running process on a host. Its streams must be read or destroyed, else it stands still. */
export interface Channel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when it has ended and its output is read to the end; never rejects. */
  readonly exited: Promise<Exit>;
  /** Ends it: closes its stdin, sends TERM where that can be done, drops the channel. May be called twice. */
  kill(): void;
}

export interface OpenOptions {
  /** Gives it a terminal of this size; stderr comes with stdout then. For sudo's prompt, nothing else. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
  /**
   * On this machine: leaves the program in our terminal's session. sudo keeps what it was told there (its ticket) for
   * that session alone, so what follows `sudo -v` has to run in it. Ctrl-C typed there reaches the program as well.
   */
  readonly keepTerminalSession?: boolean;
  /** Gives up on opening it. */
  readonly signal?: AbortSignal;
}

export interface Host {
  /** What the person calls it: `mini`, or this machine's name. Clean. */
  readonly name: string;
  /** `me@mini.local:22`; `null` for this machine. Clean. */
  readonly address: string | null;
  readonly transport: Transport;
  /** Why this way was taken and no other, where there was a choice. */
  readonly transportReason: string | null;
  /** What a person is to be told once of the way to it, and what works all the same: clean lines. More may come. */
  readonly notes?: readonly string[];
  /**
   * Starts a program. Words are passed exactly, whatever the login shell over there is; the locale is C.
   * Connects first where that has not been done. Rejects with `HostError`.
   */
  open(command: readonly string[], options?: OpenOptions): Promise<Channel>;
  /**
   * The command of this machine that runs it there, for programs that must be started synchronously: a pager's, or with
   * `terminal` sudo's prompt, which is then the person's own terminal talking to that machine. The first line it prints
   * is not the command's where the machine is another one. Missing where there is no such way.
   */
  commandFromHere?(command: readonly string[], options: { readonly terminal: boolean }): readonly string[];
  /** Ends all that runs there for us and the connection. `open` connects anew afterwards. Never rejects. */
  close(): Promise<void>;
}

/** A machine cannot be reached, or no longer. */
export class HostError extends Error {
  readonly trouble: HostTrouble;

  constructor(trouble: Omit<HostTrouble, "details"> & { details?: readonly string[] }) {
    super(trouble.message);
    this.name = "HostError";
    this.trouble = { details: [], ...trouble };
  }
}
