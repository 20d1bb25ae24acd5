/** Which Nix a machine has, and whether its daemon runs. */
import type { MachineFacts } from "../../model/machine/facts.ts";
import { explainLaunchdExit } from "../../model/machine/launchd.ts";
import { programName } from "../../model/machine/processes.ts";
import type { NixOfMachine } from "../../model/machine/status.ts";
import { daemonLabels, daemonUnits } from "./base-asks.ts";

export function nixOfMachine(facts: MachineFacts): NixOfMachine {
  const version = facts.nixVersion;
  const determinate = facts.determinateVersion !== null;
  return {
    flavour:
      version?.flavour === "nix" && determinate
        ? "determinate"
        : (version?.flavour ?? (determinate ? "determinate" : "none")),
    version: version?.version ?? null,
    name: version?.name ?? null,
    ...(facts.platform === "darwin" ? launchdDaemon(facts) : systemdDaemon(facts)),
  };
}

type Daemon = Pick<NixOfMachine, "daemon" | "service">;

function launchdDaemon(facts: MachineFacts): Daemon {
  const jobs = daemonLabels.map((label) => ({ label, job: facts.service(label) }));
  const found = jobs.find(({ job }) => job?.pid != null) ?? jobs.find(({ job }) => job);
  const name = found?.label ?? daemonLabels.find((label) => facts.launchDaemons.includes(label)) ?? null;
  const service = name === null ? null : ({ kind: "launchd", name } as const);
  if (!found?.job) {
    if (service !== null)
      return { daemon: facts.service(service.name) === undefined ? "unknown" : "stopped", service };
    return { daemon: daemonProcess(facts) ? "running" : "unknown", service };
  }
  // A job that waits behind its sockets answers as soon as somebody asks.
  const waits =
    found.job.sockets.length > 0 &&
    found.job.state !== "spawn scheduled" &&
    explainLaunchdExit(found.job) === null;
  const offline = facts.determinateVersion?.daemon === "offline";
  return { daemon: (found.job.pid !== null || waits) && !offline ? "running" : "stopped", service };
}

function systemdDaemon(facts: MachineFacts): Daemon {
  const units = daemonUnits.map((name) => facts.unit(name)).filter((unit) => unit !== undefined);
  const loaded = units.filter(({ loadState }) => loadState === "loaded");
  const service = loaded.length > 0 ? ({ kind: "systemd", name: daemonUnits[0] } as const) : null;
  if (loaded.some(({ activeState }) => activeState === "active") || daemonProcess(facts))
    return { daemon: "running", service };
  return { daemon: loaded.length > 0 ? "stopped" : "unknown", service };
}

function daemonProcess(facts: MachineFacts): boolean {
  return facts.processes.some(
    ({ args }) => programName(args) === "nix-daemon" || /^\S*\/(nix|determinate-nixd) daemon\b/.test(args),
  );
}
