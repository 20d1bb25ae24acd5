/** Lines of text for people: on stderr beside a command's own output, or on stdout where they are the answer. */
import { toAscii } from "../model/report/ascii.ts";
import type { Line, Tone } from "../model/report/line.ts";

export interface TextOutput {
  print(lines: readonly Line[]): void;
}

export interface TextOutputOptions {
  stream: NodeJS.WriteStream;
  ascii: boolean;
  /** Colours where the stream is a terminal that has them and the person did not refuse them. */
  color: boolean;
}

const colors: Readonly<Record<Tone, string | null>> = {
  plain: null,
  good: "32",
  running: "34",
  attention: "33",
  failed: "31",
  dim: "2",
};

/** Where lines go. A reader that went away is no reason to stop: a build may depend on us. */
export function textOutput(options: TextOutputOptions): TextOutput {
  const { stream, ascii } = options;
  const color = options.color && hasColors(stream);
  return {
    print: (lines) => {
      const rows = lines.map(({ text, tone }) => {
        const shown = ascii ? toAscii(text) : text;
        const code = colors[tone];
        return color && code ? `\x1b[${code}m${shown}\x1b[0m\n` : `${shown}\n`;
      });
      if (rows.length > 0 && !stream.destroyed) stream.write(rows.join(""));
    },
  };
}

/** Keeps lines back until `release`; without it they are never printed. */
export function heldOutput(output: TextOutput): TextOutput & { release: () => void } {
  let held: Line[] | null = [];
  return {
    print: (lines) => {
      if (held) held.push(...lines);
      else output.print(lines);
    },
    release: () => {
      if (held) output.print(held);
      held = null;
    },
  };
}

/**
 * NO_COLOR (https://no-color.org) wins; FORCE_COLOR asks for colours on what is no terminal.
 */
function hasColors(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "0" && FORCE_COLOR !== "false") return true;
  return stream.isTTY === true && TERM !== "dumb";
}

/** Keeps a closed pipe or a vanished terminal from ending us in the middle of somebody's build. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => stream.destroy());
}

/** Writes to standard output and waits until it was taken; `false` when nobody reads it any more. */
export function writeToStdout(chunk: string | Uint8Array): Promise<boolean> {
  if (process.stdout.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => process.stdout.write(chunk, (error) => resolve(!error)));
}
