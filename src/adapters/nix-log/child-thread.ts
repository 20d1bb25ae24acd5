/** A command whose stderr is read by a thread of its own; see `reading-thread.ts` for why. */
import type { Invocation } from "../../model/command-line/plan-command.ts";
import { CannotStart, type ChildOptions, type CommandEnd, type StartedChild } from "./child-process.ts";
import { startReadingThread, type ThreadTools } from "./reading-thread.ts";

/** How long stderr may stay open after the command's end; see `startChild`. */
const afterEndMs = 500;

interface ChildData {
  program: string;
  args: readonly string[];
  stdio: ("inherit" | "ignore" | "pipe" | number)[];
  env: NodeJS.ProcessEnv;
  afterEndMs: number;
}

type FromThread =
  | { kind: "started"; pid: number }
  | { kind: "not-started"; code: string }
  | { kind: "exited" }
  | { kind: "ended"; end: CommandEnd };

/** As `startChild` with `captureStderr`. Throws `CannotStart`. */
export function startChildOnThread(invocation: Invocation, options: ChildOptions): Promise<StartedChild> {
  const { program, args } = invocation;
  const stdio: ChildData["stdio"] = [options.stdin, options.stdout, "pipe"];
  const data: ChildData = { program, args, stdio, env: { ...options.env, ...invocation.env }, afterEndMs };
  return new Promise((resolve, reject) => {
    let running = true;
    let finish: (end: CommandEnd) => void = () => {};
    const ended = new Promise<CommandEnd>((resolve) => {
      finish = resolve;
    });
    const onMessage = (message: FromThread) => {
      if (message.kind === "exited") running = false;
      else if (message.kind === "ended") finish(message.end);
      else if (message.kind === "not-started") {
        reject(new CannotStart(program, Object.assign(new Error(), { code: message.code })));
      } else {
        const { pid } = message;
        const kill = (signal: NodeJS.Signals) => {
          if (running) signalProcess(pid, signal);
        };
        resolve({ pid, ended, kill, onStderr: (feed) => thread.onBytes(feed) });
      }
    };
    const thread = startReadingThread<ChildData, FromThread>(runChild, data, onMessage, (error) => {
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

/** Runs in the thread. */
function runChild({ data, tell, forward, close }: ThreadTools<ChildData, FromThread>): void {
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(data.program, data.args, { stdio: data.stdio, env: data.env });
  child.once("error", (error: NodeJS.ErrnoException) => {
    tell({ kind: "not-started", code: error.code ?? error.message });
    close();
  });
  child.once("spawn", () => tell({ kind: "started", pid: child.pid! }));
  const stderr = child.stderr!;
  forward(stderr);
  stderr.on("error", () => stderr.destroy());
  child.once("exit", (exitCode, signal) => {
    tell({ kind: "exited" });
    const deadline = setTimeout(() => stderr.destroy(), data.afterEndMs);
    const end = () => {
      clearTimeout(deadline);
      tell({ kind: "ended", end: { exitCode, signal } });
      close();
    };
    if (stderr.closed) end();
    else stderr.once("close", end);
  });
}
