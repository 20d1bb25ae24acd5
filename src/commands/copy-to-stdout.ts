import { readSync } from "node:fs";
import { writeToStdout } from "./output.ts";

const chunkBytes = 64 * 1024;

/** Writes an open file from its beginning to standard output, as fast as that takes it. */
export async function copyToStdout(descriptor: number): Promise<void> {
  const buffer = Buffer.alloc(chunkBytes);
  for (let at = 0; ; ) {
    const length = readSync(descriptor, buffer, 0, chunkBytes, at);
    if (length === 0 || !(await writeToStdout(buffer.subarray(0, length)))) return;
    at += length;
  }
}
