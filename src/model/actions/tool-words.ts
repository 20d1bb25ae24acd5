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

/** A command line as it is shown. */
export function shownCommand(command: readonly string[]): string {
  return cleanText(command.map(quoted).join(" "));
}

/** A word as a POSIX shell takes it for itself. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_./:@,+=%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
