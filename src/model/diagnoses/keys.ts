/** The private key that the daemon logs in to a builder with. */
import type { Builder } from "../builders/types.ts";
import type { MachineFacts } from "../machine/facts.ts";
import { parseStat } from "../machine/stat.ts";
import { vzMachines } from "../machine/vm-processes.ts";
import {
  fromFailures,
  isNixpkgsVm,
  jobOf,
  lineOf,
  lookOf,
  of,
  ofBuilder,
  quote,
  rarely,
  restartBuilder,
  sshEvidence,
  vzPackageInstead,
} from "./support.ts";
import type { Diagnosis, DiagnosisInput, Evidence, Finding, Fix } from "./types.ts";

const usualKey = "/etc/nix/builder_ed25519";

/** As the builder's line or ssh's settings name it; `null`: ssh finds one itself. */
function keyOf(facts: MachineFacts, builder: Builder): string | null {
  const machine = lineOf(facts, builder);
  if (machine?.sshKey) return machine.sshKey;
  const named = facts
    .sshConfig(machine?.host ?? builder.name)
    ?.identityFiles.find((path) => path.startsWith("/"));
  return named ?? (isNixpkgsVm(builder) ? usualKey : null);
}

function refusedRoot(facts: MachineFacts, builder: Builder): boolean {
  const look = lookOf(facts, builder);
  if (look?.kind !== "trouble" || !look.asRoot || look.trouble.kind !== "login") return false;
  return !/too many/i.test([look.trouble.message, ...look.trouble.details].join(" "));
}

/** Owner and mode as ssh judges them: a key of its own user that others may read is not used (`sshkey_perm_ok`). */
function badPermissions(facts: MachineFacts, path: string, refused: boolean): string | null {
  const file = facts.stat(path);
  if (!file) return null;
  const said = `owner ${file.owner}, mode ${file.mode.toString(8).padStart(4, "0")}`;
  if ((file.mode & 0o077) !== 0) return said;
  // Another's key is read by root's ssh all the same; in /etc/nix nobody but root should have one.
  return file.owner !== "root" && (refused || path.startsWith("/etc/nix/")) ? said : null;
}

export const builderKeyPermissions: Diagnosis = {
  id: "builder-key-permissions",
  severity: "error",
  title: "the builder's key belongs to, or may be read by, the wrong one",
  looksAt: "owner and mode of the key that the builder's line names",
  find: (input) => {
    const { facts, status } = input;
    const cause =
      "The daemon's ssh runs as root and uses the key only if it is root's and nobody else may read it. Membership of nixbld does not help.";
    const found = status.builders.flatMap((builder): Finding[] => {
      const path = keyOf(facts, builder);
      const bad = path === null ? null : badPermissions(facts, path, refusedRoot(facts, builder));
      if (path === null || bad === null) return [];
      return [
        ofBuilder(builder, [quote(`stat ${path}`, bad), ...sshEvidence(facts, builder)], cause, [
          { title: "give it to root alone", commands: [`sudo chown root ${path}`, `sudo chmod 600 ${path}`] },
        ]),
      ];
    });
    return [...found, ...fromFailures(input, "builder-key-permissions", cause, [])];
  },
};

export const builderKeyMismatch: Diagnosis = {
  id: "builder-key-mismatch",
  severity: "error",
  title: "the daemon's key does not open the builder",
  looksAt: "whether the key is there, its public half against the builder's own, a login with it as root",
  yieldsTo: ["builder-key-permissions", "too-many-agent-keys"],
  find: (input) => {
    const { facts, status } = input;
    const found = status.builders.flatMap((builder): Finding[] => {
      if (builder.state !== "unreachable") return [];
      const path = keyOf(facts, builder);
      const fixes = keyFixes(facts, builder, path);
      if (path !== null && facts.stat(path) === null) {
        const cause = "The key that the daemon should log in with is not there.";
        return [ofBuilder(builder, [quote(`stat ${path}`, "no such file")], cause, fixes)];
      }
      const other = otherPublicKey(facts, builder, path);
      if (other) {
        const cause =
          "Another builder has put its own key in the place of this one's; each start of a builder does that.";
        const shared = oneKeyForBoth(input, builder, path);
        return [
          ofBuilder(builder, [...other, ...sshEvidence(facts, builder)], cause, shared ? [shared] : fixes),
        ];
      }
      if (!refusedRoot(facts, builder)) return [];
      return [
        ofBuilder(
          builder,
          sshEvidence(facts, builder),
          "Its sshd does not accept the daemon's key for that user.",
          fixes,
        ),
      ];
    });
    return [
      ...found,
      ...fromFailures(input, "builder-key-mismatch", "The builder's sshd refused the daemon's key.", []),
    ];
  },
};

