/** Reads a file that may be written again later, in whatever encoding it is. */
import { readFileSync } from "node:fs";

/** Its bytes as the characters of latin1, which keeps every one of them; `null` where there is no such file. Throws where it cannot be read. */
export function readEveryByte(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return null;
  }
}
