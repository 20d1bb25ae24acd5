/** Every builder system, in the order in which they claim the lines of `builders`. */
import type { Builder } from "../../model/builders/types.ts";
import type { MachineFacts } from "../../model/machine/facts.ts";
import type { Machine } from "../../model/machine/machines.ts";
import { container } from "./container.ts";
import { darwinBuilder } from "./darwin-builder.ts";
import { determinateNative } from "./determinate-native.ts";
import { determinateVmBuilder } from "./determinate-vm-builder.ts";
import { externalBuilder } from "./external-builder.ts";
import { linuxBuilder } from "./linux-builder.ts";
import { manualVm } from "./manual-vm.ts";
import { rosettaBuilder, virby } from "./on-demand-vm.ts";
import { remote } from "./remote.ts";
import type { Ask, BuilderSystem } from "./system.ts";

const systems: readonly BuilderSystem[] = [
  determinateNative,
  externalBuilder,
  determinateVmBuilder,
  darwinBuilder,
  linuxBuilder,
  rosettaBuilder,
  virby,
  container,
  manualVm,
  remote,
];

/** More than anyone has; a machines file may hold anything. */
const mostBuilders = 200;

export function builderAsks(facts: MachineFacts): Ask[] {
  return systems.flatMap((system) => system.asks(facts));
}

export function findBuilders(facts: MachineFacts): Builder[] {
  const builders: Builder[] = [];
  let machines: readonly Machine[] = facts.machines;
  for (const system of systems) {
    const found = system.find(facts, machines);
    builders.push(...found.builders);
    machines = machines.filter((machine) => !found.claimed.includes(machine));
  }
  return builders.slice(0, mostBuilders);
}
