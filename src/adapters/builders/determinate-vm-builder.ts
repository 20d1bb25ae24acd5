/** The Determinate module's `determinateNix.nixosVmBasedLinuxBuilder`: nixpkgs' VM under a job of its own. */
import { machinesFile } from "../../model/machine/facts.ts";
import { labelAsks, labelOf } from "./launchd-jobs.ts";
import {
  builderKey,
  builderPort,
  forwardedPort,
  nixpkgsVmAsks,
  nixpkgsVmLine,
  nixpkgsVmOf,
} from "./nixpkgs-vm.ts";
import { sshVmAsks, sshVmBuilder } from "./ssh-vm.ts";
import { type BuilderSystem, nothingFound } from "./system.ts";

const alias = "nixos-vm-based-linux-builder";
const usualDirectory = "/var/lib/nixos-vm-based-linux-builder";

export const determinateVmBuilder: BuilderSystem = {
  asks: (facts) => {
    if (facts.platform !== "darwin") return [];
    const label = labelOf(facts, alias);
    if (label === null) return labelAsks(facts, alias);
    const directory = facts.service(label)?.workingDirectory ?? usualDirectory;
    return [
      ...labelAsks(facts, alias),
      ...nixpkgsVmAsks(directory),
      ...sshVmAsks(facts, { label, alias, defaultKey: builderKey, directory, machine: null }),
    ];
  },
  find: (facts, machines) => {
    const label = labelOf(facts, alias);
    if (facts.platform !== "darwin" || label === null) return nothingFound;
    const job = facts.service(label) ?? null;
    const directory = job?.workingDirectory ?? usualDirectory;
    const vm = nixpkgsVmOf(facts, job, directory);
    const machine = nixpkgsVmLine(facts, machines, alias, forwardedPort(facts, vm.process) ?? builderPort);
    const builder = sshVmBuilder(facts, {
      kind: "determinate-vm-builder",
      name: alias,
      label,
      alias,
      defaultPort: builderPort,
      defaultKey: builderKey,
      directory,
      machine,
      systems: [facts.localSystem.replace("darwin", "linux")],
      process: vm.process,
      forwardedPort: forwardedPort(facts, vm.process),
      size: vm.size,
      onDemand: false,
      log: {
        kind: "file",
        path: job?.stderrPath ?? job?.stdoutPath ?? "/var/log/nixos-based-vm-builder.log",
      },
      settings: [machinesFile, "/etc/ssh/ssh_config.d/100-linux-builder.conf"],
    });
    return { builders: [builder], claimed: machine ? [machine] : [] };
  },
};
