/** What a tool that failed said, for a person. */
import { linesOf } from "../machine/lines.ts";
import { cleanText } from "../text/clean.ts";

const mostLines = 12;

/** The last lines of both outputs, clean, without empty ones. */
export function saidLines(stdout: string, stderr: string): string[] {
  return linesOf(`${stderr}\n${stdout}`)
    .map((line) => cleanText(line).trimEnd())
    .filter((line) => line.trim() !== "")
    .slice(-mostLines);
}

/**
 * A command line as it is shown: as a person would run it. Ours never asks (`sudo -n --`), since sudo has asked before, or
 * need not; typed in a terminal, that would only fail.
 */
export function shownCommand(command: readonly string[]): string {
  const [first, ...options] = command;
  const asked = first === "sudo" && options[0] === "-n" && options[1] === "--";
  const shown = asked ? command.filter((_, at) => at !== 1 && at !== 2) : command;
  return cleanText(shown.map(quoted).join(" "));
}

/** A word as a POSIX shell takes it for itself. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_./:@,+=%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
