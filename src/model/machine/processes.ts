/** The processes of a machine, from `ps -axww -o pid,ppid,user,%cpu,rss,etime,args` of macOS and Linux (ps(1)). */
import { cleanText } from "../text/clean.ts";
import { decimal, linesOf, wholeNumber, wordsOf } from "./lines.ts";

export interface MachineProcess {
  readonly pid: number;
  readonly parent: number;
  readonly user: string;
  /** Of one core: 1.5 is one and a half. macOS: of the last seconds, fading; Linux: since the process began. */
  readonly cpu: number;
  readonly residentBytes: number;
  readonly elapsedSeconds: number;
  /** The command line with its spaces, as far as the system tells it. */
  readonly args: string;
}

const mostProcesses = 5000;
const columnNames: Readonly<Record<string, string>> = { COMMAND: "ARGS", CMD: "ARGS", ETIME: "ELAPSED" };

/** By the names of the header, so that the order does not matter; rows that do not fit are left out. */
export function parseProcesses(text: string): MachineProcess[] {
  const processes: MachineProcess[] = [];
  let columns: readonly string[] | null = null;
  for (const line of linesOf(text)) {
    if (columns === null) {
      const names = wordsOf(line).map((name) => columnNames[name] ?? name);
      if (names.includes("PID") && names.at(-1) === "ARGS") columns = names;
      continue;
    }
    const process = readRow(line, columns);
    if (process) processes.push(process);
    if (processes.length >= mostProcesses) break;
  }
  return processes;
}

function readRow(line: string, columns: readonly string[]): MachineProcess | null {
  const values = new Map<string, string>();
  let rest = line.trimStart();
  for (const column of columns.slice(0, -1)) {
    const word = /^\S+/.exec(rest)?.[0];
    if (word === undefined) return null;
    values.set(column, word);
    rest = rest.slice(word.length).trimStart();
  }
  const pid = wholeNumber(values.get("PID"));
  const parent = wholeNumber(values.get("PPID"));
  const elapsedSeconds = parseElapsed(values.get("ELAPSED") ?? "");
  if (pid === null || parent === null || elapsedSeconds === null || rest === "") return null;
  return {
    pid,
    parent,
    user: cleanText(values.get("USER") ?? ""),
    cpu: Math.max(0, decimal(values.get("%CPU")) ?? 0) / 100,
    residentBytes: (wholeNumber(values.get("RSS")) ?? 0) * 1024,
    elapsedSeconds,
    args: cleanText(rest.trimEnd()),
  };
}

/** `[[dd-]hh:]mm:ss` of ps(1) in seconds. */
export function parseElapsed(text: string): number | null {
  const match = /^(?:(?:(\d{1,6})-)?(\d{1,2}):)?(\d{1,2}):(\d{2})$/.exec(text);
  if (!match) return null;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

/**
 * The name a person would call a process by, from its command line. The words have lost their quotes, so a path with
 * spaces is known by its place: a macOS bundle (`….app/Contents/MacOS/Name`, `….xpc/…`) or `Application Support`.
 */
export function programName(args: string): string {
  const line = args.trim();
  if (line.startsWith("[")) return line.slice(1).replace(/\](?:\s.*)?$/, "");
  if (line.startsWith("(")) return line.slice(1).replace(/\)(?:\s.*)?$/, "");
  const bundle = /^(\/(?:(?! [-/]).){0,2000}?)\/Contents\/MacOS\/([^/]*)/.exec(line);
  if (bundle) {
    const [, folder = "", rest = ""] = bundle;
    const name = baseName(folder).replace(/\.\w+$/, "");
    return rest === name || rest.startsWith(`${name} `) ? name : (rest.split(" ", 1)[0] ?? "");
  }
  const first = line.replaceAll("/Application Support/", "/Application_Support/").split(" ", 1)[0] ?? "";
  // A shell at a login is "-zsh"; sshd and others write "sshd: ada [priv]".
  return baseName(first).replace(/^-/, "").replace(/:$/, "");
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
