/**
 * A command whose stderr is read by a thread of its own. The dashboard stops our main thread while a pager or an editor
 * has the terminal; a pipe that nobody reads meanwhile would be full after 64 KiB, and Nix and its builds would stand.
 */
import { Worker } from "node:worker_threads";
import type { Invocation } from "../../model/command-line/plan-command.ts";
import { CannotStart, type ChildOptions, type CommandEnd, type StartedChild } from "./child-process.ts";

/** So many bytes are kept for a main thread that does not come to read them; only then Nix has to wait. */
const mostUnreadBytes = 256 * 1024 * 1024;
/** How long stderr may stay open after the command's end; see `startChild`. */
const afterEndMs = 500;

type FromThread =
  | { kind: "started"; pid: number }
  | { kind: "not-started"; code: string }
  | { kind: "bytes"; bytes: Uint8Array }
  | { kind: "exited" }
  | { kind: "ended"; end: CommandEnd };

/** As `startChild` with `captureStderr`. Throws `CannotStart`. */
export function startChildOnThread(invocation: Invocation, options: ChildOptions): Promise<StartedChild> {
  const unread = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(`globalThis.__name = (each) => each; (${thread.toString()})();`, {
    eval: true,
    execArgv: [],
    workerData: {
      ...{ program: invocation.program, args: invocation.args, unread, mostUnreadBytes, afterEndMs },
      stdio: [options.stdin, options.stdout, "pipe"],
      env: { ...options.env, ...invocation.env },
    },
  });
  let running = true;
  let feed: ((chunk: Uint8Array) => void) | null = null;
  const early: Uint8Array[] = [];
  const take = (bytes: Uint8Array) => {
    feed?.(bytes);
    const before = Atomics.sub(unread, 0, bytes.length);
    if (before > mostUnreadBytes / 2 && before - bytes.length <= mostUnreadBytes / 2)
      worker.postMessage("read on");
  };
  return new Promise((resolve, reject) => {
    let finish: (end: CommandEnd) => void = () => {};
    const ended = new Promise<CommandEnd>((resolve) => {
      finish = resolve;
    });
    worker.on("message", (message: FromThread) => {
      if (message.kind === "bytes") {
        if (feed) take(message.bytes);
        else early.push(message.bytes);
      } else if (message.kind === "exited") {
        running = false;
      } else if (message.kind === "ended") {
        finish(message.end);
      } else if (message.kind === "not-started") {
        reject(new CannotStart(invocation.program, Object.assign(new Error(), { code: message.code })));
      } else {
        const { pid } = message;
        resolve({
          ...{ pid, ended },
          onStderr: (reader) => {
            feed = reader;
            for (const bytes of early.splice(0)) take(bytes);
          },
          kill: (signal) => {
            if (running) signalProcess(pid, signal);
          },
        });
      }
    });
    worker.once("error", (error) => {
      reject(error);
      finish({ exitCode: null, signal: null });
    });
  });
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended just now.
  }
}

/** Runs in the thread, made from its own text: it can use nothing from around it. */
function thread(): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { spawn } = process.getBuiltinModule("node:child_process");
  const { program, args, stdio, env, unread, mostUnreadBytes, afterEndMs } = workerData;
  const tell = (message: FromThread, transfer: ArrayBuffer[] = []) =>
    parentPort!.postMessage(message, transfer);
  const child = spawn(program, args, { stdio, env });
  child.once("error", (error: NodeJS.ErrnoException) => {
    tell({ kind: "not-started", code: error.code ?? error.message });
    parentPort!.close();
  });
  child.once("spawn", () => tell({ kind: "started", pid: child.pid! }));
  const stderr = child.stderr!;
  stderr.on("data", (chunk: Buffer) => {
    const bytes = new Uint8Array(chunk);
    const waiting = Atomics.add(unread, 0, bytes.length) + bytes.length;
    tell({ kind: "bytes", bytes }, [bytes.buffer]);
    if (waiting > mostUnreadBytes) stderr.pause();
  });
  stderr.on("error", () => stderr.destroy());
  parentPort!.on("message", () => stderr.resume());
  child.once("exit", (exitCode, signal) => {
    tell({ kind: "exited" });
    const deadline = setTimeout(() => stderr.destroy(), afterEndMs);
    const end = () => {
      clearTimeout(deadline);
      tell({ kind: "ended", end: { exitCode, signal } });
      parentPort!.close();
    };
    if (stderr.closed) end();
    else stderr.once("close", end);
  });
}
