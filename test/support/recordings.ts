/** The recordings of test/fixtures/recordings. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { MacTruth } from "./mac.ts";

export const recordingsDirectory = resolve(import.meta.dirname, "../fixtures/recordings");

export function recordedMacs(): string[] {
  return readdirSync(recordingsDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

export function truthOf(name: string): MacTruth {
  return JSON.parse(readFileSync(join(recordingsDirectory, name, "truth.json"), "utf8"));
}
