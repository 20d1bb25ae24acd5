/**
 * What launchd says of its jobs (launchctl(1): `print`, `print-disabled`). The output is for people and "may change", so
 * we read by name and by depth: only what stands exactly one tab deep belongs to the job, blocks repeat the same names.
 */
import { cleanText } from "../text/clean.ts";
import { linesOf, wholeNumber } from "./lines.ts";

export { explainLaunchdExit } from "./launchd-exit.ts";

interface LaunchdSocket {
  readonly name: string;
  /** Host name or address it is bound to. */
  readonly address: string | null;
  readonly port: number | null;
  /** Of a Unix socket. */
  readonly path: string | null;
  /** Set: launchd could not open it, so nothing listens. As printed, an errno. */
  readonly error: string | null;
}

export interface LaunchdJob {
  /** The property list it was loaded from. */
  readonly path: string | null;
  /** `LaunchDaemon`, `LaunchAgent`. */
  readonly type: string | null;
  /** `running`, `not running`, `spawn scheduled`, `waiting`, `xpcproxy`… */
  readonly state: string | null;
  /** Newer systems: `running`, `exited`, `spawn failed`. */
  readonly jobState: string | null;
  readonly program: string | null;
  /** A word of several lines is one word here, its line ends are spaces. */
  readonly arguments: readonly string[];
  readonly workingDirectory: string | null;
  readonly stdoutPath: string | null;
  readonly stderrPath: string | null;
  /** How often it was started since it was loaded. */
  readonly runs: number | null;
  readonly pid: number | null;
  /** How its last run ended; of a running job this is the run before. */
  readonly lastExitCode: number | null;
  /** As printed: `0`, `78: EX_CONFIG`. */
  readonly lastExitText: string | null;
  readonly neverExited: boolean;
  /** `Abort trap: 6`; launchd prints it in place of the exit code. */
  readonly lastSignal: string | null;
  /** Such as `OS_REASON_JETSAM`, where launchd knows one. */
  readonly lastExitReason: string | null;
  readonly sockets: readonly LaunchdSocket[];
  /** From `properties`; `null` where they are not shown. */
  readonly keepAlive: boolean | null;
}

const mostJobs = 200;
const mostArguments = 200;
const mostSockets = 32;

/**
 * The `service` section of a Mac: what `launchctl print` said of each label, then `= LABEL STATUS`. `null`: launchd does
 * not know the job, it is not loaded. A label that is missing here got no clear answer (cut off, no launchctl).
 */
