/** Any other machine of `/etc/nix/machines` or `builders =`: a Mac mini, a Linux box, a cloud machine. */

import type { GuestLook } from "../../model/builders/guest.ts";
import { type Builder, type GuestTarget, unknownSize, type Verdict } from "../../model/builders/types.ts";
import { isAskable } from "../../model/hosts/collector-requests.ts";
import { type MachineFacts, machinesFile } from "../../model/machine/facts.ts";
import type { Machine } from "../../model/machine/machines.ts";
import { cleanText } from "../../model/text/clean.ts";
import {
  featuresOf,
  hostKeyOf,
  jobsOf,
  lastUsedOf,
  lineProblem,
  machineHost,
  machinePort,
  shownUri,
} from "./machine-lines.ts";
import { type Ask, type BuilderSystem, rarely } from "./system.ts";

export const remote: BuilderSystem = {
  asks: (facts) => facts.machines.filter(reachedBySsh).flatMap((machine) => remoteAsks(machine)),
  find: (facts, machines) => {
    const claimed = machines.filter(reachedBySsh);
    return { builders: claimed.map((machine) => remoteBuilder(facts, machine)), claimed };
  },
};

function reachedBySsh({ scheme }: Machine): boolean {
  return scheme === "ssh" || scheme === "ssh-ng";
}

function remoteAsks(machine: Machine): Ask[] {
  const host = machineHost(machine);
  const asks: Ask[] = [];
  if (isAskable(host)) asks.push(rarely(`ssh-config ${host}`, 60));
  if (machine.sshKey !== null && isAskable(machine.sshKey)) asks.push(rarely(`stat ${machine.sshKey}`, 20));
  return asks;
}

/** `mini` of `ssh-ng://builder@mini.local:2222`: its host as the line has it. */
export function remoteBuilder(facts: MachineFacts, machine: Machine): Builder {
  const host = machineHost(machine);
  const guest = remoteGuest(facts, machine);
  const look = facts.guest(guest);
  const used = jobsOf(facts, machine);
  const inside = look?.kind === "answers" ? look : null;
  const port = machinePort(facts, machine);
  return {
    key: `remote ${shownUri(machine)}`,
    kind: "remote",
    name: cleanText(host),
    ...(lineVerdict(machine) ??
      storeVerdict(facts, machine) ??
      remoteVerdict(look, missingKey(facts, machine), used, port)),
    uri: shownUri(machine),
    systems: machine.systems,
    features: featuresOf(machine),
    jobs: { used, max: machine.maxJobs },
    lastUsedAt: lastUsedOf(facts, machine),
    uptimeSeconds: inside?.gauges.uptimeSeconds ?? null,
    version: facts.stores.get(shownUri(machine))?.version ?? inside?.version ?? null,
    size: {
      ...unknownSize,
      memoryBytes: inside?.gauges.memory?.totalBytes ?? null,
      cores: inside?.gauges.cores ?? null,
    },
    gauges: inside?.gauges ?? null,
    limitedBy: inside ? null : remoteLimit(look),
    answerMs: inside?.answerMs ?? null,
    settings: [machinesFile],
    log: { kind: "journal", unit: "nix-daemon.service" },
    control: { kind: "none", why: `it is a machine of its own: buildtop ${cleanText(host)} shows it` },
    guest,
  };
}

/** Its sshd lets us in, but Nix does not get through: no nix-daemon on its PATH, no daemon, no trust in the command. */
export function storeVerdict(facts: MachineFacts, machine: Machine): Verdict | null {
  const problem = facts.stores.get(shownUri(machine))?.problem;
  return problem == null
    ? null
    : { state: "unreachable", why: `its sshd lets us in, but Nix does not get through: ${problem}` };
}

function remoteGuest(facts: MachineFacts, machine: Machine): GuestTarget | null {
  const host = machineHost(machine);
  if (host === "" || lineProblem(machine) !== null || missingKey(facts, machine) !== null) return null;
  const { user, port, sshKey } = machine;
  const address = facts.sshConfig(host)?.hostname ?? host;
  const addressPort = machinePort(facts, machine);
  return { host, user, port, address, addressPort, identityFile: sshKey, hostKey: hostKeyOf(machine) };
}

function lineVerdict(machine: Machine): Verdict | null {
  const why = lineProblem(machine);
  return why === null ? null : { state: "unreachable", why };
}

/** The path of its key if that is not there. */
export function missingKey(facts: MachineFacts, machine: Machine): string | null {
  const path = machine.sshKey;
  return path !== null && facts.stat(path) === null ? path : null;
}

/** What the last login says of a machine that nothing else is known of. */
function remoteVerdict(
  look: GuestLook | undefined,
  keyMissing: string | null,
  used: number,
  port: number,
): Verdict {
  const building = `${used} ${used === 1 ? "build runs" : "builds run"} on it`;
  if (keyMissing !== null)
    return {
      state: "unreachable",
      why: `the key ${cleanText(keyMissing)} is missing: the daemon cannot log in`,
    };
  if (look === undefined || look.kind === "trying")
    return used > 0 ? { state: "building", why: building } : { state: "unknown", why: "not looked at yet" };
  if (look.kind === "answers")
    return used > 0
      ? { state: "building", why: building }
      : { state: "healthy", why: `answers over ssh (port ${port})` };
  const { trouble, asRoot } = look;
  if (trouble.kind === "login" && !asRoot)
    return used > 0
      ? { state: "building", why: building }
      : { state: "healthy", why: `sshd answers on port ${port}; logging in takes root and was not tried` };
  if (trouble.kind === "not-ssh") return { state: "wedged", why: trouble.message };
  return { state: "unreachable", why: trouble.message };
}

function remoteLimit(look: GuestLook | undefined): string | null {
  if (look?.kind !== "trouble") return null;
  if (look.trouble.kind === "login" && !look.asRoot)
    return "no login as you; after sudo -v in this terminal, or with a NOPASSWD rule over there, we use root's key";
  return "no login";
}
