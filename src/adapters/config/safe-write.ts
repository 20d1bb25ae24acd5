/**
 * Changes a file so that at every moment either the old or the new content is there, whole, with the same owner and mode.
 */
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readEveryByte } from "./read-bytes.ts";

/** Somebody else changed the file since it was read; nothing was written. */
export class ChangedMeanwhile extends Error {
  constructor(path: string) {
    super(`${path}: somebody else changed it just now; nothing was written. Try again`);
  }
}

export interface FileContent {
  text: string;
  /** Of the bytes, or `absent`. */
  hash: string;
}

/** The file's text; `""` with the hash `absent` where there is none. Throws where it cannot be read. */
export function readWithHash(path: string): FileContent {
  const text = readEveryByte(path);
  if (text === null) return { text: "", hash: "absent" };
  return { text, hash: createHash("sha256").update(text, "latin1").digest("hex") };
}

/**
 * Writes `text` (as `readWithHash` gave it) in place of what had the hash `expected`. The new content is on the disk
 * before it takes the file's name. `path` is no link. Throws `ChangedMeanwhile`, or the system's error; the old file
 * is whole then.
 */
export function replaceFile(path: string, text: string, expected: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.buildtop-${randomBytes(6).toString("hex")}`);
  try {
    // The copy brings owner, mode and ACL along; then it gets its content.
    if (expected !== "absent")
      execFileSync("cp", ["-p", "--", path, temporary], { stdio: "pipe", timeout: 10_000 });
    const descriptor = openSync(temporary, expected === "absent" ? "wx" : "r+", 0o644);
    try {
      const bytes = Buffer.from(text, "latin1");
      ftruncateSync(descriptor);
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at, at);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (readWithHash(path).hash !== expected) throw new ChangedMeanwhile(path);
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Removes a file that still has the hash `expected`. Throws `ChangedMeanwhile`. */
export function removeFile(path: string, expected: string): void {
  if (readWithHash(path).hash !== expected) throw new ChangedMeanwhile(path);
  rmSync(path);
  syncDirectory(dirname(path));
}

/** The name in the directory, too, shall survive a power cut. */
function syncDirectory(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
