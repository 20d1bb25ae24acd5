/** The kinds of long streams that are measured, made from the recordings. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { grow } from "./grow.ts";

const kinds = {
  /** Downloads and remote copies: nearly every record is superseded by the next. */
  "mostly progress": ["2.34.8/substitute-small", "2.26.3/substitute-small"],
  /** A build that talks without end, and downloads beside it. */
  "half progress, half log lines": [
    "2.34.8/log-limit",
    "2.34.8/log-limit",
    "2.34.8/log-limit",
    "2.34.8/substitute-small",
  ],
  /** Builds that talk, a dozen thousand of them: two of three records are log lines. */
  "mostly log lines": ["2.34.8/dag", "2.34.8/fail-keep-going"],
  /** Small builds by the thousand: starts, stops and counters. */
  "many derivations": ["2.34.8/many"],
  /** Everything at once, five sessions abreast, as a watched file of a busy machine. */
  "all kinds, five abreast": [
    "2.34.8/dag",
    "2.34.8/substitute-small",
    "2.34.8/remote-small",
    "2.34.8/high-pid",
  ],
} as const;

export type StreamKind = keyof typeof kinds;
export const streamKinds = Object.keys(kinds) as StreamKind[];

/** What `grow` makes a stream of that kind from. */
export function streamOf(kind: StreamKind): { abreast: number; files: string[] } {
  const file = (name: string) => fileURLToPath(new URL(`../fixtures/nix-log/${name}.log`, import.meta.url));
  return { abreast: kind === "all kinds, five abreast" ? 5 : 1, files: kinds[kind].map(file) };
}

/** The stream in blocks that end with a line. */
export function growStream(kind: StreamKind, lines: number): ReturnType<typeof grow> {
  const { abreast, files } = streamOf(kind);
  return grow({ lines, abreast, logs: files.map((file) => readFileSync(file)) });
}

/** The whole stream in one buffer. */
export function wholeStream(kind: StreamKind, lines: number): Buffer {
  return Buffer.concat([...growStream(kind, lines)]);
}
