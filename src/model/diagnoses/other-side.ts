/** ssh works, and what is on the other side does not. */
import { fromFailures, lineOf, ofBuilder, quote, sshEvidence, sshWords } from "./support.ts";
import type { Diagnosis, Fix } from "./types.ts";

const lacksNix =
  /command not found: nix\b|nix(?:-daemon|-store)?: (?:command )?not found|nix(?:-daemon|-store)?: No such file|Unknown command:? '?nix/;

export const remotePathLacksNix: Diagnosis = {
  id: "remote-path-lacks-nix",
  severity: "error",
  title: "the builder's shell does not find Nix",
  looksAt: "`nix store info` through the builder, and what the shell over there said",
  find: (input) => {
    const { facts, status } = input;
    const cause =
      "A command over ssh gets a short PATH there (on a Mac /usr/bin:/bin:/usr/sbin:/sbin): nix-daemon is not on it.";
    const found = status.builders.flatMap((builder) => {
      if (builder.uri === null || !lacksNix.test(sshWords(facts, builder))) return [];
      const machine = lineOf(facts, builder);
      const uri = machine?.uri ?? builder.uri;
      return [ofBuilder(builder, sshEvidence(facts, builder), cause, pathFixes(uri))];
    });
    return [...found, ...fromFailures(input, "remote-path-lacks-nix", cause, pathFixes("ssh-ng://HOST"))];
  },
};

function pathFixes(uri: string): Fix[] {
  const joined = uri.includes("?") ? "&" : "?";
  return [
    {
      title: "on the builder, let sshd set it, then reload sshd",
      commands: [
        "echo 'SetEnv PATH=/nix/var/nix/profiles/default/bin:/run/current-system/sw/bin:/usr/bin:/bin:/usr/sbin:/sbin' | sudo tee /etc/ssh/sshd_config.d/50-nix-path.conf",
      ],
    },
    {
      title: "or say in its address where the program is",
      commands: [`${uri}${joined}remote-program=/nix/var/nix/profiles/default/bin/nix-daemon`],
    },
  ];
}

export const notTrustedByBuilder: Diagnosis = {
  id: "not-trusted-by-builder",
  severity: "error",
  title: "the builder does not trust the user that logs in",
  looksAt: "`trusted` of `nix store info` through the builder; `lacks a signature by a trusted key`",
  find: (input) => {
    const { facts, status } = input;
    const cause =
      "The daemon over there takes paths without a signature from trusted users only, so what this machine sends it is refused.";
    const fixes = (user: string): Fix[] => [
      {
        title: "on the builder, add the user to trusted-users of its nix.conf, and restart its daemon",
        commands: [`extra-trusted-users = ${user}`],
      },
      {
        title:
          "or sign what is sent: a key of this machine, and its public half in trusted-public-keys there",
        commands: [],
      },
    ];
    const found = status.builders.flatMap((builder) => {
      const check = builder.uri === null ? undefined : facts.stores.get(builder.uri);
      if (check?.trusted !== false) return [];
      const machine = lineOf(facts, builder);
      const user = machine?.user ?? facts.sshConfig(machine?.host ?? "")?.user ?? "USER";
      return [
        ofBuilder(
          builder,
          [quote(`nix store info --store ${builder.uri}`, "trusted: false")],
          cause,
          fixes(user),
        ),
      ];
    });
    return [...found, ...fromFailures(input, "not-trusted-by-builder", cause, fixes("USER"))];
  },
};
