/**
 * Becoming root on a machine. Every sudo here carries `-n`, so that it fails instead of asking behind the screen's back;
 * the one question is asked by sudo itself, on the person's own terminal, and no password comes near us.
 */
import { randomBytes } from "node:crypto";
import { noOutputFile, relayScript, sudoFailed, sudoPrompt } from "../../model/actions/relay-script.ts";
import { allowedWithoutPassword, sudoersRule, sudoRefusal } from "../../model/actions/sudo-rules.ts";
import { saidLines } from "../../model/actions/tool-words.ts";
import type { RootAccess, TerminalPrompt } from "../../model/actions/types.ts";
import type { Host } from "../hosts/host.ts";
import { type Completed, type RunOptions, run } from "../hosts/run.ts";

const askMs = 15_000;

/** The command as root, by sudo that never asks. */
export function asRoot(command: readonly string[]): string[] {
  return ["sudo", "-n", "--", ...command];
}

/**
 * Runs a command that may begin with sudo, in the terminal session that sudo's ticket belongs to. Rejects with
 * `HostError`.
 */
export function runPlanned(host: Host, command: readonly string[], options: RunOptions): Promise<Completed> {
  return run(host, command, { ...options, keepTerminalSession: host.transport === "local" });
}

/**
 * How these commands (as they would be run, sudo included) can be run as root there, without running any of them.
 * `purpose`: what the password is for, as it is said where sudo asks: `to restart the Nix daemon on mini`. Rejects with
 * `HostError`.
 */
export async function rootAccess(
  host: Host,
  commands: readonly (readonly string[])[],
  user: string | null,
  purpose: string,
  signal?: AbortSignal,
): Promise<RootAccess> {
  const options = { deadlineMs: askMs, ...(signal ? { signal } : {}) };
  const tried = await runPlanned(host, ["sudo", "-n", "true"], options);
  if (tried.code === 0) return { kind: "passwordless" };
  const refusal = sudoRefusal(tried.code, tried.stderr);
  if (refusal === "missing") return { kind: "denied", lines: [`there is no sudo on ${host.name}`] };
  const listed = await runPlanned(host, ["sudo", "-n", "-l"], options);
  const words = commands.map(withoutSudo);
  if (listed.code === 0 && words.every((command) => allowedWithoutPassword(listed.stdout, command)))
    return { kind: "passwordless" };
  if (refusal === "password")
    return {
      kind: "password",
      prompt: promptOn(host, commands, purpose),
      lines: askLines(host, words, user),
    };
  const said = saidLines(tried.stdout, tried.stderr);
  if (refusal === "denied")
    return { kind: "denied", lines: [`sudo on ${host.name} does not let us`, ...said] };
  return {
    kind: "denied",
    lines: [
      tried.timedOut ? `sudo on ${host.name} did not answer` : `sudo on ${host.name} does not work`,
      ...said,
    ],
  };
}

/** What the person's terminal is given to, so that sudo can ask; `null`: there is no way from here. */
function promptOn(
  host: Host,
  commands: readonly (readonly string[])[],
  purpose: string,
): TerminalPrompt | null {
  if (host.transport === "local")
    return { kind: "ticket", words: ["sudo", "-v", "-p", sudoPrompt(purpose)], outputFile: null };
  if (!host.commandFromHere) return null;
  const outputFile = `/tmp/buildtop-${randomBytes(8).toString("hex")}.out`;
  const words = host.commandFromHere(["/bin/sh", "-c", relayScript(commands, outputFile, purpose)], {
    terminal: true,
  });
  return { kind: "relay", words, outputFile };
}

function askLines(host: Host, commands: readonly (readonly string[])[], user: string | null): string[] {
  return [
    `sudo on ${host.name} asks for a password: run this in a terminal, or allow it with a NOPASSWD rule for exactly:`,
    ...commands.map((command) => `  ${sudoersRule(user ?? "USER", command)}`),
  ];
}

function withoutSudo(command: readonly string[]): readonly string[] {
  return command[0] === "sudo" ? command.slice(command.indexOf("--") + 1) : command;
}

/** How the program with the person's terminal ended, in one line; `null`: well, or with the status of a command itself. */
export function promptFailure(
  prompt: TerminalPrompt,
  { exitCode, signal }: { readonly exitCode: number | null; readonly signal: string | null },
): string | null {
  const program = prompt.words[0] ?? "";
  if (exitCode === 127) return `${program} could not be started: nothing was done`;
  if (prompt.kind === "ticket" && exitCode === 0) return null;
  const asked = prompt.kind === "ticket" || signal !== null || exitCode === sudoFailed || exitCode === 130;
  if (asked) return "sudo got no password that it accepts: nothing was done";
  if (exitCode === 255) return "ssh did not get through: nothing is known to have been done";
  if (exitCode === noOutputFile) return "no temporary file could be made over there: nothing was done";
  return null;
}

/** What the relayed commands said; takes the file away. Rejects with `HostError`. */
export async function relayedOutput(host: Host, file: string, signal?: AbortSignal): Promise<string> {
  const options = { deadlineMs: askMs, ...(signal ? { signal } : {}) };
  const script = 'tail -c 16384 -- "$1"; rm -f -- "$1"';
  const { stdout } = await run(host, ["/bin/sh", "-c", script, "sh", file], options);
  return stdout;
}
