/** One buildtop at a time saves a file of a machine. Other editors are told from its hash. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { jsonOf } from "../../model/machine/lines.ts";
import { cleanText } from "../../model/text/clean.ts";

const owner = v.object({ pid: v.number(), machine: v.string(), at: v.number() });
type Owner = v.InferOutput<typeof owner>;

/** No save takes so long: whoever has it still is gone, or another process has its number. */
const longestMs = 60 * 60_000;

export type Lock =
  | { readonly ok: true; readonly release: () => void }
  /** Who has it, in words. */
  | { readonly ok: false; readonly by: string };

/**
 * Takes the lock, a directory with its owner in it: made elsewhere and moved to its place, which fails where there is
 * one (rename(2), ENOTEMPTY). That of a process that is gone is taken over. Throws where the state directory cannot be
 * written.
 */
export function takeLock(path: string, now: number = Date.now()): Lock {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const mine = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  mkdirSync(mine, { mode: 0o700 });
  const self: Owner = { pid: process.pid, machine: hostname(), at: now };
  writeFileSync(join(mine, "owner.json"), JSON.stringify(self), { mode: 0o600 });
  try {
    for (let tries = 0; tries < 3; tries++) {
      try {
        renameSync(mine, path);
        return { ok: true, release: () => rmSync(path, { recursive: true, force: true }) };
      } catch (error) {
        if (!["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      }
      const held = ownerOf(path);
      if (held && isAlive(held, now)) return { ok: false, by: wordsOf(held) };
      takeAway(path, held);
    }
    return { ok: false, by: "another buildtop" };
  } finally {
    rmSync(mine, { recursive: true, force: true });
  }
}

/** Whether a buildtop that lives has it. */
export function isLocked(path: string, now: number = Date.now()): boolean {
  const held = ownerOf(path);
  return held !== null && isAlive(held, now);
}

/** Moved aside first: of two that do this one finds nothing to move, or a new lock, which it puts back. */
function takeAway(path: string, stale: Owner | null): void {
  const aside = `${path}.stale.${randomBytes(4).toString("hex")}`;
  try {
    renameSync(path, aside);
    const taken = ownerOf(aside);
    if (taken && (taken.pid !== stale?.pid || taken.at !== stale.at)) renameSync(aside, path);
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}

function ownerOf(path: string): Owner | null {
  try {
    const read = v.safeParse(owner, jsonOf(readFileSync(join(path, "owner.json"), "utf8")));
    return read.success ? read.output : null;
  } catch {
    return null;
  }
}

function isAlive({ pid, machine, at }: Owner, now: number): boolean {
  // A clock that was set back is no reason to wait for a time that has been.
  if (Math.abs(now - at) > longestMs) return false;
  // A home directory may be shared: there nobody can tell from here.
  if (machine !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function wordsOf({ pid, machine, at }: Owner): string {
  const where = machine === hostname() ? "" : ` on ${cleanText(machine)}`;
  return `another buildtop (process ${pid}${where}, since ${new Date(at).toISOString().slice(11, 19)} UTC)`;
}
