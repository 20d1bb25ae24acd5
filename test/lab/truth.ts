/**
 * Judges what truly happened in a recorded session, from the stores before and after it, its exit status and the
 * cache server's own count.
 */
import { basename } from "node:path";
import type { Request } from "./cache-server.ts";
import type { StoreDatabase, ValidPath } from "./store-database.ts";

/**
 * - `built`: by this machine, in this session
 * - `built-remotely`: by the builder, in this session, and copied back
 * - `substituted`: its outputs were downloaded, in this session
 * - `already`: its outputs were valid before
 * - `failed`: its builder failed (which ones do is part of the case)
 * - `interrupted`: it was started (it has a log), but neither ended nor failed
 * - `not-started`: it was needed and never started
 * - `not-needed`: nothing wanted it, as what needs it was substituted
 */
export type TrueOutcome =
  | "built"
  | "built-remotely"
  | "substituted"
  | "already"
  | "failed"
  | "interrupted"
  | "not-started"
  | "not-needed";

export interface Machines {
  client: StoreDatabase;
  builder: StoreDatabase;
}

/** What was valid before the session began, and when that was. */
export interface Before {
  client: Map<string, ValidPath>;
  builder: Map<string, ValidPath>;
  uptime: number;
  time: number;
}

export interface SessionEnd {
  /** The derivations that were asked for. */
  wanted: readonly string[];
  /** Names of those whose builders fail by design. */
  fails: readonly string[];
  exitCode: number;
  requests: readonly Request[] | null;
}

/** `/nix/store/HASH-hello-2.12.drv` → `hello-2.12` */
function derivationName(drv: string): string {
  return basename(drv)
    .slice(33)
    .replace(/\.drv$/, "");
}

/** The part of CASE.truth.json that is judged: outcomes, their counts, and what was copied. */
export function judge({ client, builder }: Machines, before: Before, end: SessionEnd) {
  const after = client.valid();
  const builderAfter = builder.valid();
  const fresh = [...after].filter(([path]) => !before.client.has(path) && !path.endsWith(".drv"));
  const builderFresh = new Map([...builderAfter].filter(([path]) => !before.builder.has(path)));
  const allOutputs = client.outputs();
  const closure = [...new Set(end.wanted.flatMap((drv) => client.closure(drv)))];
  const missing = end.fails.filter((name) => !closure.some((drv) => derivationName(drv) === name));
  if (missing.length > 0) throw new Error(`expected to fail, but not in the closure: ${missing.join(", ")}`);

  const outcomeOf = (drv: string, outputs: string[]): TrueOutcome => {
    if (outputs.length > 0 && outputs.every((output) => after.has(output))) {
      if (outputs.every((output) => before.client.has(output))) return "already";
      if (outputs.every((output) => after.get(output)?.builtHere)) return "built";
      return outputs.some((output) => builderFresh.get(output)?.builtHere) ? "built-remotely" : "substituted";
    }
    if (end.fails.includes(derivationName(drv))) return "failed";
    if (end.exitCode === 0) return "not-needed";
    return client.hasLog(drv, before.time) ? "interrupted" : "not-started";
  };

  const counts: Partial<Record<TrueOutcome, number>> = {};
  const remote = new Set<string>();
  const drvs = closure.map((drv) => {
    const outputs = allOutputs.get(drv) ?? [];
    const outcome = outcomeOf(drv, outputs);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    if (outcome === "built-remotely") for (const output of outputs) remote.add(output);
    const times = outcome.startsWith("built")
      ? outputs.map((path) => client.times(path)).find((found) => found)
      : null;
    return {
      drv,
      name: derivationName(drv),
      outcome,
      outputs,
      ...(times && {
        beganSeconds: seconds(times.began - before.uptime),
        endedSeconds: seconds(times.ended - before.uptime),
      }),
    };
  });

  const sum = (paths: (readonly [string, ValidPath])[]) => ({
    paths: paths.length,
    narBytes: paths.reduce((total, [, { narBytes }]) => total + narBytes, 0),
  });
  const added = fresh.filter(([, { source }]) => source);
  const fromBuilder = (path: string) => builderAfter.get(path)?.builtHere === true && remote.has(path);
  const downloaded = fresh.filter(
    ([path, { builtHere, source }]) => !builtHere && !source && !fromBuilder(path),
  );
  const sent = [...builderFresh].filter(([, { builtHere }]) => !builtHere);
  const back = fresh.filter(([path, { builtHere }]) => !builtHere && fromBuilder(path));
  const copied = sent.length > 0 || back.length > 0;
  return {
    counts,
    ...(added.length > 0 && { addedSources: sum(added) }),
    ...(downloaded.length > 0 && { downloaded: sum(downloaded) }),
    ...(end.requests && { served: served(end.requests) }),
    ...(copied && { copiedToBuilder: sum(sent), copiedFromBuilder: sum(back) }),
    drvs,
  };
}

function served(requests: readonly Request[]) {
  const archives = requests.filter(({ path }) => path.includes("/nar/"));
  const bytes = (some: readonly Request[]) => some.reduce((total, request) => total + request.bytes, 0);
  return {
    requests: requests.length,
    nars: archives.filter(({ status }) => status === 200).length,
    narFileBytes: bytes(archives),
    bytes: bytes(requests.filter(({ status }) => status === 200)),
  };
}

export function seconds(value: number): number {
  return Math.round(value * 100) / 100;
}
