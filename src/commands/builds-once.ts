/** What is being built on a machine at one moment, for output that ends. */

import { watchedLogs } from "../adapters/config/watch-scope.ts";
import { HostError } from "../adapters/hosts/host.ts";
import { run } from "../adapters/hosts/run.ts";
import type { MachineWatch } from "../adapters/machine/machine-watch.ts";
import { lastFailures } from "../adapters/nix-log/last-failures.ts";
import type { KnownFailure } from "../model/diagnoses/types.ts";
import type { Builds } from "../model/nix-log/types.ts";
import { FollowedLogs } from "./followed-logs.ts";
import { LiveBuilds } from "./live-builds.ts";
import { RemoteSightings } from "./remote-sightings.ts";
import { Sightings } from "./sightings.ts";

interface BuildsOfMoment {
  readonly model: Builds;
  /** The moment, in the model's ms. What a log tells of has no time: it seems to begin now. */
  readonly now: number;
}

/** On this machine: from the logs that Nix writes, else from the log files that come to be. */
export async function buildsHere(): Promise<BuildsOfMoment> {
  const live = new LiveBuilds();
  const now = live.now();
  const logs = new FollowedLogs(live);
  const sightings = new Sightings(live, () => !logs.any);
  try {
    await logs.sync();
    await logs.caughtUp();
    await sightings.look();
    return { model: live.builds, now };
  } finally {
    sightings.stop();
    await logs.stop();
  }
}

/** What failed in the newest command that ran under buildtop, as long as no log of Nix has told more since. */
export function failuresHere(): KnownFailure[] {
  return lastFailures(watchedLogs().map(({ path }) => path));
}

const newestLines = 20_000;
const mostBytes = 16 * 1024 * 1024;
const deadlineMs = 10_000;

/** On another machine: from the end of the log that its Nix writes, or as its Nix tells them; `null` if neither is. */
export async function buildsThere({ host, facts }: MachineWatch): Promise<BuildsOfMoment | null> {
  const path = facts?.nixConfig?.jsonLogPath;
  if (!facts) return null;
  const live = new LiveBuilds();
  const now = live.now();
  if (!path?.startsWith("/")) {
    new RemoteSightings(live, host.name).update(facts);
    return facts.activeBuilds.length > 0 ? { model: live.builds, now } : null;
  }
  const stream = live.open({ label: path, kind: "json-log", machine: host.name });
  try {
    const log = await run(host, ["tail", "-n", String(newestLines), path], {
      deadlineMs,
      maxBytes: mostBytes,
    });
    stream.feed(Buffer.from(log.stdout), now);
    // Asked after the log: who wrote to it and is not there has ended.
    const processes = await run(host, ["ps", "-ax", "-o", "pid="], { deadlineMs });
    const alive = new Set(processes.stdout.split("\n").map(Number));
    for (const pid of stream.openProcesses()) if (!alive.has(pid)) stream.processEnded(pid, now);
  } catch (error) {
    // Its connection went while we asked: what else is known of it is told all the same.
    if (error instanceof HostError) return null;
    throw error;
  }
  return { model: live.builds, now };
}
