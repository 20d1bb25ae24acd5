/** What was looked at, for a person who is told that all is well: a row for each machine. */
import type { MachineStatus } from "../model/machine/status.ts";

export interface LookedAt {
  readonly machine: string;
  readonly system: string;
  readonly nix: string;
  /** By their names. */
  readonly builders: string;
}

/** Machines that answered at least once. */
export function lookedAt(machines: readonly MachineStatus[]): LookedAt[] {
  return machines
    .filter(({ at, connection }) => at !== null && connection.state !== "lost")
    .map(({ name, os, nix, builders }) => ({
      machine: name,
      system: os ?? "",
      nix: nix?.name ?? (nix?.flavour === "none" ? "none" : ""),
      builders: builders.length === 0 ? "none" : builders.map((builder) => builder.name).join(", "),
    }));
}
