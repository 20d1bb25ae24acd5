/**
 * nixpkgs' VM without a job: `nix run nixpkgs#darwin.linux-builder` in a terminal, and its ancestor
 * Gabriella439/macos-builder, which forwards port 22.
 */

import { type Builder, unknownSize } from "../../model/builders/types.ts";
import { isAskable } from "../../model/hosts/collector-requests.ts";
import { type MachineFacts, machinesFile } from "../../model/machine/facts.ts";
import { loopback } from "../../model/machine/loopback.ts";
import { isNixpkgsBuilderKey, type Machine } from "../../model/machine/machines.ts";
import type { MachineProcess } from "../../model/machine/processes.ts";
import { leadsHere, machineHost, machinePort } from "./machine-lines.ts";
import { builderKey, builderPort, forwardedPort, nixpkgsVmAsks, nixpkgsVmOf } from "./nixpkgs-vm.ts";
import { sshVmAsks, sshVmBuilder } from "./ssh-vm.ts";
import type { BuilderSystem } from "./system.ts";

const alias = "linux-builder";

export const manualVm: BuilderSystem = {
  asks: (facts) => {
    if (facts.platform !== "darwin") return [];
    const directories = loose(facts).map(({ directory }) => directory);
    return [
      ...directories.flatMap((directory) =>
        directory && isAskable(directory) ? nixpkgsVmAsks(directory) : [],
      ),
      ...sshVmAsks(facts, { label: null, alias, defaultKey: builderKey, directory: null, machine: null }),
    ];
  },
  find: (facts, machines) => {
    if (facts.platform !== "darwin") return { builders: [], claimed: [] };
    const builders: Builder[] = [];
    const claimed: Machine[] = [];
    const left = () => machines.filter((machine) => !claimed.includes(machine));
    const vms = loose(facts);
    for (const { process, directory, port } of vms) {
      const machine =
        left().find((each) => lineTo(facts, each, port)) ??
        // A line with a port that is wrong, or none: if there is one such VM, it is meant.
        (vms.length === 1 ? left().find((each) => loopback.has(machineHost(each))) : undefined) ??
        null;
      if (machine) claimed.push(machine);
      builders.push(builderOf(facts, machine, process, directory, port));
    }
    // Lines that lead to such a VM while none runs.
    for (const machine of left().filter((each) => isSuchLine(facts, each))) {
      claimed.push(machine);
      builders.push(builderOf(facts, machine, null, null, machinePort(facts, machine)));
    }
    return { builders, claimed };
  },
};

interface LooseVm {
  readonly process: MachineProcess;
  readonly directory: string | null;
  readonly port: number;
}

/** VMs of nixpkgs that no launchd job started. */
function loose(facts: MachineFacts): LooseVm[] {
  const found: LooseVm[] = [];
  for (const vm of facts.qemuMachines) {
    const process = facts.processes.find(({ pid }) => pid === vm.pid);
    const port = forwardedPort(facts, process ?? null);
    if (!process || port === null || vm.name !== "nixos" || startedByJob(facts, process)) continue;
    const disk = vm.disks.find((path) => path.startsWith("/") && path.endsWith(".qcow2"));
    found.push({ process, port, directory: disk ? disk.slice(0, disk.lastIndexOf("/")) : null });
  }
  return found;
}

/** Any job of the machine that we know of is among its ancestors. */
function startedByJob(facts: MachineFacts, { pid }: MachineProcess): boolean {
  let at: number | undefined = pid;
  for (let step = 0; step < 10 && at !== undefined && at > 1; step++) {
    for (const label of facts.launchDaemons) if (facts.service(label)?.pid === at) return true;
    at = facts.processes.find((process) => process.pid === at)?.parent;
  }
  return false;
}

function lineTo(facts: MachineFacts, machine: Machine, port: number): boolean {
  return leadsHere(facts, machine) && machinePort(facts, machine) === port;
}

/** Leads to the builder's alias or its port on this machine, or vouches for the host key that all these VMs share. */
function isSuchLine(facts: MachineFacts, machine: Machine): boolean {
  if (machineHost(machine) === alias) return true;
  if (!leadsHere(facts, machine)) return false;
  const shared = machine.publicHostKey !== null && isNixpkgsBuilderKey(machine.publicHostKey);
  return shared || machinePort(facts, machine) === builderPort || isLegacyLine(facts, machine);
}

/** macos-builder's line: this machine's own port 22, with a key of Nix. */
function isLegacyLine(facts: MachineFacts, machine: Machine): boolean {
  const key = machine.sshKey ?? "";
  return machinePort(facts, machine) === 22 && /\/(nixbld|builder)_ed25519$/.test(key);
}

function builderOf(
  facts: MachineFacts,
  machine: Machine | null,
  process: MachineProcess | null,
  directory: string | null,
  port: number,
): Builder {
  const legacy = port === 22;
  return sshVmBuilder(facts, {
    kind: legacy ? "macos-builder" : "linux-builder-manual",
    name: legacy ? "macos-builder" : alias,
    label: null,
    alias: machine ? machineHost(machine) : legacy ? "localhost" : alias,
    defaultPort: port,
    defaultKey: builderKey,
    directory,
    machine,
    systems: [facts.localSystem.replace("darwin", "linux")],
    process,
    forwardedPort: forwardedPort(facts, process),
    size: process ? nixpkgsVmOf(facts, null, directory).size : unknownSize,
    onDemand: false,
    log: { kind: "none", why: "it writes to the terminal it was started in" },
    settings: [machinesFile],
  });
}
