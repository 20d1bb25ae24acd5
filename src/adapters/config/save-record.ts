/** What a save is at while it runs: if it is ended in the middle, the next start tells how things stand. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { isNixCodePath } from "../../model/settings/nix-code-places.ts";
import { cleanText } from "../../model/text/clean.ts";
import type { Host } from "../hosts/host.ts";
import { stateDirectory } from "../system/paths.ts";
import { mayBeChanged } from "./editable-paths.ts";
import { readForEdit } from "./read-for-edit.ts";
import { isLocked } from "./save-lock.ts";
import { hostId, type SavePlace } from "./save-place.ts";
import { readStateFile, writeStateFile } from "./state-file.ts";

const schema = v.object({
  version: v.literal(1),
  host: v.string(),
  path: v.string(),
  /** `builder.memoryBytes`. */
  setting: v.string(),
  oldHash: v.string(),
  newHash: v.string(),
  step: v.picklist(["write", "restart", "roll back"]),
});
export type SaveRecord = v.InferOutput<typeof schema>;

/** Throws where the state directory cannot be written. */
export function writeRecord(
  { record, host, path }: SavePlace,
  what: Omit<SaveRecord, "version" | "host" | "path">,
) {
  writeStateFile(record, { version: 1, host, path, ...what } satisfies SaveRecord);
}

export function removeRecord({ record }: SavePlace): void {
  rmSync(record, { force: true });
}

const mostRecords = 100;

/**
 * Tells of saves on this machine that were ended in the middle, one line each, and forgets them. Rejects with
 * `HostError`; then they are told the next time.
 */
export async function tellInterrupted(
  host: Host,
  options: {
    readonly sudo: boolean;
    readonly signal: AbortSignal;
    readonly state?: string;
    readonly allows?: (path: string) => boolean;
  },
): Promise<string[]> {
  const { state = stateDirectory(), sudo, signal, allows = mayBeChanged } = options;
  const directory = join(state, "saves");
  const told: string[] = [];
  for (const name of recordsIn(directory)) {
    const file = join(directory, name);
    if (isLocked(file.replace(/\.json$/, ".lock"))) continue;
    const { value: record, keptAside } = readStateFile(file, schema);
    if (keptAside !== null) told.push(`a save was interrupted; what it was at cannot be read: ${keptAside}`);
    if (record === null || record.host !== hostId(host)) continue;
    if (allows(record.path)) {
      const read = await readForEdit(host, record.path, { sudo, signal, allows });
      const hash = "hash" in read ? read.hash : null;
      told.push(cleanText(words(record, hash, host.name)));
    }
    rmSync(file, { force: true });
  }
  return told;
}

function recordsIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => /^[0-9a-f]{24}\.json$/.test(name))
      .slice(0, mostRecords);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function words(
  { setting, path, oldHash, newHash, step }: SaveRecord,
  hash: string | null,
  host: string,
): string {
  const save = `the save of ${setting} in ${path} on ${host} was interrupted`;
  if (hash === oldHash)
    return `${save}: the old content is in place${step === "write" ? "" : "; whether the daemon runs with it is not known"}`;
  if (hash === newHash) {
    if (step === "roll back") return `${save} while it was rolled back: the new content is in place`;
    return `${save}: the new content is in place; it holds ${isNixCodePath(path) ? "after a rebuild" : "when the daemon was restarted since"}`;
  }
  if (hash === null) return `${save}: ${path} cannot be read, so what it holds is not known`;
  return `${save}: somebody else has changed ${path} since`;
}
