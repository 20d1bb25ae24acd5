/** What buildtop has changed on machines, when, and from what to what. The newest last. */
import { join } from "node:path";
import * as v from "valibot";
import { cleanText } from "../../model/text/clean.ts";
import { stateDirectory } from "../system/paths.ts";
import type { SavePlace } from "./save-place.ts";
import { readStateFile, writeStateFile } from "./state-file.ts";

const target = v.variant("kind", [
  v.object({ kind: v.literal("daemon") }),
  v.object({ kind: v.literal("builder"), key: v.string() }),
]);
const change = v.object({
  /** Milliseconds since 1970. */
  at: v.number(),
  host: v.string(),
  hostName: v.string(),
  path: v.string(),
  setting: v.string(),
  from: v.nullable(v.string()),
  to: v.nullable(v.string()),
  oldHash: v.string(),
  newHash: v.string(),
  restart: v.nullable(target),
  state: v.picklist(["done", "rolled back", "undone"]),
  /** It took another one back: nothing to be taken back itself. */
  undo: v.optional(v.boolean()),
  /** The pieces of the file that it replaced, with which it is taken back when its backup is gone. */
  replaced: v.optional(v.nullable(v.array(v.object({ at: v.number(), was: v.string(), put: v.string() })))),
});
const schema = v.object({ version: v.literal(1), changes: v.array(change) });

export type PastChange = v.InferOutput<typeof change>;

const mostChanges = 200;
const longestValue = 200;

/** Throws where the file cannot be read. A broken one is kept aside, which `problem` tells. */
export function readChanges(state: string = stateDirectory()): {
  readonly changes: readonly PastChange[];
  readonly problem: string | null;
} {
  const { value, keptAside } = readStateFile(fileIn(state), schema);
  return {
    changes: value?.changes ?? [],
    problem: keptAside === null ? null : `the history of changes was broken; it is kept as ${keptAside}`,
  };
}

/** Adds one; the oldest goes where there are too many. What is to be told of it, or `null`. Throws the system's error. */
export function addChange(made: Omit<PastChange, "state">, state?: string): string | null {
  const { changes, problem } = readChanges(state);
  const entry: PastChange = { ...made, from: shown(made.from), to: shown(made.to), state: "done" };
  writeChanges([...changes, entry].slice(-mostChanges), state);
  return problem;
}

/**
 * Says of the last change there that led to `newHash` what became of it; what took another one back is never `undone`.
 * Throws the system's error.
 */
export function markChange(
  newHash: string,
  { host, path }: Pick<SavePlace, "host" | "path">,
  became: PastChange["state"],
  state?: string,
): string | null {
  const { changes, problem } = readChanges(state);
  const at = changes.findLastIndex(
    (each) =>
      each.host === host &&
      each.path === path &&
      each.newHash === newHash &&
      each.state === "done" &&
      !(became === "undone" && each.undo),
  );
  if (at >= 0)
    writeChanges(
      changes.map((each, index) => (index === at ? { ...each, state: became } : each)),
      state,
    );
  return problem;
}

/** The last change of that machine that still stands and took none back; `null`: none. */
export function lastChange(host: string, state?: string): PastChange | null {
  return changesOf(host, state).findLast((each) => each.state === "done" && !each.undo) ?? null;
}

/** All that is known of that machine. */
export function changesOf(host: string, state?: string): readonly PastChange[] {
  return readChanges(state).changes.filter((each) => each.host === host);
}

function writeChanges(changes: readonly PastChange[], state: string = stateDirectory()): void {
  writeStateFile(fileIn(state), { version: 1, changes });
}

function fileIn(state: string): string {
  return join(state, "changes.json");
}

function shown(value: string | null): string | null {
  return value === null ? null : cleanText(value).slice(0, longestValue);
}
