/** What the three launchd jobs have in common that start nixpkgs' VM: nix-darwin's, Determinate's, one's own. */
import type { BuilderKind, BuilderLog } from "../../model/builders/types.ts";
import { type MachineFacts, machinesFile } from "../../model/machine/facts.ts";
import type { LaunchdJob } from "../../model/machine/launchd.ts";
import type { Machine } from "../../model/machine/machines.ts";
import { labelAsks, labelOf } from "./launchd-jobs.ts";
import { machineHost } from "./machine-lines.ts";
import {
  builderKey,
  builderPort,
  forwardedPort,
  type NixpkgsVm,
  nixpkgsVmAsks,
  nixpkgsVmOf,
} from "./nixpkgs-vm.ts";
import { sshVmAsks, sshVmBuilder } from "./ssh-vm.ts";
import { type BuilderSystem, nothingFound } from "./system.ts";

interface LaunchdVm {
  /** The end of the job's label. */
  readonly job: string;
  /** What ssh calls it, unless its line says otherwise. */
  readonly alias: string;
  /** Where its state lies, unless the job says otherwise. */
  readonly usualDirectory: string;
  readonly kind: (vm: NixpkgsVm) => BuilderKind;
  /** Its line among those that nobody has claimed yet. `port`: where its process forwards its sshd to, if that is known. */
  readonly lineOf: (facts: MachineFacts, machines: readonly Machine[], port: number | null) => Machine | null;
  readonly log: (job: LaunchdJob | null, label: string, vm: NixpkgsVm) => BuilderLog;
  /** Files beside the machines file that decide about it. */
  readonly settings: readonly string[];
}

export function launchdVm(system: LaunchdVm): BuilderSystem {
  const { job: name, alias, usualDirectory } = system;
  return {
    asks: (facts) => {
      if (facts.platform !== "darwin") return [];
      const label = labelOf(facts, name);
      if (label === null) return labelAsks(facts, name);
      const directory = facts.service(label)?.workingDirectory ?? usualDirectory;
      return [
        ...labelAsks(facts, name),
        ...nixpkgsVmAsks(directory),
        ...sshVmAsks(facts, { label, alias, defaultKey: builderKey, directory, machine: null }),
      ];
    },
    find: (facts, machines) => {
      const label = labelOf(facts, name);
      if (facts.platform !== "darwin" || label === null) return nothingFound;
      const job = facts.service(label);
      // Found a moment ago, and not asked about yet.
      if (job === undefined) return nothingFound;
      const directory = job?.workingDirectory ?? usualDirectory;
      const vm = nixpkgsVmOf(facts, job, directory);
      const port = forwardedPort(facts, vm.process);
      const machine = system.lineOf(facts, machines, port);
      const builder = sshVmBuilder(facts, {
        kind: system.kind(vm),
        name,
        label,
        alias: machine ? machineHost(machine) : alias,
        defaultPort: port ?? builderPort,
        defaultKey: builderKey,
        directory,
        machine,
        systems: [facts.localSystem.replace("darwin", "linux")],
        process: vm.process,
        forwardedPort: port,
        size: vm.size,
        onDemand: false,
        log: system.log(job, label, vm),
        settings: [machinesFile, ...system.settings],
      });
      return { builders: [builder], claimed: machine ? [machine] : [] };
    },
  };
}
