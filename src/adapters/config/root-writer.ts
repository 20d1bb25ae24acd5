/** Reads and replaces a file that belongs to root, on any machine: at every moment the old or the new one, whole. */
import { createHash } from "node:crypto";
import { sudoRefusal } from "../../model/actions/sudo-rules.ts";
import { saidLines } from "../../model/actions/tool-words.ts";
import { isNixCodePath } from "../../model/settings/nix-code-places.ts";
import { type PutResult, parsePutResult } from "../../model/settings/put-result.ts";
import { asRoot, runPlanned } from "../actions/sudo.ts";
import type { Host } from "../hosts/host.ts";
import { mayBeChanged } from "./editable-paths.ts";
import { backupSuffix, putName, putScript } from "./put-script.ts";

export interface PutRequest {
  readonly path: string;
  /** `null`: the file is to be gone. */
  readonly content: Uint8Array | null;
  /** SHA-256 of what it holds now, in hexadecimal; `absent` where it is not there. */
  readonly oldHash: string;
  readonly sudo: boolean;
  /** Which paths are let through; those of `mayBeChanged` unless told. */
  readonly allows?: (path: string) => boolean;
}

/** sync(1) waits for the disk. */
const putMs = 60_000;

export const absent = "absent";

/** SHA-256 in hexadecimal, or `absent`. */
export function hashOf(content: Uint8Array | null): string {
  return content === null ? absent : createHash("sha256").update(content).digest("hex");
}

/**
 * The command line that writes it, sudo included; `contentFile` is a file over there that holds the content, else it is
 * read from stdin. Throws where the path is none of those that may be changed.
 */
export function putCommand(request: PutRequest, contentFile?: string): string[] {
  const { path, content, oldHash, sudo, allows = mayBeChanged } = request;
  if (!allows(path)) throw new Error(`${path} is no file that may be changed`);
  if (sudo && isNixCodePath(path)) throw new Error(`${path} is not root's to write`);
  if (oldHash !== absent && !/^[0-9a-f]{64}$/.test(oldHash)) throw new Error("the old hash is none");
  const words = ["/bin/sh", "-c", putScript, putName, path, oldHash, hashOf(content)];
  if (contentFile !== undefined) words.push(contentFile);
  return sudo ? asRoot(words) : words;
}

/**
 * Writes it. After `signal` or a lost connection the result is `unknown`; the file is whole all the same. The old content
 * is in the backup beside it then. Rejects with `HostError` where the machine cannot be reached: nothing was written.
 */
export async function putFile(host: Host, request: PutRequest, signal: AbortSignal): Promise<PutResult> {
  const command = putCommand(request);
  const stdin = request.content ?? "";
  const done = await runPlanned(host, command, { stdin, deadlineMs: putMs, signal });
  const said = parsePutResult(done.stdout, putName);
  if (said) return said;
  if (done.timedOut)
    return { kind: "unknown", why: signal.aborted ? "it was stopped" : `no answer in ${putMs / 1000} s` };
  if (done.code === null) return { kind: "unknown", why: "the connection was lost" };
  const refusal = request.sudo ? sudoRefusal(done.code, done.stderr) : null;
  if (refusal === "missing") return { kind: "refused", why: "there is no sudo" };
  if (refusal === "password") return { kind: "refused", why: "sudo asks for a password" };
  if (refusal === "denied") return { kind: "refused", why: "sudo does not let us" };
  const why = saidLines(done.stdout, done.stderr).at(-1) ?? `exit status ${done.code}`;
  // sudo said no before the program began, in words that we do not know; nothing else ends without a word.
  if (request.sudo && /^sudo: /m.test(done.stderr)) return { kind: "refused", why };
  return { kind: "unknown", why };
}

/** Where the content before the last change lies. */
export function backupOf(path: string): string {
  return `${path}${backupSuffix}`;
}
