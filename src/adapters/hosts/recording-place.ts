/** The directory of a recording that is about to be made: taken and tried before the machine is looked at. */
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { answersFile, headerFile } from "../../model/recording/format.ts";
import { makeDirectories, removeEmpty } from "../system/make-directories.ts";
import { systemReason } from "../system/system-reason.ts";

export interface RecordingPlace {
  /** No recording came of it: whatever was begun is removed, and the directories that were made for it. */
  readonly leave: () => void;
}

/** Some seconds of a Mac with a builder are about as much. */
const triedBytes = 256 * 1024;

/** The directory must be free, see `isFree`. Throws an error for people, and leaves nothing behind then. */
export function takePlace(directory: string): RecordingPlace {
  const made = makeDirectories(directory, 0o700);
  try {
    tryWriting(join(directory, ".buildtop-try"));
  } catch (error) {
    removeEmpty(made);
    throw new Error(`${directory} cannot be written: ${systemReason(error)}`, { cause: error });
  }
  return {
    leave: () => {
      for (const name of [answersFile, headerFile]) rmSync(join(directory, name), { force: true });
      removeEmpty(made);
    },
  };
}

/** Throws the system's error. */
function tryWriting(path: string): void {
  const descriptor = openSync(path, "wx", 0o600);
  try {
    const zeros = Buffer.alloc(triedBytes);
    for (let at = 0; at < zeros.length; ) at += writeSync(descriptor, zeros, at);
    // Some file systems look for room only then.
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
    rmSync(path, { force: true });
  }
}
