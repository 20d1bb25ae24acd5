/** The Determinate module's `determinateNix.nixosVmBasedLinuxBuilder`: nixpkgs' VM under a job of its own. */
import { launchdVm } from "./launchd-vm.ts";
import { builderPort, nixpkgsVmLine } from "./nixpkgs-vm.ts";

const alias = "nixos-vm-based-linux-builder";

export const determinateVmBuilder = launchdVm({
  job: alias,
  alias,
  usualDirectory: "/var/lib/nixos-vm-based-linux-builder",
  kind: () => "determinate-vm-builder",
  lineOf: (facts, machines, port) => nixpkgsVmLine(facts, machines, alias, port ?? builderPort),
  log: (job) => ({
    kind: "file",
    path: job?.stderrPath ?? job?.stdoutPath ?? "/var/log/nixos-based-vm-builder.log",
  }),
  settings: ["/etc/ssh/ssh_config.d/100-linux-builder.conf"],
});
