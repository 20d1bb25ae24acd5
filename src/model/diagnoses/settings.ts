/** Settings that work against each other, or are behind the times. */
import type { Builder } from "../builders/types.ts";
import type { MachineFacts } from "../machine/facts.ts";
import type { Machine } from "../machine/machines.ts";
import { jobOf, lineEvidence, of, ofBuilder, quote, restartDaemon } from "./support.ts";
import type { Diagnosis, DiagnosisInput, Finding } from "./types.ts";

export const duplicateBuilders: Diagnosis = {
  id: "duplicate-builders",
  severity: "warning",
  title: "two sources name a builder for one system",
  looksAt: "`external-builders` beside lines of `builders`; lines that lead to the same place",
  find: (input) => [...twiceTheSame(input), ...externalAndLines(input)],
};

function twiceTheSame({ facts }: DiagnosisInput): Finding[] {
  const places = new Map<string, Machine>();
  for (const machine of facts.machines) {
    const place = placeOf(facts, machine);
    const first = place === null ? undefined : places.get(place);
    if (place === null) continue;
    if (!first?.systems.some((system) => machine.systems.includes(system))) {
      places.set(place, machine);
      continue;
    }
    return [
      of(
        machine.host ?? machine.uri,
        [lineEvidence(first), lineEvidence(machine)],
        "Two lines lead to the same machine for the same system: it is given twice the jobs it was meant to have.",
        [{ title: "take the older line out", commands: [] }],
      ),
    ];
  }
  return [];
}

function placeOf(facts: MachineFacts, machine: Machine): string | null {
  if (machine.host === null) return null;
  const config = facts.sshConfig(machine.host);
  return `${config?.hostname ?? machine.host}:${machine.port ?? config?.port ?? 22}`;
}

function externalAndLines({ facts, status }: DiagnosisInput): Finding[] {
  const off = facts.nixConfig?.experimentalFeatures?.includes("external-builders") === false;
  for (const { systems, program } of off ? [] : (facts.nixConfig?.externalBuilders ?? [])) {
    const native = status.builders.find(({ kind }) => kind === "determinate-native");
    if (program.endsWith("/determinate-nixd") && native?.state === "not-granted") continue;
    const machine = facts.machines.find((each) => each.systems.some((system) => systems.includes(system)));
    if (!machine) continue;
    const both = machine.systems.filter((system) => systems.includes(system));
    return [
      of(
        both.join(", "),
        [quote("external-builders", `${program} for ${systems.join(", ")}`), lineEvidence(machine)],
        "Nix has two ways to build for the same system, and which one it takes is not to be foreseen; one of them is usually left over.",
        [
          {
            title: `take out the one that you do not want: the line in ${machine.source.path ?? "builders"}, or external-builders`,
            commands: [],
          },
        ],
      ),
    ];
  }
  return [];
}

export const substitutesOff: Diagnosis = {
  id: "substitutes-off",
  severity: "warning",
  title: "builders get everything from this machine",
  looksAt: "`builders-use-substitutes` where builders are set up",
  find: (input) => {
    const { facts } = input;
    if (facts.nixConfig?.buildersUseSubstitutes !== false || facts.machines.length === 0) return [];
    return [
      of(
        "builders-use-substitutes",
        [quote("builders-use-substitutes", "false"), lineEvidence(facts.machines[0]!)],
        "This machine downloads what a build needs and sends it on, also what the builder could fetch from the cache itself.",
        [
          {
            title:
              "let builders fetch for themselves: in nix.conf (or nix.custom.conf), then restart the daemon",
            commands: ["builders-use-substitutes = true"],
            action: { kind: "set", file: "nix.conf", key: "builders-use-substitutes", value: "true" },
          },
          ...restartDaemon(input),
        ],
      ),
    ];
  },
};

export const builderLegacy: Diagnosis = {
  id: "builder-legacy",
  severity: "info",
  title: "the builder is of an older kind",
  yieldsTo: ["builder-uri-wrong-port"],
  looksAt: "macos-builder on port 22, state in /var/lib/darwin-builder",
  find: ({ facts, status }) =>
    status.builders.flatMap((builder) => {
      const old = ageOf(facts, builder);
      return old === null
        ? []
        : [
            ofBuilder(builder, [quote(builder.name, old.evidence)], old.cause, [
              { title: old.fix, commands: old.commands },
            ]),
          ];
    }),
};

function ageOf(facts: MachineFacts, builder: Builder) {
  if (builder.kind === "macos-builder")
    return {
      evidence: builder.uri ?? "QEMU forwards port 22",
      cause: "macos-builder of 2022 is superseded by nixpkgs' darwin.linux-builder, and nobody maintains it.",
      fix: "move to its successor",
      commands: ["nix run nixpkgs#darwin.linux-builder"],
    };
  const directory = jobOf(facts, builder)?.workingDirectory ?? null;
  if (builder.kind === "linux-builder" && directory === "/var/lib/darwin-builder")
    return {
      evidence: `working directory = ${directory}`,
      cause:
        "Since April 2025 nix-darwin keeps its state in /var/lib/linux-builder; this one is of an older nix-darwin.",
      fix: "update nix-darwin and rebuild: the activation moves the directory",
      commands: ["nix flake update nix-darwin", "sudo darwin-rebuild switch"],
    };
  return null;
}
