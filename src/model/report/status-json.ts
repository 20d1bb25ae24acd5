/** `buildtop status --json`, version 1: see docs/status-json.md. */
import { stateLook } from "../builders/state-look.ts";
import type { Builder } from "../builders/types.ts";
import type { Gauges } from "../gauges/types.ts";
import type { MachineStatus } from "../machine/status.ts";
import type { Builds } from "../nix-log/types.ts";

export function statusJson(machines: readonly MachineReport[]): object {
  return { version: 1, hosts: machines.map(hostJson) };
}

export interface MachineReport {
  readonly status: MachineStatus;
  /** What is being built there, as far as it can be seen; `now` in the model's ms. */
  readonly builds: { readonly model: Builds; readonly now: number } | null;
}

function hostJson({ status, builds }: MachineReport): object {
  const { connection, nix } = status;
  const lost = connection.state === "lost";
  return {
    name: status.name,
    address: status.address,
    transport: status.transport,
    reachable: connection.state === "connected",
    error: lost ? connection.trouble.message : null,
    platform: status.platform,
    os: status.os,
    model: status.model,
    nix: nix ? { flavour: nix.flavour, version: nix.version, daemon: nix.daemon } : null,
    gauges: status.gauges ? gaugesJson(status.gauges) : null,
    builders: status.builders.map((builder) => builderJson(lost ? asUnknown(builder) : builder)),
    builds: builds ? buildsJson(builds.model, builds.now) : [],
    diagnoses: [...new Set(status.diagnoses.map(({ id }) => id))],
  };
}

/** What a builder was before its machine was lost says nothing of what it is. */
function asUnknown(builder: Builder): Builder {
  const { word } = stateLook(builder.state);
  return {
    ...builder,
    state: "unknown",
    why: `its machine does not answer any more; last seen: ${word}`,
    uptimeSeconds: null,
  };
}

function gaugesJson({ cpu, load, memory, disks }: Gauges): object {
  return {
    cpu: cpu === null ? null : Math.round(cpu * 1000) / 1000,
    load,
    memory: memory
      ? { usedBytes: memory.usedBytes, totalBytes: memory.totalBytes, pressure: memory.pressure }
      : null,
    disks: disks.map(({ mount, usedBytes, totalBytes, freeBytes }) => ({
      mount,
      usedBytes,
      totalBytes,
      freeBytes,
    })),
  };
}

function builderJson(builder: Builder): object {
  const { kind, name, state, why, uri, systems, jobs, uptimeSeconds, gauges, limitedBy } = builder;
  return {
    ...{ kind, name, state, why, uri, systems, jobs },
    uptimeSeconds: uptimeSeconds === null ? null : Math.round(uptimeSeconds),
    gauges: gauges ? gaugesJson(gauges) : null,
    limitedBy,
  };
}

function buildsJson(builds: Builds, now: number): object[] {
  const rows: object[] = [];
  for (const row of builds.rows({ sort: "state", filter: "", hideDone: false })) {
    if (row.kind !== "derivation") continue;
    const { drv, name, state, host, phase, startedAt, endedAt } = row.derivation;
    rows.push({
      ...{ drv, name, state, host, phase },
      // One that began at the very moment was only heard of then.
      elapsedMs: startedAt === null || startedAt >= now ? null : Math.round((endedAt ?? now) - startedAt),
      estimateMs: null,
    });
  }
  return rows;
}
