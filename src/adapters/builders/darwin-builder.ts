/** A launchd job written by hand that starts nixpkgs' VM (`launchd.daemons.darwin-builder`, older nixpkgs manuals). */
import { loopback } from "../../model/machine/loopback.ts";
import { launchdVm } from "./launchd-vm.ts";
import { machineHost } from "./machine-lines.ts";
import { builderPort, nixpkgsVmLine } from "./nixpkgs-vm.ts";

const job = "darwin-builder";
const alias = "linux-builder";

export const darwinBuilder = launchdVm({
  job,
  alias,
  usualDirectory: "/var/lib/darwin-builder",
  kind: () => "darwin-builder",
  lineOf: (facts, machines, port) =>
    nixpkgsVmLine(facts, machines, job, port) ??
    nixpkgsVmLine(facts, machines, alias, builderPort) ??
    // A line with a port that is wrong, or none: what else on this machine could be meant?
    machines.find((each) => loopback.has(machineHost(each))) ??
    null,
  log: (service) => ({
    kind: "file",
    path: service?.stderrPath ?? service?.stdoutPath ?? "/var/log/darwin-builder.log",
  }),
  settings: [],
});
