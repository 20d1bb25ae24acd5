import { diagnosisOfFailure, diagnosisOfLog } from "../diagnoses/failure-texts.ts";
import { cleanText } from "../text/clean.ts";
import type { HashMismatch } from "./types.ts";

/**
 * What one error message of Nix says. Matched on the text without colours, as the wording differs by version and
 * carries no code. Sources: NixOS/nix `src/libstore/build/derivation-goal.cc`, `derivation-building-goal.cc`,
 * `derivation-check.cc`, `worker.cc` and `src/build-remote/build-remote.cc`, from 2.4 to 2.36-dev.
 */
export interface FailureText {
  /** The derivation it names, with its store directory; `null` for "timed out after" of Nix >= 2.29. */
  drv: string | null;
  /**
   * - `own`: the derivation itself failed
   * - `dependency`: it could not be built because something else failed
   * - `unbuildable`: it could not even begin: no machine, no local jobs, wrong system, missing feature
   */
  cause: "own" | "dependency" | "unbuildable";
  /** One line: "builder failed with exit code 2". */
  reason: string;
  exitCode: number | null;
  signal: number | null;
  logTail: string[];
  hash: HashMismatch | null;
  diagnosis: string | null;
  /** Said by the build hook of what the builder said: more to be believed than the plain message that follows it. */
  remote: boolean;
}

const SGR = /\x1b\[[0-9;]*m/g;
const DRV = String.raw`'([^'\n]*?\.drv)(?:[\^!][^'\n]*)?'`;

/** The text without colours. Its line breaks stay. */
export function withoutColours(text: string): string {
  return text.includes("\x1b") ? text.replace(SGR, "") : text;
}

/** Is this message an error? The level does not tell: what a daemon says is always level 0. */
export function isError(plain: string): boolean {
  return plain.startsWith("error:");
}

const REMOTE = new RegExp(String.raw`^build of ${DRV} on '[^'\n]*' failed: `);

/** Up to the error behind a trace: "… while calling …", places, lines of code (`showErrorInfo` in NixOS/nix `src/libutil/error.cc`). */
const TRACE = /^.*?\n[ \t]*error:\s*/s;

/** Errors within an error that are looked at. */
const MOST_INNER_ERRORS = 20;

type Reader = (match: RegExpMatchArray, text: string) => Partial<FailureText>;

const readers: readonly [RegExp, Reader][] = [
  [new RegExp(`^Cannot build ${DRV}`), readCannotBuild],
  [
    new RegExp(`^builder for ${DRV} failed (with exit code (\\d+)|due to signal (\\d+)[^;\\n]*|[^;\\n]*)`),
    ([, , how, code, signal]) => ({
      reason: `builder failed ${how}`,
      exitCode: numberOr(code),
      signal: numberOr(signal),
    }),
  ],
  [new RegExp(`^hash mismatch in fixed-output derivation ${DRV}`), (_match, text) => readHashMismatch(text)],
  [
    new RegExp(
      `^(?:building derivation|building of) ${DRV}.*? (killed after writing more than \\d+ bytes of log output)`,
    ),
    (match) => ({ reason: match[2]! }),
  ],
  [
    new RegExp(
      `^(?:building derivation|building of) ${DRV}.*? (timed out after \\d+ seconds(?: of silence)?)`,
    ),
    (match) => ({ reason: match[2]! }),
  ],
  [/^()(timed out after \d+ seconds(?: of silence)?)/, (match) => ({ reason: match[2]! })],
  [
    new RegExp(`^derivation ${DRV} may not be deterministic`),
    () => ({ reason: "may not be deterministic: the output differs" }),
  ],
  [
    new RegExp(
      `^a '([^'\\n]*)' (?:with features \\{([^}\\n]*)\\} )?is required to build ${DRV}, but I am a '([^'\\n]*)'`,
    ),
    ([, system, features, , own]) => readRequiredSystem(system!, features ?? "", own!),
  ],
  [
    new RegExp(`^some substitutes for the outputs of derivation ${DRV} failed`),
    () => ({ cause: "unbuildable", reason: "some substitutes for its outputs failed" }),
  ],
  [
    new RegExp(`^(\\d+) dependenc(?:y|ies) of derivation ${DRV} failed`),
    (match) => ({ cause: "dependency", reason: dependencies(match[1]!) }),
  ],
  [
    new RegExp(`^cycle detected in build of ${DRV} ([^\\n]*)`),
    (match) => ({ reason: `cycle detected ${firstLine(match[2]!)}` }),
  ],
  [
    new RegExp(`^(?:output|outputs) [^\\n]*? of (?:derivation )?${DRV} [^\\n]*`),
    (match) => ({ reason: firstLine(match[0]) }),
  ],
  [new RegExp(`^derivation ${DRV} ([^\\n]*)`), (match) => ({ reason: firstLine(match[2]!) })],
];

/** Reads one message (with or without colours); `null` if it tells of no derivation. */
export function readFailureText(message: string): FailureText | null {
  const plain = withoutColours(message);
  if (!isError(plain)) return null;
  const found = readError(plain);
  if (found !== null) return found;
  // Where an evaluation needed the build, the error of that ends the trace.
  let tries = MOST_INNER_ERRORS;
  for (const { index } of plain.matchAll(/\n *(?=error: [^\n])/g)) {
    const inner = readError(plain.slice(index).trimStart());
    if (inner !== null) return inner;
    if (--tries === 0) break;
  }
  return null;
}

/** A text that begins with `error:`. */
function readError(plain: string): FailureText | null {
  let text = plain.slice("error:".length).trimStart();
  // The way through the evaluation that led to it stands before it, and the code it went through in between.
  if (text.startsWith("…")) text = text.slice(TRACE.exec(text)?.[0].length ?? 0);
  // `nix flake check` says it behind the attribute.
  text = text.replace(/^failed to build attribute '[^'\n]*', build of '[^'\n]*' failed: /, "");
  const remote = REMOTE.exec(text);
  if (remote) text = text.slice(remote[0].length).replace(/^error:\s*/, "");
  for (const [pattern, read] of readers) {
    const match = pattern.exec(text);
    if (match) return complete(match, read(match, text), text, remote);
  }
  if (!remote) return null;
  return complete(remote, { reason: firstLine(text) || "the build failed on the builder" }, text, remote);
}

function complete(
  match: RegExpMatchArray,
  found: Partial<FailureText>,
  text: string,
  remote: RegExpExecArray | null,
): FailureText {
  const named = match.find((group, index) => index > 0 && group?.endsWith(".drv"));
  const tail = text.includes(" log lines:\n") ? LOG_TAIL.exec(text) : null;
  const logTail = tail === null ? [] : readLogTail(text.slice(tail.index + tail[0].length));
  // What the log says stands behind it, and is not Nix's own word.
  const own = tail === null ? text : text.slice(0, tail.index);
  const where = { remote: remote !== null };
  return {
    drv: remote?.[1] ?? named ?? null,
    cause: "own",
    exitCode: null,
    signal: null,
    logTail,
    hash: null,
    remote: remote !== null,
    ...found,
    // Whoever writes a derivation chooses some of these words, such as its system.
    reason: cleanText(found.reason ?? ""),
    diagnosis: diagnosisOfFailure(own, where) ?? diagnosisOfLog(logTail, where),
  };
}

/** Nix >= 2.29: "Cannot build 'X'." and one or several lines "Reason: …". */
function readCannotBuild(_match: RegExpMatchArray, text: string): Partial<FailureText> {
  const reasons = [...text.matchAll(/^[ \t]*Reason: ([^\n]*)/gm)].map((match) =>
    firstLine(match[1]!).replace(/\.$/, ""),
  );
  const reason = reasons[0] ?? firstLine(text.replace(/^[^\n]*\n?/, ""));
  const all = reasons.join("; ");
  const failed = /^(\d+) dependenc(?:y|ies) failed/.exec(reason);
  if (failed || /failed due to failed dependency/.test(text)) {
    return { cause: "dependency", reason: failed ? dependencies(failed[1]!) : "a dependency failed" };
  }
  const either = SYSTEM_OR_FEATURE.exec(text);
  if (either !== null) return readRequiredSystem(either[1]!, either[2]!, either[3]!);
  if (/platform mismatch/.test(all)) {
    const required = /Required system: '([^'\n]*)'/.exec(text)?.[1];
    const wanted = required ? `platform mismatch: needs ${required}` : "platform mismatch";
    return { cause: "unbuildable", reason: wanted };
  }
  if (/missing system features/.test(all)) {
    const required = /Required features: \{([^}\n]*)\}/.exec(text)?.[1];
    return {
      cause: "unbuildable",
      reason: required ? `missing system features: ${required}` : "missing system features",
    };
  }
  if (/local builds are disabled/.test(all)) {
    return {
      cause: "unbuildable",
      reason: "no machine for it, and local builds are disabled (max-jobs = 0)",
    };
  }
  if (reason.startsWith("hash mismatch")) return readHashMismatch(text);
  return {
    reason: reason || "could not be built",
    exitCode: numberOr(/failed with exit code (\d+)/.exec(reason)?.[1]),
    signal: numberOr(/due to signal (\d+)/.exec(reason)?.[1]),
  };
}

