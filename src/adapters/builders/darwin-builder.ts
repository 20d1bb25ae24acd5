/** A launchd job written by hand that starts nixpkgs' VM (`launchd.daemons.darwin-builder`, older nixpkgs manuals). */
import { machinesFile } from "../../model/machine/facts.ts";
import { labelAsks, labelOf } from "./launchd-jobs.ts";
import { loopback, machineHost } from "./machine-lines.ts";
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

const name = "darwin-builder";
const usualDirectory = "/var/lib/darwin-builder";

export const darwinBuilder: BuilderSystem = {
  asks: (facts) => {
    if (facts.platform !== "darwin") return [];
    const label = labelOf(facts, name);
    if (label === null) return labelAsks(facts, name);
    const directory = facts.service(label)?.workingDirectory ?? usualDirectory;
    return [
      ...labelAsks(facts, name),
      ...nixpkgsVmAsks(directory),
      ...sshVmAsks(facts, {
        label,
        alias: "linux-builder",
        defaultKey: builderKey,
        directory,
        machine: null,
      }),
    ];
  },
  find: (facts, machines) => {
    const label = labelOf(facts, name);
    if (facts.platform !== "darwin" || label === null) return nothingFound;
    const job = facts.service(label) ?? null;
    const directory = job?.workingDirectory ?? usualDirectory;
    const vm = nixpkgsVmOf(facts, job, directory);
    const port = forwardedPort(facts, vm.process);
    const machine =
      nixpkgsVmLine(facts, machines, name, port) ??
      nixpkgsVmLine(facts, machines, "linux-builder", builderPort) ??
      // A line with a port that is wrong, or none: what else on this machine could be meant?
      machines.find((each) => loopback.has(machineHost(each))) ??
      null;
    const builder = sshVmBuilder(facts, {
      kind: "darwin-builder",
      name,
      label,
      alias: machine ? machineHost(machine) : "linux-builder",
      defaultPort: port ?? builderPort,
      defaultKey: builderKey,
      directory,
      machine,
      systems: [facts.localSystem.replace("darwin", "linux")],
      process: vm.process,
      forwardedPort: forwardedPort(facts, vm.process),
      size: vm.size,
      onDemand: false,
      log: { kind: "file", path: job?.stderrPath ?? job?.stdoutPath ?? "/var/log/darwin-builder.log" },
      settings: [machinesFile],
    });
    return { builders: [builder], claimed: machine ? [machine] : [] };
  },
};
