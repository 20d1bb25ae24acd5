/** Processes of this machine, from proc(5): Linux only. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Those of this very node whose command line has all of these words. A shell or a terminal that was told them is none. */
export function nodesWith(...words: readonly string[]): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const given = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      const isNode = readlinkSync(`/proc/${name}/exe`) === process.execPath;
      return isNode && words.every((word) => given.includes(word)) ? [Number(name)] : [];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}
