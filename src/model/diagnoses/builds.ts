/** What only a failed build can tell. */
import { diagnosisOfKnown, failureEvidence, fromFailures, of } from "./support.ts";
import type { Diagnosis } from "./types.ts";

export const featuresMissing: Diagnosis = {
  id: "features-missing",
  severity: "error",
  title: "no builder offers the features that a build needs",
  looksAt: "`missing system features`, `required (system, features)` in the words of Nix",
  find: (input) =>
    fromFailures(
      input,
      "features-missing",
      "The derivation names system features, and no machine of its system lists them (nix-darwin's linux-builder lacks nixos-test).",
      [
        {
          title: "if the builder can do it, let it say so, and rebuild",
          commands: [
            'nix.linux-builder.supportedFeatures = [ "kvm" "benchmark" "big-parallel" "nixos-test" ];',
          ],
        },
        {
          title:
            "real kvm needs a Linux machine, or the vz package with nestedVirtualization on an M3 or newer",
          commands: [],
        },
      ],
    ),
};

export const systemNotServed: Diagnosis = {
  id: "system-not-served",
  severity: "error",
  title: "no builder serves the system that a build is for",
  looksAt: "`platform mismatch`, `is required to build … but I am a …` in all their wordings",
  yieldsTo: ["rebuild-never-remote"],
  find: (input) => {
    // The machine's own troubles say why; told with them, not in their place.
    const systems = [...new Set(input.facts.machines.flatMap((machine) => machine.systems))];
    const lines =
      systems.length === 0
        ? "No line of builders serves any system."
        : `The lines of builders serve ${systems.join(", ")}.`;
    return fromFailures(input, "system-not-served", `No builder that answered takes that system. ${lines}`, [
      { title: "see which builder is in trouble, and why", commands: ["buildtop status"] },
      {
        title:
          "for x86_64-linux on Apple silicon use the vz package (by Rosetta), or let the builder emulate it (slow)",
        commands: [
          "nix.linux-builder.package = pkgs.darwin.linux-builder-vz;",
          'nix.linux-builder.config.boot.binfmt.emulatedSystems = [ "x86_64-linux" ];',
        ],
      },
    ]);
  },
};

export const hashMismatch: Diagnosis = {
  id: "hash-mismatch",
  severity: "error",
  title: "what was downloaded is not what was specified",
  looksAt: "`hash mismatch in fixed-output derivation`",
  find: (input) =>
    fromFailures(
      input,
      "hash-mismatch",
      "The source has changed, or the hash was not updated with the version: Nix refuses what is not what it was told.",
      [
        {
          title: 'if you trust the new content, put the hash behind "got:" in the place of the old one',
          commands: [],
        },
      ],
    ),
};

export const buildTimedOut: Diagnosis = {
  id: "build-timed-out",
  severity: "error",
  title: "a build took longer than it may",
  looksAt: "`timed out after N seconds`",
  find: (input) =>
    fromFailures(input, "build-timed-out", "The settings timeout or max-silent-time ended it.", [
      { title: "give it longer", commands: ["nix build --timeout 0 --max-silent-time 0 …"] },
    ]),
};

export const builderBootstrapLoop: Diagnosis = {
  id: "builder-bootstrap-loop",
  severity: "error",
  title: "the builder is needed to build the builder",
  looksAt: "a platform mismatch for a derivation of the builder's own system",
  find: (input) =>
    fromFailures(
      input,
      "builder-bootstrap-loop",
      "With options of its own the builder is in no cache, so a Linux builder is needed to make it, and none runs yet.",
      [
        {
          title:
            "first enable it without options (a cache has that one), rebuild, then add the options and rebuild again",
          commands: ["nix.linux-builder.enable = true;"],
        },
        {
          title: "and let nixpkgs be a revision that the cache has built",
          commands: ["nix flake update nixpkgs"],
        },
      ],
    ),
};

export const rebuildNeverRemote: Diagnosis = {
  id: "rebuild-never-remote",
  severity: "info",
  title: "--rebuild is never given to a builder",
  looksAt: "a platform mismatch in a command with --rebuild or --check",
  find: ({ failures }) => {
    const found = failures.find(
      (failure) =>
        /(?:^|\s)--(?:rebuild|check)(?:\s|$)/.test(failure.command ?? "") &&
        ["system-not-served", "no-usable-builder"].includes(diagnosisOfKnown(failure) ?? ""),
    );
    if (!found) return [];
    return [
      of(
        found.name,
        [failureEvidence(found)],
        "Nix checks a build only on the machine where the command runs; builders are not asked, and nothing is wrong with them.",
        [{ title: "check it on a Linux machine, or build without --rebuild", commands: [] }],
      ),
    ];
  },
};
