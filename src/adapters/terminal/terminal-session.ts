/**
 * The modes that we switch on beside Ink's (mouse, focus reports, title, progress), and their undoing on every way
 * out: a clean end, `process.exit`, a throw, SIGINT, SIGTERM, SIGHUP, SIGQUIT. A terminal left with mouse reports on
 * types garbage into the shell at each click.
 */
import { writeSync } from "node:fs";
import type { TerminalCapabilities } from "./capabilities.ts";
import {
  focusReportsOff,
  focusReportsOn,
  inkOff,
  mouseOff,
  mouseOn,
  restoreTitle,
  saveTitle,
  setProgress,
  setTitle,
  type TerminalProgress,
} from "./sequences.ts";

export interface TerminalSession {
  /** Shown in the window's title; written only when it changed. */
  setTitle: (title: string) => void;
  setProgress: (progress: TerminalProgress) => void;
  /** A sequence of `sequences.ts` that leaves no state: clipboard, notification. */
  send: (sequence: string) => void;
  /** Gives the terminal back for a while (pager, Ctrl-Z) and takes it again. */
  release: () => void;
  take: () => void;
  /** Undoes everything for good. Idempotent. */
  end: () => void;
}

export interface TerminalSessionOptions {
  stdout: NodeJS.WriteStream;
  capabilities: TerminalCapabilities;
  mouse: boolean;
  /** Takes the drawing down, on a sudden end: before the modes, or its last frame would land on the shell's screen. */
  leave: () => void;
}

const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

export function openTerminalSession(options: TerminalSessionOptions): TerminalSession {
  const { stdout, capabilities, mouse } = options;
  let title = "";
  let progress = "";
  let taken = false;
  let ended = false;

  const write = (sequence: string) => {
    if (sequence !== "" && !stdout.destroyed && !stdout.writableEnded) stdout.write(sequence);
  };
  const modesOn = () =>
    focusReportsOn +
    (mouse ? mouseOn : "") +
    (capabilities.title ? saveTitle : "") +
    (title && setTitle(title)) +
    progress;
  const modesOff = () =>
    focusReportsOff +
    (mouse ? mouseOff : "") +
    (progress === "" ? "" : setProgress({ state: "none" })) +
    (capabilities.title ? restoreTitle : "");

  const take = () => {
    if (taken || ended) return;
    taken = true;
    write(modesOn());
  };
  const release = () => {
    if (!taken) return;
    taken = false;
    write(modesOff());
  };

  // The event loop is gone or about to go: only a synchronous write still reaches the terminal.
  const onExit = () => {
    if (ended) return;
    ended = true;
    try {
      options.leave();
    } catch {
      // The process ends for another reason, which must not be hidden by this one.
    }
    writeNow(stdout, (taken ? modesOff() : "") + inkOff);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    // Whoever else listens has its own plans (it ends the command first, then closes us): the terminal is its to keep.
    if (process.listenerCount(signal) > ownListeners()) return;
    onExit();
    stopListening();
    process.kill(process.pid, signal);
  };
  const stopListening = () => {
    process.off("exit", onExit);
    for (const signal of endingSignals) process.off(signal, onSignal);
  };
  process.on("exit", onExit);
  for (const signal of endingSignals) process.on(signal, onSignal);
  take();

  return {
    setTitle: (next) => {
      if (!capabilities.title || next === title) return;
      title = next;
      if (taken) write(setTitle(title));
    },
    setProgress: (next) => {
      if (!capabilities.progress) return;
      const sequence = next.state === "none" ? "" : setProgress(next);
      if (sequence === progress) return;
      progress = sequence;
      if (taken) write(sequence === "" ? setProgress({ state: "none" }) : sequence);
    },
    send: write,
    take,
    release,
    end: () => {
      if (ended) return;
      release();
      ended = true;
      stopListening();
    },
  };
}

/**
 * How many listeners a signal has when nobody but us waits for it: our own and those of signal-exit (inside Ink and
 * execa), which counts itself in these two places and never keeps a process alive.
 */
function ownListeners(): number {
  const v3 = (process as { __signal_exit_emitter__?: { count?: number } }).__signal_exit_emitter__;
  const v4 = (globalThis as { [key: symbol]: { count?: number } | undefined })[
    Symbol.for("signal-exit emitter")
  ];
  return 1 + (v3?.count ?? 0) + (v4?.count ?? 0);
}

function writeNow(stdout: NodeJS.WriteStream, sequence: string): void {
  const { fd } = stdout as { fd?: number };
  if (fd === undefined) return;
  try {
    writeSync(fd, sequence);
  } catch {
    // The terminal is gone; there is nothing left to restore.
  }
}