function otherPublicKey(facts: MachineFacts, builder: Builder, path: string | null): Evidence[] | null {
  if (path === null || !isNixpkgsVm(builder)) return null;
  const own = ownPublicKey(facts, builder);
  const ours = facts.file(`${path}.pub`);
  if (own === null || ours == null || bare(own.text) === bare(ours)) return null;
  return [quote(`${path}.pub`, bare(ours)), quote(own.path, bare(own.text))];
}

/** Where the other one is still there, a restart would only lock that one out. */
function oneKeyForBoth({ facts, status }: DiagnosisInput, builder: Builder, path: string | null): Fix | null {
  const there = path === null ? null : facts.file(`${path}.pub`);
  const own = ownPublicKey(facts, builder);
  const other = status.builders.find((each) => {
    const key = each === builder || !isNixpkgsVm(each) ? null : ownPublicKey(facts, each);
    return there != null && key !== null && bare(key.text) === bare(there);
  });
  const from = other && ownPublicKey(facts, other);
  if (!other || !from || own === null) return null;
  return {
    title: `let both have the key of ${other.name}: each start of one would put its own there again`,
    commands: [
      `sudo cp -p ${from.path.replace(/\.pub$/, "")} ${from.path} ${own.path.slice(0, own.path.lastIndexOf("/"))}/`,
      ...restartBuilder(builder).commands,
    ],
  };
}

function ownPublicKey(facts: MachineFacts, builder: Builder): { path: string; text: string } | null {
  const directory = jobOf(facts, builder)?.workingDirectory ?? null;
  const path = directory === null ? null : `${directory}/keys/builder_ed25519.pub`;
  const text = path === null ? null : facts.file(path);
  return path === null || text == null ? null : { path, text };
}

/** Without the comment. */
function bare(publicKey: string): string {
  return publicKey.trim().split(/\s+/).slice(0, 2).join(" ");
}

function keyFixes(facts: MachineFacts, builder: Builder, path: string | null): Fix[] {
  if (!isNixpkgsVm(builder))
    return [
      {
        title: "put the public half into authorized_keys of that user on the builder",
        commands: [path === null ? `sudo ssh -v ${builder.name} true` : `sudo cat ${path}.pub`],
      },
    ];
  const directory = jobOf(facts, builder)?.workingDirectory ?? null;
  const copy =
    directory === null || path === null
      ? []
      : [`sudo install -g nixbld -m 600 ${directory}/keys/builder_ed25519 ${path}`];
  return [
    restartBuilder(builder, `restart ${builder.name}: its start puts its own key there`),
    ...(copy.length > 0 ? [{ title: "or copy the key without a restart", commands: copy }] : []),
  ];
}

const storeKeys = "store-keys";

export const keyInStore: Diagnosis = {
  id: "key-in-store",
  severity: "warning",
  title: "the builder's private key can be read in the Nix store",
  looksAt: "/nix/store/…-keys/builder_ed25519, which the start of a nixpkgs builder makes",
  asks: (facts) => (facts.platform === "darwin" && hasNixpkgsVm(facts) ? [rarely(storeKeys, 3600)] : []),
  find: ({ facts, status }) => {
    const files = [...parseStat(facts.answer(storeKeys)?.text ?? "")];
    const readable = files.find(
      ([path, { mode, type }]) =>
        type === "file" && (mode & 0o004) !== 0 && path.endsWith("/builder_ed25519"),
    );
    if (!readable) return [];
    const [path, { mode }] = readable;
    return [
      of(
        "builder_ed25519",
        [
          quote(
            `stat ${path}`,
            `mode ${mode.toString(8).padStart(4, "0")}: everybody on this Mac may read it`,
          ),
        ],
        "The start of the builder copies its keys into the Nix store to hand them to the VM. Whoever may read the store can log in to the builder with it.",
        [
          ...vzPackageInstead(
            facts,
            status.builders.find(isNixpkgsVm) ?? null,
            "use the vz package, which shares the directory of the keys instead",
          ),
          {
            title: "or keep others off: no network access to its port, no foreign users on this Mac",
            commands: [],
          },
        ],
      ),
    ];
  },
};

function hasNixpkgsVm(facts: MachineFacts): boolean {
  return (
    facts.qemuMachines.length > 0 ||
    vzMachines(facts.processes).some(({ kind }) => kind === "vzvm") ||
    facts.launchDaemons.some((label) => /(?:linux|darwin)-builder$/.test(label))
  );
}
