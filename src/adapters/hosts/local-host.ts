/** This machine. */
import { hostname } from "node:os";
import { Readable, Writable } from "node:stream";
import { furtherDirectories } from "../../model/hosts/search-path.ts";
import type { Exit } from "../../model/hosts/types.ts";
import { cleanText } from "../../model/text/clean.ts";
import { atExit } from "../system/at-exit.ts";
import { type Channel, type Host, HostError, type OpenOptions } from "./host.ts";
import { outlet } from "./outlet.ts";

/** How long a program may take to end by itself after TERM. */
const graceMs = 1000;

/** This machine: programs run without a terminal, each in a process group of its own, in the C locale. */
export function localHost(): Host {
  const channels = new Set<Channel>();
  return {
    name: cleanText(hostname()),
    address: null,
    transport: "local",
    transportReason: null,
    async open(command, options = {}) {
      const channel = await start(command, options);
      channels.add(channel);
      channel.exited.then(() => channels.delete(channel));
      return channel;
    },
    commandFromHere: (command) => command,
    async close() {
      const open = [...channels];
      for (const channel of open) channel.kill();
      await Promise.all(open.map((channel) => channel.exited));
    },
  };
}

async function start(command: readonly string[], options: OpenOptions): Promise<Channel> {
  const [program, ...words] = command;
  if (program === undefined) throw new Error("a command has at least one word");
  if (options.terminal) {
    // What needs a terminal here gets the person's own: nothing is to be put between sudo and the keyboard.
    throw new HostError({
      kind: "protocol",
      message: "on this machine the terminal itself is used",
      retry: false,
    });
  }
  options.signal?.throwIfAborted();
  // Loaded when the first program is started: `--help` does without it.
  const { execa } = await import("execa");
  const child = execa(program, words, {
    env: { LC_ALL: "C", PATH: `${process.env.PATH ?? ""}:${furtherDirectories}` },
    stdio: "pipe",
    buffer: false,
    reject: false,
    // It would swallow signals (see at-exit.ts).
    cleanup: false,
    // A session of its own: no terminal to ask a password on, and all that it starts can be ended with it.
    detached: options.keepTerminalSession !== true,
  });
  const { pid } = child;
  if (pid === undefined) return neverStarted(program, (await child).code);

  const { stdin } = child;
  const stdout = outlet(child.stdout);
  const stderr = outlet(child.stderr);
  // A program that does not read its input is no failure of ours; its exit status says what it is worth.
  stdin.on("error", () => stdin.destroy());
  const group = (signal: NodeJS.Signals) => signalTo(options.keepTerminalSession ? pid : -pid, signal);
  const forget = atExit(() => group("SIGKILL"));
  const exited = new Promise<Exit>((resolve) => {
    child.nodeChildProcess.once("exit", async (code, signal) => {
      stdin.destroy();
      await Promise.all([stdout.finished(), stderr.finished()]);
      resolve({ code, signal });
    });
  });
  let killing: NodeJS.Timeout | undefined;
  let over = false;
  const settled = exited.then((exit) => {
    over = true;
    forget();
    clearTimeout(killing);
    return exit;
  });
  return {
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    exited: settled,
    kill() {
      // Its number may be another's by now.
      if (killing || over) return;
      for (const stream of [stdin, stdout.stream, stderr.stream]) stream.destroy();
      group("SIGTERM");
      killing = setTimeout(() => group("SIGKILL"), graceMs);
    },
  };
}

/** What a shell would answer: 127 where there is no such program, 126 where it cannot be executed. */
function neverStarted(program: string, code: string | undefined): Channel {
  const why = code === "ENOENT" ? "not found" : `cannot be executed (${code ?? "unknown"})`;
  const stderr = Readable.from([Buffer.from(`${program}: ${why}\n`)]);
  return {
    stdin: new Writable({ write: (_chunk, _encoding, done) => done() }),
    stdout: Readable.from([]),
    stderr,
    exited: new Promise((resolve) => {
      stderr.once("close", () => resolve({ code: code === "ENOENT" ? 127 : 126, signal: null }));
    }),
    kill: () => void stderr.destroy(),
  };
}

/** To a process or, below zero, to its group. */
function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // ESRCH: all gone. EPERM: it became root (sudo), where the end of its input has to do.
    if (!["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
