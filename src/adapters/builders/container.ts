/** A container with an sshd and Nix in it, published on a port of this machine: Docker, OrbStack, Colima. */
import type { Builder, Verdict } from "../../model/builders/types.ts";
import type { Container } from "../../model/machine/containers.ts";
import type { MachineFacts } from "../../model/machine/facts.ts";
import type { Machine } from "../../model/machine/machines.ts";
import { leadsHere, machineHost, machinePort } from "./machine-lines.ts";
import { builderPort } from "./nixpkgs-vm.ts";
import { missingKey, remoteBuilder } from "./remote.ts";
import { type BuilderSystem, nothingFound, rarely } from "./system.ts";

export const container: BuilderSystem = {
  asks: () => [rarely("containers", 15)],
  find: (facts, machines) => {
    const { containers } = facts;
    if (containers === null) return nothingFound;
    const builders: Builder[] = [];
    const claimed: Machine[] = [];
    for (const machine of machines) {
      const found = containerOf(facts, containers, machine);
      if (!found) continue;
      claimed.push(machine);
      const base = remoteBuilder(facts, machine);
      const { state, why } = containerVerdict(found, missingKey(facts, machine), base);
      builders.push({
        ...base,
        key: `container ${found.name}`,
        kind: "container",
        name: found.name,
        state,
        why,
        guest: found.state === "running" ? base.guest : null,
        log: { kind: "container", name: found.name },
        control: { kind: "container", name: found.name },
      });
    }
    return { builders, claimed };
  },
};

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

function containerVerdict(found: Container, keyMissing: string | null, base: Verdict): Verdict {
  if (found.state === "restarting")
    return { state: "crash-looping", why: `the container restarts again and again: ${found.status}` };
  if (found.state === "paused") return { state: "stopped", why: "the container is paused" };
  if (found.state !== "running")
    return { state: "stopped", why: `the container does not run: ${found.status}` };
  if (keyMissing !== null || base.state === "healthy" || base.state === "building") return base;
  const young = /^Up (Less than a second|\d+ seconds?)\b/.test(found.status);
  if (base.state === "unreachable" || base.state === "wedged")
    return young
      ? { state: "booting", why: `the container was just started: ${found.status}` }
      : base.state === "unreachable" && !/connect|refused|answer|timed? ?out|closed|reset/i.test(base.why)
        ? base
        : { state: "wedged", why: `the container runs, but its sshd does not answer: ${base.why}` };
  return base;
}
