/** A container with an sshd and Nix in it, published on a port of this machine: Docker, OrbStack, Colima. */
import type { Builder, Verdict } from "../../model/builders/types.ts";
import { containerEngineRuns, isContainerName } from "../../model/machine/container-engines.ts";
import type { Container } from "../../model/machine/containers.ts";
import type { MachineFacts } from "../../model/machine/facts.ts";
import { isNixpkgsBuilderKey, type Machine } from "../../model/machine/machines.ts";
import { leadsHere, machineHost, machinePort, nameOf } from "./machine-lines.ts";
import { builderPort } from "./nixpkgs-vm.ts";
import { missingKey, remoteBuilder } from "./remote.ts";
import { type BuilderSystem, rarely } from "./system.ts";

export const container: BuilderSystem = {
  asks: () => [rarely("containers", 15)],
  find: (facts, machines) => {
    const builders: Builder[] = [];
    const claimed: Machine[] = [];
    for (const machine of machines) {
      const found = facts.containers ? containerOf(facts, facts.containers, machine) : undefined;
      if (!found && !mustBeOne(facts, machine)) continue;
      claimed.push(machine);
      const base = remoteBuilder(facts, machine);
      const name = nameOf(machine, found?.name ?? "container");
      builders.push({
        ...base,
        ...containerVerdict(facts, found, missingKey(facts, machine), base),
        key: `container ${base.uri}`,
        kind: "container",
        name,
        guest: found && found.state !== "running" ? null : base.guest,
        log: found
          ? { kind: "container", name: found.name }
          : { kind: "none", why: "docker does not answer here, so nobody knows which container it is" },
        control: found
          ? { kind: "container", name: found.name }
          : { kind: "none", why: "docker does not answer here: start it where its engine runs" },
      });
    }
    return { builders, claimed };
  },
};

/**
 * docker itself may not answer to us (another user's, not on PATH). A line to a port of this machine that no VM of
 * nixpkgs has, while a container engine runs or somebody named it so, is a container all the same.
 */
function mustBeOne(facts: MachineFacts, machine: Machine): boolean {
  if (!leadsHere(facts, machine)) return false;
  const port = machinePort(facts, machine);
  const shared = machine.publicHostKey !== null && isNixpkgsBuilderKey(machine.publicHostKey);
  const forwarded = facts.qemuMachines.some(({ forwards }) =>
    forwards.some(({ hostPort }) => hostPort === port),
  );
  if (shared || forwarded || port === builderPort || port === 22) return false;
  return isContainerName(machineHost(machine)) || containerEngineRuns(facts.processes);
}

/** The one that publishes the line's port; a stopped one publishes nothing and is known by its name. */
function containerOf(
  facts: MachineFacts,
  containers: readonly Container[],
  machine: Machine,
): Container | undefined {
  if (!leadsHere(facts, machine)) return containers.find(({ name }) => name === machineHost(machine));
  const port = machinePort(facts, machine);
  const publishing = containers.find(({ ports }) => ports.some(({ hostPort }) => hostPort === port));
  if (publishing) return publishing;
  const named = containers.find(({ name }) => name === machineHost(machine));
  if (named) return named;
  if (port === builderPort) return undefined;
  return containers.find(
    ({ name, image, ports }) => ports.length === 0 && /nix|builder/i.test(`${name} ${image}`),
  );
}

function containerVerdict(
  facts: MachineFacts,
  found: Container | undefined,
  keyMissing: string | null,
  base: Builder,
): Verdict {
  const { state, why } = base;
  const look = facts.guest(base.guest);
  const trouble = look?.kind === "trouble" ? look.trouble.kind : null;
  if (found?.state === "restarting")
    return { state: "crash-looping", why: `the container restarts again and again: ${found.status}` };
  if (found?.state === "paused") return { state: "stopped", why: "the container is paused" };
  if (found && found.state !== "running")
    return { state: "stopped", why: `the container does not run: ${found.status}` };
  if (keyMissing !== null || trouble === null) return { state, why };
  // Its engine publishes the port only while the container runs.
  if (!found && trouble === "refused") return { state: "stopped", why: `the container does not run: ${why}` };
  if (!["refused", "timeout", "not-ssh", "lost", "protocol"].includes(trouble)) return { state, why };
  const young = found && /^Up (Less than a second|\d+ seconds?)\b/.test(found.status);
  return young
    ? { state: "booting", why: `the container was just started: ${found.status}` }
    : { state: "wedged", why: `the container runs, but its sshd does not answer: ${why}` };
}
