/**
 * Builders that can sleep until launchd's socket is connected to: cpick/nix-rosetta-builder (Lima) and
 * quinneden/virby-nix-darwin (vfkit, krunkit). Nothing here ever connects to their port while they are on demand.
 */
import { type Builder, type BuilderKind, type BuilderLog, unknownSize } from "../../model/builders/types.ts";
import { type MachineFacts, machinesFile } from "../../model/machine/facts.ts";
import type { LaunchdJob } from "../../model/machine/launchd.ts";
import { type MachineProcess, programName } from "../../model/machine/processes.ts";
import { labelAsks, labelOf } from "./launchd-jobs.ts";
import { machineHost } from "./machine-lines.ts";
import { descends } from "./nixpkgs-vm.ts";
import { sshVmAsks, sshVmBuilder } from "./ssh-vm.ts";
import { type BuilderSystem, nothingFound } from "./system.ts";

interface OnDemandVm {
  readonly kind: BuilderKind;
  readonly job: string;
  readonly alias: string;
  readonly port: number;
  readonly key: string;
  readonly directory: string;
  readonly log: BuilderLog;
  readonly settings: readonly string[];
  /** The user that its VM runs as. */
  readonly user: string;
  /** Programs that are, or hold, the VM, the likeliest first. */
  readonly programs: readonly string[];
}

function onDemandSystem(vm: OnDemandVm): BuilderSystem {
  return {
    asks: (facts) => {
      if (facts.platform !== "darwin") return [];
      const label = labelOf(facts, vm.job);
      if (label === null) return labelAsks(facts, vm.job);
      const { alias, key, directory } = vm;
      return [
        ...labelAsks(facts, vm.job),
        ...sshVmAsks(facts, { label, alias, defaultKey: key, directory: null, machine: null }),
        { request: `stat ${directory}`, everySeconds: 60 },
      ];
    },
    find: (facts, machines) => {
      const label = labelOf(facts, vm.job);
      if (facts.platform !== "darwin" || label === null) return nothingFound;
      const job = facts.service(label);
      // Found a moment ago, and not asked about yet.
      if (job === undefined) return nothingFound;
      const machine = machines.find((each) => machineHost(each) === vm.alias) ?? null;
      const builder: Builder = sshVmBuilder(facts, {
        kind: vm.kind,
        name: vm.alias,
        label,
        alias: vm.alias,
        defaultPort: vm.port,
        defaultKey: vm.key,
        directory: null,
        machine,
        systems: [facts.localSystem.replace("darwin", "linux")],
        process: processOf(facts, vm, job),
        size: unknownSize,
        onDemand: (job?.sockets.length ?? 0) > 0,
        log: job?.stderrPath ? { kind: "file", path: job.stderrPath } : vm.log,
        settings: [machinesFile, ...vm.settings],
      });
      return { builders: [builder], claimed: machine ? [machine] : [] };
    },
  };
}

function processOf(facts: MachineFacts, vm: OnDemandVm, job: LaunchdJob | null): MachineProcess | null {
  for (const program of vm.programs) {
    const found = facts.processes.find(
      ({ args, user, pid }) =>
        programName(args) === program &&
        (user.startsWith(vm.user.slice(0, 8)) || (job?.pid != null && descends(facts, pid, job.pid))),
    );
    if (found) return found;
  }
  return null;
}

export const rosettaBuilder = onDemandSystem({
  kind: "rosetta-builder",
  job: "rosetta-builderd",
  alias: "rosetta-builder",
  port: 31122,
  key: "/var/lib/rosetta-builder/ssh_user_ed25519_key",
  directory: "/var/lib/rosetta-builder",
  log: { kind: "file", path: "/var/lib/rosetta-builder/.lima/rosetta-builder-vm/ha.stderr.log" },
  settings: ["/etc/ssh/ssh_config.d/100-rosetta-builder.conf"],
  user: "_rosettabuilder",
  programs: ["limactl"],
});

export const virby = onDemandSystem({
  kind: "virby",
  job: "virbyd",
  alias: "virby-vm",
  port: 31222,
  key: "/var/lib/virby/ssh_user_ed25519_key",
  directory: "/var/lib/virby",
  log: { kind: "file", path: "/tmp/virbyd.log" },
  settings: ["/etc/ssh/ssh_config.d/100-virby-vm.conf"],
  user: "_virby",
  programs: ["vfkit", "krunkit", "virby-vm"],
});
