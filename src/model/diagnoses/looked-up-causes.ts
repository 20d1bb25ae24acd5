/**
 * What a look at the machine adds to the words of a failure. Over ssh-ng Nix keeps back what ssh said (NixOS/nix
 * `src/libstore/ssh.cc`: it goes to the daemon's own log), and a daemon that ends in the middle says nothing at all.
 */
import type { MachineStatus } from "../machine/status.ts";
import type { Builds } from "../nix-log/types.ts";
import { losesDaemon } from "./failure-texts.ts";
import { sshConnectionFailed } from "./way-to-builder.ts";

/** Ids of diagnoses, each once, the worst first. */
export interface LookedUpCauses {
  /** Why there was no connection to a builder. */
  readonly connection: readonly string[];
  /** Why the daemon of this machine was lost. */
  readonly daemon: readonly string[];
}

/** Beyond what the connection itself yields to: without room no daemon answers over there. */
const ofConnection = new Set([...(sshConnectionFailed.yieldsTo ?? []), "builder-disk-full"]);
const ofDaemon = new Set(["daemon-down", "determinate-daemon-offline", "host-disk-full"]);

/** Whether something failed whose words say less than a look may. */
export function isWorthALook({ failures, sessions }: Pick<Builds, "failures" | "sessions">): boolean {
  return (
    [...failures, ...sessions].some(({ diagnosis }) => diagnosis === "ssh-connection-failed") ||
    sessions.some(({ error, diagnosis }) => error !== null && diagnosis === null && losesDaemon(error))
  );
}

export function lookedUpCauses({ diagnoses }: Pick<MachineStatus, "diagnoses">): LookedUpCauses {
  const errors = diagnoses.filter(({ severity }) => severity === "error");
  const connection = errors.filter(({ id, builderKey }) => builderKey !== null && ofConnection.has(id));
  const daemon = errors.filter(({ id }) => ofDaemon.has(id));
  return { connection: idsOf(connection), daemon: idsOf(daemon) };
}

function idsOf(found: readonly { readonly id: string }[]): string[] {
  return [...new Set(found.map(({ id }) => id))];
}
