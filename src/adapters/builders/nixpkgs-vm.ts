/**
 * The VM of nixpkgs' builder packages, whoever starts it: `darwin.linux-builder` under QEMU and `linux-builder-vz` under
 * vzvm (nixpkgs `nixos/modules/profiles/nix-builder-vm.nix`, `nix-builder-vz-vm.nix`).
 */

import { type BuilderLog, type BuilderSize, unknownSize } from "../../model/builders/types.ts";
import { isAskable } from "../../model/hosts/collector-requests.ts";
import type { MachineFacts } from "../../model/machine/facts.ts";
import type { LaunchdJob } from "../../model/machine/launchd.ts";
import { isNixpkgsBuilderKey, type Machine } from "../../model/machine/machines.ts";
import { type MachineProcess, programName } from "../../model/machine/processes.ts";
import { parseVzvmConfig } from "../../model/machine/vzvm.ts";
import { leadsHere, machineHost, machinePort } from "./machine-lines.ts";
import { type Ask, rarely } from "./system.ts";

export const builderPort = 31022;
export const builderKey = "/etc/nix/builder_ed25519";

export interface NixpkgsVm {
  readonly process: MachineProcess | null;
  readonly backend: "qemu" | "vz" | null;
  readonly size: BuilderSize;
}

/** What tells about a VM whose state lies in `directory`. */
export function nixpkgsVmAsks(directory: string): Ask[] {
  if (!isAskable(directory)) return [];
  const disk = `${directory}/nixos.qcow2`;
  return [
    rarely(`file ${directory}/vzvm.json`, 60),
    rarely(`head ${disk}`, 60),
    rarely(`stat ${disk} ${directory}`, 20),
  ];
}

/** The VM that a job started, or whose disk lies in its directory. */
export function nixpkgsVmOf(
  facts: MachineFacts,
  job: LaunchdJob | null,
  directory: string | null,
): NixpkgsVm {
  const qemu = facts.qemuMachines.find(
    (vm) =>
      (job?.pid != null && descends(facts, vm.pid, job.pid)) ||
      (directory !== null && vm.disks.some((disk) => disk.startsWith(`${directory}/`))),
  );
  if (qemu) {
    const process = facts.processes.find(({ pid }) => pid === qemu.pid) ?? null;
    const image = qemu.disks.find((disk) => disk.endsWith(".qcow2")) ?? null;
    return {
      process,
      backend: "qemu",
      size: { memoryBytes: qemu.memoryBytes, cores: qemu.cores, ...diskSize(facts, image) },
    };
  }
  const text = directory === null ? null : facts.file(`${directory}/vzvm.json`);
  const config = text == null ? null : parseVzvmConfig(text);
  const process =
    facts.processes.find(
      ({ args, pid }) =>
        programName(args) === "vzvm" &&
        ((directory !== null && args.includes(`${directory}/vzvm.json`)) ||
          (job?.pid != null && descends(facts, pid, job.pid))),
    ) ?? null;
  const disk = diskSize(facts, directory === null ? null : `${directory}/nixos.qcow2`);
  if (config || process)
    return {
      process,
      backend: "vz",
      size: { memoryBytes: config?.memoryBytes ?? null, cores: config?.cpuCount ?? null, ...disk },
    };
  return { process: null, backend: null, size: { ...unknownSize, ...disk } };
}

/** Virtual size from the head of a qcow2, allocation from the file system: such an image never shrinks by itself. */
function diskSize(
  facts: MachineFacts,
  path: string | null,
): Pick<BuilderSize, "diskBytes" | "diskAllocatedBytes"> {
  if (path === null) return { diskBytes: null, diskAllocatedBytes: null };
  const file = facts.stat(path) ?? null;
  const head = facts.diskImage(path);
  return {
    diskBytes: head?.format === "qcow2" ? head.virtualBytes : (file?.sizeBytes ?? null),
    diskAllocatedBytes: file?.allocatedBytes ?? null,
  };
}

/** Whether a process comes from another, over at most ten generations. */
export function descends(facts: MachineFacts, pid: number, ancestor: number): boolean {
  let at = pid;
  for (let step = 0; step < 10 && at > 1; step++) {
    if (at === ancestor) return true;
    at = facts.processes.find((process) => process.pid === at)?.parent ?? 0;
  }
  return false;
}

/**
 * The line of `builders` that leads to such a VM: by the alias, or to this machine with its port, or with the host key
 * that all VMs of nixpkgs share.
 */
export function nixpkgsVmLine(
  facts: MachineFacts,
  machines: readonly Machine[],
  alias: string,
  port: number | null,
): Machine | null {
  const byAlias = machines.find((machine) => machineHost(machine) === alias);
  if (byAlias) return byAlias;
  const here = machines.filter((machine) => leadsHere(facts, machine));
  return (
    here.find((machine) => port !== null && machinePort(facts, machine) === port) ??
    here.find((machine) => machine.publicHostKey !== null && isNixpkgsBuilderKey(machine.publicHostKey)) ??
    null
  );
}

/** What a VM under QEMU forwards to its sshd. */
export function forwardedPort(facts: MachineFacts, process: MachineProcess | null): number | null {
  const vm = facts.qemuMachines.find(({ pid }) => pid === process?.pid);
  return vm?.forwards.find(({ guestPort }) => guestPort === 22)?.hostPort ?? null;
}

export const vzLog: BuilderLog = { kind: "unified", predicate: 'subsystem == "systems.applicative.vzvm"' };
