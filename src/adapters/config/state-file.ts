/** Small JSON files of our own in the state directory: written whole or not at all, a broken one kept aside. */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import * as v from "valibot";
import { jsonOf } from "../../model/machine/lines.ts";
import { makeDirectories } from "../system/make-directories.ts";

/**
 * What the file holds; `null` where there is none, or one that is broken: that is renamed, and nothing is lost. Throws
 * where it cannot be read.
 */
export function readStateFile<T>(
  path: string,
  schema: v.GenericSchema<unknown, T>,
): { readonly value: T | null; readonly keptAside: string | null } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { value: null, keptAside: null };
  }
  const read = v.safeParse(schema, jsonOf(text));
  if (read.success) return { value: read.output, keptAside: null };
  const keptAside = `${path}.broken`;
  renameSync(path, keptAside);
  return { value: null, keptAside };
}

/** Mode 0600; on the disk when this returns. Throws the system's error; the old one is whole then. */
export function writeStateFile(path: string, value: unknown): void {
  makeDirectories(dirname(path), 0o700);
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    const descriptor = openSync(temporary, "wx", 0o600);
    try {
      writeSync(descriptor, `${JSON.stringify(value)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
