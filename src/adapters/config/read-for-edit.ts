/** Reads a file that is to be edited: its bytes, their hash, and who else has a say in it. */
import { sudoRefusal } from "../../model/actions/sudo-rules.ts";
import { saidLines } from "../../model/actions/tool-words.ts";
import { type FileRead, parseFileRead } from "../../model/settings/file-read.ts";
import { isNixCodePath } from "../../model/settings/nix-code-places.ts";
import { asRoot, runPlanned } from "../actions/sudo.ts";
import { type Host, HostError } from "../hosts/host.ts";
import { mayBeChanged } from "./editable-paths.ts";
import { backupSuffix } from "./put-script.ts";
import { readName, readScript } from "./read-script.ts";
import { hashOf } from "./root-writer.ts";

export interface ReadOptions {
  /** Whether sudo is tried, which never asks, where we may not read it ourselves; for a person's Nix code it never is. */
  readonly sudo: boolean;
  readonly signal: AbortSignal;
  readonly allows?: (path: string) => boolean;
}

/** As it was read. `hash` as the writer wants it. */
export type FileForEdit =
  | (Extract<FileRead, { kind: "file" }> & { readonly hash: string; readonly asRoot: boolean })
  | (Extract<FileRead, { kind: "absent" }> & { readonly hash: "absent" })
  | Extract<FileRead, { kind: "not-regular" | "too-big" }>
  /** `lines`: what sudo said. */
  | (Extract<FileRead, { kind: "unreadable" }> & { readonly lines: readonly string[] });

/** Configuration files are some kilobytes. */
const mostBytes = 512 * 1024;
const readMs = 15_000;

/**
 * Reads one of the files that may be changed, or the backup of one. Rejects with `HostError`, also where the answer is
 * none or was cut off.
 */
export async function readForEdit(host: Host, path: string, options: ReadOptions): Promise<FileForEdit> {
  const { sudo, signal, allows = mayBeChanged } = options;
  const original = path.endsWith(backupSuffix) ? path.slice(0, -backupSuffix.length) : path;
  if (!allows(original)) throw new Error(`${path} is no file that may be read for a change`);
  const command = ["/bin/sh", "-c", readScript, readName, path, String(mostBytes)];
  const plain = await ask(host, command, signal);
  if (plain.read === null) throw noAnswer(host, path, plain.lines);
  if (plain.read.kind !== "unreadable") return hashed(plain.read, false);
  if (isNixCodePath(original)) return { ...plain.read, lines: ["it is not yours to read"] };
  if (!sudo) return { ...plain.read, lines: ["it can be read by root only"] };
  const asked = await ask(host, asRoot(command), signal);
  if (asked.read === null) {
    if (asked.refused) return { ...plain.read, lines: asked.lines };
    throw noAnswer(host, path, asked.lines);
  }
  return asked.read.kind === "unreadable"
    ? { ...asked.read, lines: ["not even root may read it"] }
    : hashed(asked.read, true);
}

interface Asked {
  readonly read: FileRead | null;
  readonly refused: boolean;
  readonly lines: readonly string[];
}

async function ask(host: Host, command: readonly string[], signal: AbortSignal): Promise<Asked> {
  // Three characters for each byte, and line ends.
  const options = { deadlineMs: readMs, maxBytes: 4 * mostBytes + 65_536, signal };
  const done = await runPlanned(host, command, options);
  if (done.code === 0) return { read: parseFileRead(done.stdout), refused: false, lines: [] };
  const refused = sudoRefusal(done.code, done.stderr) !== null;
  return { read: null, refused, lines: saidLines("", done.stderr) };
}

function hashed(read: Exclude<FileRead, { kind: "unreadable" }>, asRoot: boolean): FileForEdit {
  if (read.kind === "file") return { ...read, hash: hashOf(read.bytes), asRoot };
  if (read.kind === "absent") return { ...read, hash: "absent" };
  return read;
}

function noAnswer(host: Host, path: string, details: readonly string[]): HostError {
  return new HostError({
    kind: "protocol",
    message: `${host.name} did not say what ${path} holds`,
    details,
    retry: true,
  });
}
