/** Nix is not there, knows no builder, or may use none of those it is told of. */
import type { Builder } from "../builders/types.ts";
import { determinateConfigFile, type MachineFacts, machinesFile } from "../machine/facts.ts";
import { nixDarwinSettings, nixDarwinSettingsAsk } from "./nix-darwin-settings.ts";
import { fromFailures, isVm, of, quote, rarely } from "./support.ts";
import type { Diagnosis, DiagnosisInput, Evidence, Fix } from "./types.ts";

const daemonPlist = /(?:^|\.)nix-daemon$/;

/** Nix answers, or a daemon of it is installed that does not run. */
function nixIsInstalled(facts: MachineFacts): boolean {
  return (
    facts.nixVersion !== null ||
    facts.determinateVersion !== null ||
    facts.launchDaemons.some((label) => daemonPlist.test(label)) ||
    facts.stat("/nix/store") != null
  );
}

export const noNix: Diagnosis = {
  id: "no-nix",
  severity: "error",
  title: "Nix is not installed",
  looksAt: "`nix --version`, the plists of Nix daemons, /nix/store",
  asks: () => [rarely("stat /nix/store", 300)],
  find: ({ facts }) =>
    facts.answer("nix-version") === undefined || nixIsInstalled(facts)
      ? []
      : [
          of(
            "Nix",
            [quote("nix --version", facts.answer("nix-version")?.text.split("\n")[0] || "not found")],
            "There is no nix program, no daemon of it and no /nix/store on this machine.",
            [
              {
                title: "install Nix, and open a new terminal",
                commands: ["curl -fsSL https://nixos.org/nix/install | sh -s -- --daemon"],
              },
            ],
          ),
        ],
};

/** Somebody has set a builder up, whether or not it works: then another diagnosis says why it does not. */
function isAskedFor({ facts, status }: DiagnosisInput): boolean {
  const native = status.builders.find(({ kind }) => kind === "determinate-native");
  return (
    facts.machines.length > 0 ||
    facts.machineProblems.length > 0 ||
    facts.externalBuilders.length > 0 ||
    (native !== undefined && native.state !== "not-configured") ||
    (facts.determinateConfig?.state ?? null) !== null
  );
}

export const noBuilderConfigured: Diagnosis = {
  id: "no-builder-configured",
  severity: "error",
  title: "Nix knows no builder for Linux",
  looksAt:
    "the settings `builders` and `external-builders`, /etc/nix/machines, the native builder of Determinate Nix",
  find: (input) => {
    const { facts, status } = input;
    if (facts.platform !== "darwin" || !nixIsInstalled(facts) || isAskedFor(input)) return [];
    if (facts.nixConfig === null && facts.file(machinesFile) === undefined) return [];
    const running = status.builders.find((builder) => isVm(builder) && builder.uri === null);
    const evidence: Evidence[] = [
      quote(
        "builders",
        facts.buildersSetting.trim() === "" ? "empty: all builders are off" : facts.buildersSetting,
      ),
    ];
    if (facts.buildersSetting.includes("@") && facts.file(machinesFile) === null)
      evidence.push(quote(machinesFile, "it is not there"));
    if (running) evidence.push(quote(running.name, `${running.state}: ${running.why}`));
    return [of("builders", evidence, causeOf(running?.name ?? null), waysToABuilder(input, running))];
  },
};

function causeOf(running: string | null): string {
  return running === null
    ? "A Mac cannot build for Linux by itself, and no builder is set up: every build for Linux ends with a platform mismatch."
    : `${running} is there, but nobody has told Nix about it: it is given nothing, and every build for Linux ends with a platform mismatch.`;
}

function waysToABuilder({ facts, status }: DiagnosisInput, running: Builder | undefined): Fix[] {
  const determinate = status.nix?.flavour === "determinate";
  if (running)
    return [
      {
        title: `tell Nix about it: let builders be @${machinesFile}, with this line in that file, then restart the daemon`,
        commands: [lineFor(running, facts.localSystem.replace("darwin", "linux"))],
      },
    ];
  if (determinate)
    return [
      {
        title: `ask for Determinate's native builder: log in, and set builder.state to "enabled" in ${determinateConfigFile}`,
        commands: ["determinate-nixd login"],
        action: { kind: "set", file: determinateConfigFile, key: "builder.state", value: "enabled" },
      },
      {
        title: "or, under nix-darwin, add to its configuration and rebuild",
        commands: ["determinateNix.nixosVmBasedLinuxBuilder.enable = true;"],
      },
    ];
  return [
    {
      title: "under nix-darwin, add to its configuration and rebuild",
      commands: ["nix.linux-builder.enable = true;"],
    },
    {
      title: "or start one by hand, and name it in /etc/nix/machines",
      commands: ["nix run nixpkgs#darwin.linux-builder"],
    },
  ];
}

/** As the builder's own module would write it; those with an alias that names their key have none in their line. */
function lineFor({ kind }: Builder, system: string): string {
  switch (kind) {
    case "rosetta-builder":
      return "ssh-ng://rosetta-builder aarch64-linux,x86_64-linux - 8 1 kvm,benchmark,big-parallel,nixos-test";
    case "virby":
      return `ssh-ng://virby-vm ${system} - 8 1 kvm,benchmark,big-parallel,nixos-test`;
    default: {
      const alias = kind === "determinate-vm-builder" ? "nixos-vm-based-linux-builder" : "linux-builder";
      return `ssh-ng://builder@${alias} ${system} /etc/nix/builder_ed25519 4 1 kvm,benchmark,big-parallel`;
    }
  }
}

