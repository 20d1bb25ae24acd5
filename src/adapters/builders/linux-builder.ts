/**
 * nix-darwin's `nix.linux-builder`: QEMU, or vzvm with `package = pkgs.darwin.linux-builder-vz` (nix-darwin
 * `modules/nix/linux-builder.nix`).
 */
import { launchdVm } from "./launchd-vm.ts";
import { builderPort, nixpkgsVmLine, vzLog } from "./nixpkgs-vm.ts";

const alias = "linux-builder";

export const linuxBuilder = launchdVm({
  job: alias,
  alias,
  // Before April 2025 it was /var/lib/darwin-builder; activation moves it.
  usualDirectory: "/var/lib/linux-builder",
  kind: ({ backend }) => (backend === "vz" ? "linux-builder-vz" : "linux-builder"),
  lineOf: (facts, machines, port) => nixpkgsVmLine(facts, machines, alias, port ?? builderPort),
  // nix-darwin gives the job no log of its own; some add one by `serviceConfig.StandardErrorPath`.
  log: (job, label, { backend }) => {
    const path = job?.stderrPath ?? job?.stdoutPath;
    if (path) return { kind: "file", path };
    if (backend === "vz") return vzLog;
    return {
      kind: "none",
      why: `nix-darwin gives it no log; sudo launchctl debug system/${label} --stdout --stderr, then restart it, shows the next start`,
    };
  },
  settings: ["/etc/ssh/ssh_config.d/100-linux-builder.conf"],
});
