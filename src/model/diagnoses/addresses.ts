/** The addresses of builders: what stands in their lines, and where ssh's settings lead. */
/** The addresses of builders: what stands in their lines, and where ssh's settings lead. */

import type { MachineFacts } from "../machine/facts.ts";
import { loopback } from "../machine/loopback.ts";
import type { Machine } from "../machine/machines.ts";
import { isAtLeast, takesPortParameter } from "../nix-conf/nix-version.ts";
import { isCutOff, isVm, lineEvidence, lineOf, of, ofBuilder, quote } from "./support.ts";
import type { Diagnosis, Fix } from "./types.ts";

/** Names that no name server knows, by which the builder modules call their VMs: file and port. */
export const aliases: ReadonlyMap<string, { readonly file: string; readonly port: number }> = new Map([
  ["linux-builder", { file: "/etc/ssh/ssh_config.d/100-linux-builder.conf", port: 31022 }],
  ["nixos-vm-based-linux-builder", { file: "/etc/ssh/ssh_config.d/100-linux-builder.conf", port: 31022 }],
  ["rosetta-builder", { file: "/etc/ssh/ssh_config.d/100-rosetta-builder.conf", port: 31122 }],
  ["virby-vm", { file: "/etc/ssh/ssh_config.d/100-virby-vm.conf", port: 31222 }],
]);

export const builderUriWrongPort: Diagnosis = {
  id: "builder-uri-wrong-port",
  severity: "error",
  title: "the builder's line leads to the wrong port",
  looksAt: "the port of each line of `builders` as ssh resolves it, against the port that the VM forwards",
  yieldsTo: ["ssh-alias-missing", "builder-uri-invented-syntax"],
  find: ({ facts, status }) =>
    status.builders.flatMap((builder) => {
      const machine = lineOf(facts, builder);
      if (!machine) return [];
      if (machine.doubledScheme)
        return [
          ofBuilder(
            builder,
            [lineEvidence(machine)],
            'The host name carries a scheme of its own, so the address has two: Nix looks for a host called "ssh".',
            aliasFix(machine, "write the host without a scheme, by an alias that knows its port"),
          ),
        ];
      const there = portOf(facts, machine);
      const here = loopback.has(facts.sshConfig(machine.host ?? "")?.hostname ?? machine.host ?? "");
      const forwarded = facts.qemuMachines
        .filter(({ name }) => name === "nixos")
        .flatMap(({ forwards }) => forwards.filter(({ guestPort }) => guestPort === 22))
        .map(({ hostPort }) => hostPort);
      if (!here && !aliases.has(machine.host ?? "")) return [];
      if (forwarded.length === 0 || forwarded.includes(there) || builder.kind === "container") return [];
      if (!isVm(builder) && !isCutOff(builder)) return [];
      return [
        ofBuilder(
          builder,
          [lineEvidence(machine), quote("ps", `hostfwd=tcp::${forwarded[0]}-:22`)],
          `Nix goes to port ${there}, but the VM's sshd is on port ${forwarded[0]}.`,
          aliasFix(machine, "name it by an alias that has its port", forwarded[0]),
        ),
      ];
    }),
};

function portOf(facts: MachineFacts, machine: Machine): number {
  return machine.port ?? facts.sshConfig(machine.host ?? "")?.port ?? 22;
}

function aliasFix(machine: Machine, title: string, port = 31022): Fix[] {
  const user = machine.user ?? "builder";
  return [
    {
      title: `${title}: this is /etc/ssh/ssh_config.d/100-linux-builder.conf`,
      commands: [
        "Host linux-builder",
        `  User ${user}`,
        "  Hostname localhost",
        "  HostKeyAlias linux-builder",
        `  Port ${port}`,
        `  IdentityFile ${machine.sshKey ?? "/etc/nix/builder_ed25519"}`,
      ],
    },
    {
      title: `and its line in ${machine.source.path ?? "builders"} begins with`,
      commands: [`ssh-ng://${user}@linux-builder`],
    },
  ];
}

/** Of stores reached by ssh (NixOS/nix `src/libstore/common-ssh-store-config.hh`, `store-api.hh`). */
const knownParams = new Set([
  ...[
    "ssh-key",
    "base64-ssh-public-host-key",
    "compress",
    "remote-store",
    "remote-program",
    "max-connections",
  ],
  ...[
    "max-connection-age",
    "system-features",
    "trusted",
    "want-mass-query",
    "priority",
    "path-info-cache-size",
  ],
  ...["store", "root", "state", "log", "real"],
]);

export const builderUriInventedSyntax: Diagnosis = {
  id: "builder-uri-invented-syntax",
  severity: "error",
  title: "the builder's address has a part that Nix does not know",
  looksAt: "parameters and ports in the addresses of `builders`, against the version of Nix",
  find: ({ facts, status }) =>
    facts.machines.flatMap((machine) => {
      const problem = inventedPart(facts, machine);
      if (problem === null) return [];
      const builder = status.builders.find((each) => lineOf(facts, each) === machine);
      const fixes = aliasFix(
        machine,
        "give ssh the port by an alias, which every version of Nix understands",
        portMeant(machine),
      );
      return [
        builder
          ? ofBuilder(builder, [lineEvidence(machine)], problem, fixes)
          : of(machine.host ?? machine.uri, [lineEvidence(machine)], problem, fixes),
      ];
    }),
};

function inventedPart(facts: MachineFacts, machine: Machine): string | null {
  if (machine.scheme !== "ssh" && machine.scheme !== "ssh-ng") return null;
  const { flavour = "nix", version = null } = facts.nixVersion ?? {};
  for (const name of machine.params.keys()) {
    if (knownParams.has(name)) continue;
    if (name === "port" && takesPortParameter(facts.nixVersion)) continue;
    return `No version of Nix has a parameter "${name}" in a builder's address: it is passed over, and ssh goes to its usual port.`;
  }
  if (machine.port !== null && flavour !== "lix" && version !== null && !isAtLeast(version, 2, 31))
    return `Nix ${version} takes "${machine.host}:${machine.port}" for the name of a host; a port in the address works from Nix 2.31 on.`;
  return null;
}

/** The port that somebody wanted to give. */
function portMeant(machine: Machine): number {
  if (machine.port !== null) return machine.port;
  const written = [...machine.params.values()].map((value) => /(\d{2,5})/.exec(value)?.[1]).find(Boolean);
  return written === undefined ? 31022 : Number(written);
}
