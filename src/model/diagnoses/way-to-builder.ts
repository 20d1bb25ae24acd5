/** Between Nix and a builder: its line, ssh's settings, the host key, the network. */
import type { Builder } from "../builders/types.ts";
import type { MachineFacts } from "../machine/facts.ts";
import { loopback } from "../machine/loopback.ts";
import { aliases } from "./addresses.ts";
import {
  fromFailures,
  isByHand,
  isCutOff,
  isVm,
  lineEvidence,
  lineOf,
  lookOf,
  ofBuilder,
  quote,
  sshEvidence,
  sshWords,
} from "./support.ts";
import type { Diagnosis, DiagnosisInput, Finding, Fix } from "./types.ts";

function troubleKind(facts: MachineFacts, builder: Builder): string | null {
  const look = lookOf(facts, builder);
  return look?.kind === "trouble" ? look.trouble.kind : null;
}

function each(input: DiagnosisInput, find: (builder: Builder) => Finding | null): Finding[] {
  return input.status.builders.flatMap((builder) => find(builder) ?? []);
}

export const sshConnectionFailed: Diagnosis = {
  id: "ssh-connection-failed",
  severity: "error",
  title: "no ssh connection to the builder",
  looksAt: "a login over ssh as the daemon makes it; `cannot build on 'ssh-ng://…'`",
  yieldsTo: [
    ...[
      "builder-not-running",
      "builder-wedged",
      "vm-hung-after-wake",
      "builder-uri-wrong-port",
      "ssh-alias-missing",
    ],
    ...[
      "builder-uri-invented-syntax",
      "localhost-unresolvable",
      "host-key-unverified",
      "builder-key-mismatch",
    ],
    ...["builder-key-permissions", "too-many-agent-keys", "remote-path-lacks-nix", "launchd-throttled"],
    ...["background-item-disabled"],
  ],
  find: (input) => {
    const { facts } = input;
    const found = each(input, (builder) => {
      const stoppedContainer = builder.kind === "container" && builder.state === "stopped";
      const silent = builder.state === "wedged" && !isVm(builder) && builder.kind !== "container";
      if (builder.uri === null || !(builder.state === "unreachable" || stoppedContainer || silent))
        return null;
      const evidence = sshEvidence(facts, builder);
      if (evidence.length === 0) evidence.push(quote(builder.name, builder.why));
      return ofBuilder(builder, evidence, connectionCause(facts, builder), connectionFixes(builder));
    });
    return [
      ...found,
      ...fromFailures(input, "ssh-connection-failed", "Nix could not log in to the builder over ssh.", [
        {
          title: "see what ssh itself says, as root, as the daemon does",
          commands: ["sudo ssh -v linux-builder true"],
        },
      ]),
    ];
  },
};

function connectionCause(facts: MachineFacts, builder: Builder): string {
  if (builder.kind === "container")
    return "Nothing answers at the port that the container publishes: it does not run.";
  switch (troubleKind(facts, builder)) {
    case "name":
      return "Its name is unknown here: a VPN or a network that knows it may be missing.";
    case "timeout":
      return "Nothing came back from it: it is off, asleep, or another network is in between.";
    case "refused":
      return "Nothing listens at its ssh port, or there is no way to it.";
    case "not-ssh":
      return "Something accepts connections at its port, but does not speak ssh.";
    default:
      return `Nix cannot reach it: ${builder.why}.`;
  }
}

function connectionFixes(builder: Builder): Fix[] {
  const { control, guest, name } = builder;
  if (control.kind === "container")
    return [
      {
        title: `start the container ${control.name}`,
        commands: [`docker start ${control.name}`],
        action: { kind: "builder", verb: "start", builderKey: builder.key },
      },
    ];
  if (builder.kind === "container")
    return [
      { title: `start the container behind ${name} where its engine runs`, commands: ["docker ps -a"] },
    ];
  return [
    {
      title: "see what ssh itself says, as root, as the daemon does",
      commands: [`sudo ssh -v ${guest?.host ?? name} true`],
    },
  ];
}

export const localhostUnresolvable: Diagnosis = {
  id: "localhost-unresolvable",
  severity: "error",
  title: "root cannot resolve localhost",
  looksAt: "what ssh says when it logs in to a VM on this machine",
  find: (input) => {
    const cause = "The name localhost is not resolved for root: a VPN or a DNS filter is in the way.";
    const fix = (host: string): Fix[] => [
      {
        title: `in ssh's settings of ${host}, write the address in place of the name`,
        commands: ["Hostname 127.0.0.1"],
      },
    ];
    const found = each(input, (builder) =>
      isCutOff(builder) && /resolve hostname localhost(?!:?[\w.-])/.test(sshWords(input.facts, builder))
        ? ofBuilder(builder, sshEvidence(input.facts, builder), cause, fix(builder.name))
        : null,
    );
    return [...found, ...fromFailures(input, "localhost-unresolvable", cause, fix("linux-builder"))];
  },
};

