/**
 * Options of nix-darwin (modules/nix/linux-builder.nix, modules/nix/default.nix) and of Determinate's module for it, where
 * the user's flake or configuration.nix sets them to a plain value.
 */
import { determinateOptions } from "./determinate-settings.ts";
import { coresSetting, maxJobs, useSubstitutes } from "./nix-conf-settings.ts";
import { parseCount } from "./parse-count.ts";
import { mebibyte } from "./parse-size.ts";
import { accepted, noRange, refusedValue, type Setting } from "./setting.ts";
import { diskRange, judgeDisk, judgeMemory, memoryRange } from "./size-bounds.ts";
import { judgeCount, judgeCpus, judgeSwitch } from "./value-kinds.ts";

type Plain = Omit<Setting, "id" | "place" | "restart"> & { readonly path: readonly string[] };

const common = { choices: [], unit: "", hint: null, range: noRange } as const;
const guest = ["config", "virtualisation"];
const onOff = { ...common, kind: "switch", choices: ["true", "false"], default: "false" } as const;

/** `directory` is what goes when the builder is switched off. */
function vmBuilder(prefix: readonly string[], builder: string, directory: string): Setting[] {
  const plain: readonly Plain[] = [
    {
      ...onOff,
      path: ["enable"],
      effect: "Whether a virtual machine builds for Linux on this Mac.",
      judge: (input) =>
        judgeSwitch(input, (on) => [
          on ? null : `the next rebuild deletes ${directory}: the builder's disk and its keys`,
        ]),
    },
    {
      ...onOff,
      path: ["ephemeral"],
      effect: "Whether the builder begins with an empty disk at every start.",
      hint: "with it, a new diskSize counts at the next start",
      judge: (input) =>
        judgeSwitch(input, (on) => [on ? "all that the builder has stored goes at its next start" : null]),
    },
    {
      ...common,
      path: ["maxJobs"],
      kind: "count",
      unit: "jobs",
      default: "as many as the builder has cores",
      effect: "How many builds the builder gets at once.",
      range: () => ({ least: 1, most: 1024 }),
      judge: (input, host) => judgeCount(input, host, 1, "jobs"),
    },
    {
      ...common,
      path: ["speedFactor"],
      kind: "count",
      default: "1",
      effect: "How fast it is beside other builders: the faster one is chosen first.",
      range: () => ({ least: 1, most: 1024 }),
      judge: (input) => {
        const factor = parseCount(input, 1);
        if (!factor.ok) return refusedValue(factor.reason);
        return factor.count < 1 || factor.count > 1024
          ? refusedValue("a speed factor is from 1 to 1024; write 1, or 2 for twice as fast")
          : accepted(factor.count, String(factor.count));
      },
    },
    {
      ...common,
      path: [...guest, "cores"],
      kind: "count",
      unit: "cores",
      default: "1",
      effect: "How many cores the builder has.",
      range: ({ cores }) => ({ least: 1, most: cores }),
      judge: (input, host) => judgeCpus(input, host, false),
    },
    {
      ...common,
      path: [...guest, "darwin-builder", "memorySize"],
      kind: "size",
      unit: "MiB",
      default: "3 GiB",
      effect: "The memory of the builder.",
      range: memoryRange,
      judge: (input, host) => judgeMemory(input, host, { unit: "MiB", step: mebibyte }),
    },
    {
      ...common,
      path: [...guest, "darwin-builder", "diskSize"],
      kind: "size",
      unit: "MiB",
      default: "20 GiB",
      effect: "The disk of the builder, as large as it may grow.",
      hint: "diskSize counts only when the image is made",
      range: diskRange,
      judge: judgeDisk,
    },
  ];
  return plain.map(({ path, ...rest }) => ({
    ...rest,
    id: [...prefix, ...path].join("."),
    place: { format: "nix-code", option: [...prefix, ...path] },
    restart: { what: "rebuild", builder },
  }));
}

/** What goes into nix.conf, from the module that writes it. */
function ofNixConf(prefix: readonly string[]): Setting[] {
  return [maxJobs, coresSetting, useSubstitutes].map((each) => ({
    ...each,
    id: [...prefix, each.id].join("."),
    place: { format: "nix-code", option: [...prefix, each.id] },
    restart: { what: "rebuild", builder: null },
  }));
}

export const nixOptions: readonly Setting[] = [
  ...vmBuilder(["nix", "linux-builder"], "linux-builder", "/var/lib/linux-builder"),
  ...vmBuilder(
    ["determinateNix", "nixosVmBasedLinuxBuilder"],
    "nixos-vm-based-linux-builder",
    "/var/lib/nixos-vm-based-linux-builder",
  ),
  ...determinateOptions,
  ...ofNixConf(["nix", "settings"]),
  ...ofNixConf(["determinateNix", "customSettings"]),
];
