/** Questions to one line of `builders`, the same for every builder system. */

import type { MachineFacts } from "../../model/machine/facts.ts";
import { loopback } from "../../model/machine/loopback.ts";
import type { Machine } from "../../model/machine/machines.ts";
import { currentLoadPrefix } from "../../model/machine/stat.ts";
import { cleanText } from "../../model/text/clean.ts";

/** The host that ssh is given. */
export function machineHost(machine: Machine): string {
  return machine.host ?? "";
}

/** Whether the line leads to this machine itself, directly or through an alias. */
export function leadsHere(facts: MachineFacts, machine: Machine): boolean {
  const host = machineHost(machine);
  if (loopback.has(host)) return true;
  const resolved = facts.sshConfig(host)?.hostname;
  return resolved !== undefined && loopback.has(resolved);
}

/** The port its ssh goes to; 22 where nothing says otherwise. */
export function machinePort(facts: MachineFacts, machine: Machine): number {
  return machine.port ?? facts.sshConfig(machineHost(machine))?.port ?? 22;
}

/** Builds that it runs for this machine now: the ssh processes of Nix's build hook to it. */
export function jobsOf(facts: MachineFacts, machine: Machine): number {
  const host = machineHost(machine);
  const target = machine.user === null ? host : `${machine.user}@${host}`;
  return facts.remoteBuilds.filter((build) => build.target === target || build.target === host).length;
}

/** Seconds since 1970 of the last build that took one of its slots. */
export function lastUsedOf(facts: MachineFacts, machine: Machine): number | null {
  const prefix = currentLoadPrefix(machine.uri);
  let newest: number | null = null;
  for (const { name, slot, modifiedAt } of facts.currentLoad)
    if (slot !== null && name === `${prefix}-${slot}`) newest = Math.max(newest ?? 0, modifiedAt);
  return newest;
}

/** `ssh-ed25519 AAAA…` of field 8, if it holds such a line. */
export function hostKeyOf(machine: Machine): string | null {
  if (machine.publicHostKey === null) return null;
  const line = Buffer.from(machine.publicHostKey, "base64").toString("latin1");
  return line.match(/^[a-z0-9@.-]+ [A-Za-z0-9+/=]{16,4096}/)?.[0] ?? null;
}

/** Supported and mandatory features, each once. */
export function featuresOf(machine: Machine): readonly string[] {
  return [...new Set([...machine.supportedFeatures, ...machine.mandatoryFeatures])];
}

export function shownUri(machine: Machine): string {
  return cleanText(machine.uri);
}

/** Why Nix cannot follow the line at all; `null` if it can. */
export function lineProblem(machine: Machine): string | null {
  return machine.doubledScheme
    ? `${shownUri(machine)} carries two schemes: Nix looks for a host called "ssh"`
    : null;
}

/** What the builder is called: as Nix calls its host, where that says more than "this machine". */
export function nameOf(machine: Machine | null, otherwise: string): string {
  const host = machine ? cleanText(machineHost(machine)) : "";
  return host === "" || loopback.has(host) ? otherwise : host;
}