export const sshAliasMissing: Diagnosis = {
  id: "ssh-alias-missing",
  severity: "error",
  title: "ssh does not know the builder's name",
  looksAt: "`ssh -G` of each host in `builders`, and what root's ssh says",
  yieldsTo: ["localhost-unresolvable"],
  find: (input) => {
    const { facts } = input;
    const cause =
      "No ssh configuration that root reads says where it is; one in your own ~/.ssh does not count for the daemon.";
    const found = each(input, (builder) => {
      const machine = lineOf(facts, builder);
      const host = machine?.host ?? "";
      if (!machine || host === "" || host.includes(".") || host.includes(":") || loopback.has(host))
        return null;
      const look = lookOf(facts, builder);
      if (look?.kind === "answers") return null;
      const config = facts.sshConfig(host);
      const untold = config !== null && config.hostname === host;
      const unknown =
        troubleKind(facts, builder) === "name" || /Could not resolve hostname/.test(sshWords(facts, builder));
      if (!(untold && aliases.has(host)) && !unknown) return null;
      const known = aliases.get(host);
      return ofBuilder(
        builder,
        [
          lineEvidence(machine),
          ...(untold ? [quote(`ssh -G ${host}`, `hostname ${host}, port ${config.port ?? 22}`)] : []),
          ...sshEvidence(facts, builder),
        ],
        cause,
        [
          {
            title: `write ${known?.file ?? `/etc/ssh/ssh_config.d/100-${host}.conf`} (and keep the Include line of /etc/ssh/ssh_config)`,
            commands: [
              `Host ${host}`,
              `  User ${machine.user ?? "builder"}`,
              known ? "  Hostname localhost" : "  Hostname ITS-ADDRESS",
              `  HostKeyAlias ${host}`,
              `  Port ${known?.port ?? 22}`,
              `  IdentityFile ${machine.sshKey ?? "/etc/nix/builder_ed25519"}`,
            ],
          },
          ...(known && !isByHand(builder)
            ? [
                {
                  title: "or, under nix-darwin, rebuild: it writes that file",
                  commands: ["sudo darwin-rebuild switch"],
                },
              ]
            : []),
        ],
      );
    });
    return [...found, ...fromFailures(input, "ssh-alias-missing", cause, [])];
  },
};

export const hostKeyUnverified: Diagnosis = {
  id: "host-key-unverified",
  severity: "error",
  title: "the builder's host key is not vouched for",
  looksAt: "what ssh says as root, with the host key of the builder's line where it has one",
  find: (input) => {
    const { facts } = input;
    const cause =
      "Root's ssh does not know the key that it shows, or knows another one: the daemon refuses to connect, and so it should.";
    const found = each(input, (builder) => {
      const kind = troubleKind(facts, builder) ?? "";
      const said = /Host key verification failed|HOST IDENTIFICATION HAS CHANGED/.test(
        sshWords(facts, builder),
      );
      if (!kind.startsWith("host-key-") && !said) return null;
      const machine = lineOf(facts, builder);
      const host = machine?.host ?? builder.name;
      const changed = kind === "host-key-changed" || /HAS CHANGED/.test(sshWords(facts, builder));
      const fixes: Fix[] = [];
      if (changed && machine?.publicHostKey == null)
        fixes.push({
          title: "if you know why it changed (a new VM, a new disk), forget the old key",
          commands: [`sudo ssh-keygen -R ${host}`],
        });
      fixes.push(
        {
          title: "compare the key with that of the machine itself, and let root remember it",
          commands: [`sudo ssh ${host} true`],
        },
        {
          title:
            "or put it into the eighth field of its line, in base64; and let HostKeyAlias be the host of the line",
          commands: [`ssh-keyscan -t ed25519 ${host} | sed 's/^[^ ]* //' | base64`],
        },
      );
      return ofBuilder(
        builder,
        [...sshEvidence(facts, builder), ...(machine ? [lineEvidence(machine)] : [])],
        cause,
        fixes,
      );
    });
    return [...found, ...fromFailures(input, "host-key-unverified", cause, [])];
  },
};

export const tooManyAgentKeys: Diagnosis = {
  id: "too-many-agent-keys",
  severity: "error",
  title: "ssh offers the builder too many keys",
  looksAt: "what ssh says when it logs in",
  find: (input) => {
    const cause = "An ssh agent offers its keys before the right one, and the builder's sshd gives up.";
    const fixes: Fix[] = [
      { title: "in ssh's settings of that host, offer only its own key", commands: ["IdentitiesOnly yes"] },
    ];
    const found = each(input, (builder) =>
      /Too many authentication failures|too many keys were offered/.test(sshWords(input.facts, builder))
        ? ofBuilder(builder, sshEvidence(input.facts, builder), cause, fixes)
        : null,
    );
    return [...found, ...fromFailures(input, "too-many-agent-keys", cause, fixes)];
  },
};