function readHashMismatch(text: string): Partial<FailureText> {
  const specified = /(?:specified|wanted):\s*(\S+)/.exec(text)?.[1];
  const got = /got:\s*(\S+)/.exec(text)?.[1];
  return {
    reason: "hash mismatch",
    hash: specified && got ? { specified: cleanText(specified), got: cleanText(got) } : null,
  };
}

/** Nix 2.29 to 2.31 says no more than this of which of the two it is. */
const SYSTEM_OR_FEATURE =
  /Reason: required system or feature not available\n\s*Required system: '([^'\n]*)' with features \{([^}\n]*)\}\n\s*Current system: '([^'\n]*)'/;

/** Nix <= 2.28: "a 'S' with features {F} is required to build 'X', but I am a 'S'". */
function readRequiredSystem(system: string, features: string, own: string): Partial<FailureText> {
  if (system !== own) {
    return {
      cause: "unbuildable",
      reason: `platform mismatch: needs ${cleanText(system)}`,
    };
  }
  const missing = features ? `: ${cleanText(features)}` : "";
  return { cause: "unbuildable", reason: `missing system features${missing}` };
}

const LOG_TAIL = /[Ll]ast \d+ log lines:\n/;

/** The lines behind "Last N log lines:", each marked with ">". At most 25. */
function readLogTail(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    const marked = /^\s*> ?(.*)$/.exec(line);
    if (!marked) break;
    lines.push(cleanText(marked[1]!));
  }
  return lines.slice(-25);
}

const firstLine = (text: string): string => cleanText(text.split("\n", 1)[0]!.trim());
const dependencies = (count: string): string =>
  count === "1" ? "1 dependency failed" : `${count} dependencies failed`;
const numberOr = (digits: string | undefined): number | null =>
  digits === undefined ? null : Number(digits);