export const noUsableBuilder: Diagnosis = {
  id: "no-usable-builder",
  severity: "error",
  title: "Nix can use none of its builders",
  looksAt: "lines of `builders` that Nix does not understand; failed builds that no machine took",
  yieldsTo: ["no-builder-configured"],
  find: (input) => {
    const { facts } = input;
    const [problem] = facts.machineProblems;
    const found = problem
      ? [
          of(
            "builders",
            facts.machineProblems
              .slice(0, 3)
              .map(({ path, line, message }) =>
                quote(path === null ? "the setting builders" : `${path}, line ${line}`, message),
              ),
            "With one line that it does not understand, Nix uses none of the machines.",
            [
              {
                title: `put the line right: ${problem.path ?? "the setting builders"}, line ${problem.line}`,
                commands: [],
              },
            ],
          ),
        ]
      : [];
    return [
      ...found,
      ...fromFailures(input, "no-usable-builder", "No machine that Nix may ask would take the build.", [
        { title: "see which builder is in trouble, and why", commands: ["buildtop status"] },
      ]),
    ];
  },
};

export const nixDarwinNixDisabled: Diagnosis = {
  id: "nix-darwin-nix-disabled",
  severity: "error",
  title: "nix-darwin's linux-builder needs nix.enable",
  looksAt: "`nix.enable` and `nix.linux-builder` in nix-darwin's configuration; the words of darwin-rebuild",
  asks: nixDarwinSettingsAsk,
  find: (input) => {
    const lines = nixDarwinSettings(input.facts);
    const off = lines.find(({ text }) => /\bnix\.enable\s*=\s*(?:lib\.mkForce\s+)?false\b/.test(text));
    const wanted = lines.find(({ text }) => /\blinux-builder\.enable\s*=\s*true\b/.test(text));
    const cause =
      "With nix.enable = false (as Determinate Nix needs it) nix-darwin manages no builder: darwin-rebuild refuses nix.linux-builder.";
    const fixes: Fix[] = [
      {
        title: "under Determinate Nix use its own module instead",
        commands: ["determinateNix.nixosVmBasedLinuxBuilder.enable = true;"],
      },
      { title: "or ask for Determinate's native builder", commands: ["determinate-nixd login"] },
    ];
    if (off && wanted)
      return [
        of("nix-darwin", [quote(off.source, off.text), quote(wanted.source, wanted.text)], cause, fixes),
      ];
    return fromFailures(input, "nix-darwin-nix-disabled", cause, fixes);
  },
};

/** Set up by a module of nix-darwin, which would write its line as well. */
function ofModule({ kind, control, uri }: Builder): boolean {
  const byHand = kind === "darwin-builder" || kind === "linux-builder-manual" || kind === "macos-builder";
  return isVm({ kind } as Builder) && !byHand && control.kind === "launchd" && uri === null;
}

function nativeBuilds(builders: readonly Builder[]): boolean {
  return builders.some(
    ({ kind, state }) => kind === "determinate-native" && (state === "idle" || state === "building"),
  );
}

export const machinesDropped: Diagnosis = {
  id: "machines-dropped",
  severity: "error",
  title: "nix-darwin drops nix.buildMachines",
  looksAt:
    "`nix.enable` and `nix.buildMachines` in nix-darwin's configuration, /etc/nix/machines, jobs of nix-darwin's builders",
  asks: nixDarwinSettingsAsk,
  find: ({ facts, status }) => {
    if (facts.platform !== "darwin" || facts.machines.length > 0) return [];
    const lines = nixDarwinSettings(facts);
    const off = lines.find(({ text }) => /\bnix\.enable\s*=\s*(?:lib\.mkForce\s+)?false\b/.test(text));
    const machines = lines.find(({ text }) => /(?:^|[^.\w])nix\.buildMachines\s*=/.test(text));
    const determinate = status.nix?.flavour === "determinate";
    // A module of nix-darwin gives its job and its line together: where the file is not there, the line was dropped.
    const absent = determinate && facts.file(machinesFile) === null && !nativeBuilds(status.builders);
    const alone = absent ? status.builders.find(ofModule) : undefined;
    if (!alone && !(machines && (off || determinate))) return [];
    const evidence = [off, machines].flatMap((line) => (line ? [quote(line.source, line.text)] : []));
    if (alone) evidence.push(quote(alone.name, `its job is there, and ${alone.state}; no line names it`));
    return [
      of(
        "nix-darwin",
        [
          ...evidence,
          quote(machinesFile, facts.file(machinesFile) == null ? "it is not there" : "it names no machine"),
        ],
        "With nix.enable = false, as Determinate Nix needs it, nix-darwin writes no /etc/nix/machines and says nothing about it: the machines are dropped. So does Determinate's module while distributedBuilds is off.",
        [
          {
            title: "set them by Determinate's module instead, and rebuild",
            commands: ["determinateNix.distributedBuilds = true;", "determinateNix.buildMachines = [ … ];"],
          },
        ],
      ),
    ];
  },
};
