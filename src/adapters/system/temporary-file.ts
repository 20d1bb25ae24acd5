/** Files that nobody else can name. */
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory of our own (mode 0700) and how to remove it with all that is in it. */
export function makePrivateDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "buildtop-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** An open file without a name, for reading and writing: it is gone when the last process closes it, however it ends. */
export function openUnnamedFile(): { descriptor: number; close: () => void } {
  const directory = makePrivateDirectory();
  const descriptor = openSync(join(directory.path, "output"), "wx+", 0o600);
  directory.remove();
  return { descriptor, close: () => closeSync(descriptor) };
}
