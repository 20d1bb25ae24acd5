/** A command that has the terminal to itself. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { Invocation } from "../../model/command-line/plan-command.ts";
import { CannotStart, type CommandEnd } from "../nix-log/child-process.ts";

/**
 * Runs it with our terminal and waits. Ctrl-C and Ctrl-Z come from the terminal to the command itself; what is sent to
 * us alone (SIGTERM, SIGHUP) is passed on.
 *
 * `keysWereRead`: we have read keys from this terminal before. Node goes on reading it then, and would take keys away
 * from the command; only a synchronous wait keeps it from that. Signals are not passed on in this case.
 */
export async function runInTerminal(
  invocation: Invocation,
  options: { keysWereRead: boolean; env?: NodeJS.ProcessEnv },
): Promise<CommandEnd> {
  const { program, args } = invocation;
  const env = { ...(options.env ?? process.env), ...invocation.env };
  const leaveToCommand = () => {};
  for (const signal of ["SIGINT", "SIGQUIT"] as const) process.on(signal, leaveToCommand);
  try {
    if (options.keysWereRead) {
      const { error, status, signal } = spawnSync(program, args, { stdio: "inherit", env });
      if (error) throw new CannotStart(program, error);
      return { exitCode: status, signal };
    }
    const child = spawn(program, args, { stdio: "inherit", env });
    const pass = (signal: NodeJS.Signals) => child.kill(signal);
    for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, pass);
    try {
      const [exitCode, signal] = await once(child, "exit");
      return { exitCode, signal };
    } catch (error) {
      throw new CannotStart(program, error as NodeJS.ErrnoException);
    } finally {
      for (const signal of ["SIGTERM", "SIGHUP"] as const) process.off(signal, pass);
    }
  } finally {
    for (const signal of ["SIGINT", "SIGQUIT"] as const) process.off(signal, leaveToCommand);
  }
}
