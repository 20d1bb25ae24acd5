/**
 * nix-darwin's `nix.linux-builder`: QEMU, or vzvm with `package = pkgs.darwin.linux-builder-vz` (nix-darwin
 * `modules/nix/linux-builder.nix`).
 */
import type { BuilderLog } from "../../model/builders/types.ts";
import { machinesFile } from "../../model/machine/facts.ts";
import { labelAsks, labelOf } from "./launchd-jobs.ts";
import {
  builderKey,
  builderPort,
  forwardedPort,
  nixpkgsVmAsks,
  nixpkgsVmLine,
  nixpkgsVmOf,
  vzLog,
} from "./nixpkgs-vm.ts";
import { sshVmAsks, sshVmBuilder } from "./ssh-vm.ts";
import { type BuilderSystem, nothingFound } from "./system.ts";

const alias = "linux-builder";
/** Before April 2025 it was /var/lib/darwin-builder; activation moves it. */
const usualDirectory = "/var/lib/linux-builder";

export const linuxBuilder: BuilderSystem = {
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
    const vz = vm.backend === "vz";
    const machine = nixpkgsVmLine(facts, machines, alias, forwardedPort(facts, vm.process) ?? builderPort);
    const builder = sshVmBuilder(facts, {
      kind: vz ? "linux-builder-vz" : "linux-builder",
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
      log: logOf(job?.stderrPath ?? job?.stdoutPath ?? null, vz, label),
      settings: [machinesFile, "/etc/ssh/ssh_config.d/100-linux-builder.conf"],
    });
    return { builders: [builder], claimed: machine ? [machine] : [] };
  },
};

/** nix-darwin gives the job no log of its own; some add one by `serviceConfig.StandardErrorPath`. */
function logOf(path: string | null, vz: boolean, label: string): BuilderLog {
  if (path !== null) return { kind: "file", path };
  if (vz) return vzLog;
  return {
    kind: "none",
    why: `nix-darwin gives it no log; sudo launchctl debug system/${label} --stdout --stderr, then restart it, shows the next start`,
  };
}