export function parseLaunchdServices(text: string): ReadonlyMap<string, LaunchdJob | null> {
  const services = new Map<string, LaunchdJob | null>();
  let block: string[] = [];
  let opened: string | null = null;
  for (const line of linesOf(text)) {
    const end = /^= (\S{1,200}) (\d{1,3})$/.exec(line);
    // A script printed among the arguments could hold such a line; it is not about the job that is being printed.
    if (end && (opened === null || end[1] === opened)) {
      const [, label = "", status = ""] = end;
      const unknown = status === "113" || block.some((row) => row.startsWith("Could not find service"));
      if (opened !== null && status === "0") services.set(cleanText(label), readJob(block));
      else if (opened === null && unknown) services.set(cleanText(label), null);
      if (services.size >= mostJobs) break;
      block = [];
      opened = null;
      continue;
    }
    opened ??= /^[^\s=]+\/([^\s/]{1,200}) = \{$/.exec(line)?.[1] ?? null;
    block.push(line);
  }
  return services;
}

/** Blocks with the words of others in them, printed raw: a line end in a word begins a line of its own, at column 0. */
const rawBlocks = new Set(["arguments", "environment", "default environment", "inherited environment"]);
/** What launchd prints behind those. */
const behindRawBlock =
  /^\t(?:working directory|std(?:in|out|err) path|(?:inherited |default )?environment|domain|asid|username|group|minimum runtime) = /;

function readJob(lines: readonly string[]): LaunchdJob {
  const values = new Map<string, string>();
  let words: readonly string[] = [];
  let sockets: readonly LaunchdSocket[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    const pair = /^\t([^\t={][^={]*?) = (.*)$/.exec(line);
    if (!pair) continue;
    const [, key = "", value = ""] = pair;
    if (value !== "{") {
      if (!values.has(key)) values.set(key, cleanText(value));
      continue;
    }
    const end = blockEnd(lines, i, rawBlocks.has(key));
    const inside = lines.slice(i + 1, end);
    if (key === "arguments" && words.length === 0) words = readArguments(inside);
    else if (key === "sockets" && sockets.length === 0) sockets = readSockets(inside);
    i = end;
  }
  return jobOf(values, words, sockets);
}

/** The line with the bracket that closes the block opened at `start`, or the line behind the last one. */
function blockEnd(lines: readonly string[], start: number, raw: boolean): number {
  let first = lines.length;
  for (let i = start + 1; i < lines.length; i++) {
    if (lines[i] !== "\t}") continue;
    if (!raw) return i;
    first = Math.min(first, i);
    let next = i + 1;
    while (lines[next] === "") next++;
    if (behindRawBlock.test(lines[next] ?? "")) return i;
  }
  return first;
}

function readArguments(lines: readonly string[]): string[] {
  const words: string[] = [];
  for (const line of lines) {
    if (line.startsWith("\t\t")) {
      if (words.length >= mostArguments) break;
      words.push(line.slice(2));
    } else if (words.length > 0) words[words.length - 1] += `\n${line}`;
  }
  return words.map(cleanText);
}

/** Two tabs: the name of a socket; three: what is known of it. Deeper are the descriptors it has open. */
function readSockets(lines: readonly string[]): LaunchdSocket[] {
  const found: { name: string; values: Map<string, string> }[] = [];
  for (const line of lines) {
    const name = /^\t\t"?([^\t"]{1,200})"? = \{$/.exec(line)?.[1];
    if (name !== undefined && found.length < mostSockets)
      found.push({ name: cleanText(name), values: new Map() });
    const pair = /^\t\t\t([^\t={][^={]*?) = (.+)$/.exec(line);
    if (pair) found.at(-1)?.values.set(pair[1] ?? "", cleanText(pair[2] ?? ""));
  }
  return found.map(({ name, values }) => {
    const address = /^(.*):(\d{1,5})$/.exec(values.get("sockname") ?? "");
    const service = values.get("service name") ?? values.get("port");
    return {
      name,
      address: (address?.[1] ?? values.get("node name"))?.replace(/^\[|\]$/g, "") ?? null,
      port: wholeNumber(address?.[2] ?? service),
      path: values.get("path") ?? null,
      error: values.get("error") === "0" ? null : values.get("error") || null,
    };
  });
}

function jobOf(
  values: ReadonlyMap<string, string>,
  words: readonly string[],
  sockets: readonly LaunchdSocket[],
): LaunchdJob {
  const text = (key: string) => values.get(key) || null;
  const exit = text("last exit code");
  const neverExited = exit === "(never exited)";
  const properties = text("properties");
  return {
    path: text("path"),
    type: text("type"),
    state: text("state"),
    jobState: text("job state"),
    program: text("program"),
    arguments: words,
    workingDirectory: text("working directory"),
    stdoutPath: text("stdout path"),
    stderrPath: text("stderr path"),
    runs: wholeNumber(values.get("runs")),
    pid: wholeNumber(values.get("pid")),
    lastExitCode: neverExited ? null : wholeNumber(/^(\d+)(?::|$)/.exec(exit ?? "")?.[1]),
    lastExitText: neverExited ? null : exit,
    neverExited,
    lastSignal: text("last terminating signal"),
    lastExitReason: text("last exit reason"),
    sockets,
    keepAlive: properties === null ? null : properties.split("|").some((word) => word.trim() === "keepalive"),
  };
}

/**
 * `launchctl print-disabled system`: whether a label is switched off. Newer systems write `enabled` and `disabled`, older
 * ones `true` (disabled) and `false`. A label that is not listed is not switched off.
 */
export function parseDisabledServices(text: string): ReadonlyMap<string, boolean> {
  const services = new Map<string, boolean>();
  let inside = false;
  for (const line of linesOf(text)) {
    if (/^\s*disabled services = \{$/.test(line)) inside = true;
    else if (/^\s*\}$/.test(line)) inside = false;
    const entry = inside ? /^\s*"([^"]{1,200})" => (enabled|disabled|true|false)$/.exec(line) : null;
    if (entry) services.set(cleanText(entry[1] ?? ""), entry[2] === "disabled" || entry[2] === "true");
    if (services.size >= 5000) break;
  }
  return services;
}
