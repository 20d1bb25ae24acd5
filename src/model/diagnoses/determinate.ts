/** Determinate Nix: its native Linux builder, other programs of the external-builders protocol, its files. */

import { determinateConfigFile, type MachineFacts } from "../machine/facts.ts";
import { vzMachines } from "../machine/vm-processes.ts";
import { nixConfFiles } from "../nix-conf/parse.ts";
import { formatDuration } from "../units.ts";
import { fromFailures, of, ofBuilder, quote, rarely, restartDaemon } from "./support.ts";
import type { Diagnosis, DiagnosisInput, Evidence, Finding, Fix } from "./types.ts";

const feature = "native-linux-builder";
const daemonLog = "/var/log/determinate-nix-daemon.log";

function nativeBuilder({ status }: DiagnosisInput) {
  return status.builders.find(({ kind }) => kind === "determinate-native");
}

function isGranted(facts: MachineFacts): boolean {
  return facts.determinateVersion?.features.includes(feature) ?? false;
}

/** Nix would call determinate-nixd for a build. */
function isWired(facts: MachineFacts): boolean {
  return (
    facts.nixConfig?.externalBuilders?.some(({ program }) => program.endsWith("/determinate-nixd")) ?? false
  );
}

function confAsks(facts: MachineFacts) {
  const confs = facts.platform === "darwin" && facts.determinateVersion !== null ? nixConfFiles : [];
  return confs.map((path) => rarely(`file ${path}`, 60));
}

/** The lines of nix.conf and nix.custom.conf that set it. */
function confLines(facts: MachineFacts, pattern: RegExp): Evidence[] {
  return nixConfFiles.flatMap((path) =>
    (facts.file(path) ?? "")
      .split("\n", 2000)
      .filter((line) => pattern.test(line))
      .slice(0, 2)
      .map((line) => quote(path, line)),
  );
}

const askForIt: readonly Fix[] = [
  { title: "log in; a FlakeHub account is needed", commands: ["determinate-nixd login"] },
  {
    title:
      "ask for early access: an e-mail to support@determinate.systems with your FlakeHub user name, then restart the daemon",
    commands: [],
  },
];

export const nativeBuilderNotAvailable: Diagnosis = {
  id: "native-builder-not-available",
  severity: "error",
  title: "Nix calls the native builder, which this machine was not granted",
  looksAt: "`external-builders`, the features of `determinate-nixd version`; HTTP status 400 in a build",
  asks: (facts) => [
    ...confAsks(facts),
    ...(facts.determinateVersion !== null && isWired(facts) && !isGranted(facts)
      ? [rarely(`tail ${daemonLog}`, 120)]
      : []),
  ],
  find: (input) => {
    const { facts } = input;
    const cause =
      "external-builders leads every Linux build to determinate-nixd, which answers with HTTP status 400: even what a cache has then fails.";
    const fixes = notAvailableFixes(input);
    const native = nativeBuilder(input);
    const down = native && ["stopped", "crash-looping", "wedged", "booting"].includes(native.state);
    if (native && !down && isWired(facts) && facts.determinateVersion !== null && !isGranted(facts)) {
      const refused = facts
        .answer(`tail ${daemonLog}`)
        ?.text.split("\n")
        .findLast((line) => /not currently available/.test(line));
      return [
        ofBuilder(
          native,
          [
            ...confLines(facts, /^\s*external-builders\s*=/),
            quote(
              "determinate-nixd version",
              `${feature} is not among the features: ${facts.determinateVersion.features.join(", ") || "none"}`,
            ),
            ...(refused ? [quote(daemonLog, refused)] : []),
          ],
          cause,
          fixes,
        ),
      ];
    }
    return fromFailures(input, "native-builder-not-available", cause, fixes);
  },
};

function notAvailableFixes(input: DiagnosisInput): Fix[] {
  return [
    {
      title:
        "take the line external-builders out of /etc/nix/nix.custom.conf (Determinate writes it itself once it is granted), then restart the daemon",
      commands: ["sudo nano /etc/nix/nix.custom.conf"],
    },
    ...restartDaemon(input),
    { title: "until then, build without it", commands: ["nix build --option external-builders '[]' …"] },
    ...askForIt,
  ];
}

export const nativeBuilderNotGranted: Diagnosis = {
  id: "native-builder-not-granted",
  severity: "error",
  title: "the native builder is asked for but not granted",
  looksAt:
    "builder.state of /etc/determinate/config.json, the features of `determinate-nixd version`, the login",
  yieldsTo: ["native-builder-not-available"],
  find: (input) => {
    const { facts } = input;
    const native = nativeBuilder(input);
    if (native?.state !== "not-granted") return [];
    const { determinateVersion: version, determinateLoggedIn: loggedIn, determinateConfig: config } = facts;
    const evidence = [
      ...(config?.state ? [quote(determinateConfigFile, `builder.state is "${config.state}"`)] : []),
      quote("determinate-nixd version", `features: ${version?.features.join(", ") || "none"}`),
      ...(loggedIn === null ? [] : [quote("determinate-nixd status", loggedIn ? "logged in" : "logged out")]),
      ...(version?.latest
        ? [quote("determinate-nixd version", `${version.daemon} runs, ${version.latest} is the latest`)]
        : []),
    ];
    const login = loggedIn === false;
    const cause = login
      ? "This machine is not logged in, so the daemon cannot know that the account may use it."
      : `The daemon does not list ${feature}: the account has not been given it, or the daemon is too old for it.`;
    const upgrade: Fix = {
      title: "or the daemon is too old: upgrade it",
      commands: ["sudo determinate-nixd upgrade"],
    };
    return [
      ofBuilder(native, evidence, cause, login ? [...askForIt, upgrade] : [...askForIt.slice(1), upgrade]),
    ];
  },
};

export const experimentalFeatureOff: Diagnosis = {
  id: "experimental-feature-off",
  severity: "error",
  title: "the experimental feature external-builders is off",
  looksAt: "`external-builders` and `experimental-features` as Nix shows them",
  asks: confAsks,
  find: (input) => {
    const { facts } = input;
    const cause = "Nix passes the setting external-builders over, so nothing builds for Linux there.";
    const fixes: Fix[] = [
      {
        title: "add to nix.conf (Determinate: /etc/nix/nix.custom.conf), then restart the daemon",
        commands: ["extra-experimental-features = external-builders"],
      },
      ...restartDaemon(input),
    ];
    const features = facts.nixConfig?.experimentalFeatures ?? null;
    const external = facts.nixConfig?.externalBuilders ?? [];
    const lines = confLines(facts, /^\s*(?:extra-)?(?:external-builders|experimental-features)\s*=/);
    const wanted =
      external.length > 0 || lines.some(({ text }) => /^(?:extra-)?external-builders\s*=/.test(text));
    if (features !== null && !features.includes("external-builders") && wanted) {
      const builder = input.status.builders.find(
        ({ kind }) => kind === "determinate-native" || kind === "external-builder",
      );
      const evidence = [quote("experimental-features", features.join(" ")), ...lines];
      return [
        builder
          ? ofBuilder(builder, evidence, cause, fixes)
          : of("external-builders", evidence, cause, fixes),
      ];
    }
    return fromFailures(input, "experimental-feature-off", cause, fixes);
  },
};

export const nativeCpuCount: Diagnosis = {
  id: "native-cpu-count",
  severity: "info",
  title: "the native builder was given several processors",
  looksAt: "builder.cpuCount of /etc/determinate/config.json",
  find: (input) => {
    const native = nativeBuilder(input);
    const count = input.facts.determinateConfig?.cpuCount ?? 1;
    if (!native || count <= 1) return [];
    return [
      ofBuilder(
        native,
        [quote(determinateConfigFile, `builder.cpuCount is ${count}`)],
        "Determinate advises against it: with several processors its VMs are usually slower, not faster. Measure a build of yours both ways.",
        [
          {
            title: "set it back to 1 and restart the daemon",
            commands: [],
            action: { kind: "set", file: determinateConfigFile, key: "builder.cpuCount", value: "1" },
          },
        ],
      ),
    ];
  },
};

const stallSeconds = 1200;

export const fixedOutputStalled: Diagnosis = {
  id: "fixed-output-stalled",
  severity: "warning",
  title: "a build in the native builder does nothing",
  looksAt:
    "`determinate-nixd builder` and its VM without processor time for twenty minutes; `sandbox setup:` at the end of a log",
  find: (input) => {
    const { facts } = input;
    const native = nativeBuilder(input);
    const cause =
      "Downloads (fixed-output derivations) are known to stand still in the native builder: its network does not answer.";
    const fixes: Fix[] = [
      { title: "stop the build (Ctrl-C) and build again", commands: [] },
      { title: "or let another builder do it", commands: ["nix build --option external-builders '[]' …"] },
    ];
    const runs = facts.externalBuilderRuns.filter(({ program }) => program === "determinate-nixd");
    const vms = vzMachines(facts.processes).filter(({ kind }) => kind === "virtualization");
    const still = runs.filter(({ elapsedSeconds, cpu }) => elapsedSeconds >= stallSeconds && cpu < 0.01);
    if (
      native &&
      still.length > 0 &&
      still.length === runs.length &&
      vms.length > 0 &&
      vms.every(({ cpu }) => cpu < 0.02)
    ) {
      const evidence = still
        .slice(0, 3)
        .map(({ pid, elapsedSeconds }) =>
          quote(
            "ps",
            `determinate-nixd builder, pid ${pid}: no processor time, for ${formatDuration(elapsedSeconds * 1000)}`,
          ),
        );
      return [ofBuilder(native, evidence, cause, fixes)];
    }
    return fromFailures(input, "fixed-output-stalled", cause, fixes);
  },
};

export const virtiofsPermission: Diagnosis = {
  id: "virtiofs-permission",
  severity: "error",
  title: "copying fails in a builder that shares files by VirtioFS",
  looksAt: "`cp: setting permissions for '…': Permission denied` in a build's log",
  find: (input) => {
    const external = input.status.builders.some(
      ({ kind }) => kind === "determinate-native" || kind === "external-builder",
    );
    if (!external && input.status.builders.length > 0) return [];
    return fromFailures(
      input,
      "virtiofs-permission",
      "VirtioFS does not let cp change modes as it wants (cp --no-preserve=mode and its like); the derivation is not at fault.",
      [
        {
          title: "build it on a QEMU or remote builder",
          commands: ["nix build --option external-builders '[]' …"],
        },
      ],
    );
  },
};

export const nixCustomConfConflict: Diagnosis = {
  id: "nix-custom-conf-conflict",
  severity: "warning",
  title: "nix.custom.conf is in the way of nix-darwin",
  looksAt: "/etc/nix/nix.custom.conf beside a nix.conf that nix-darwin makes; the words of darwin-rebuild",
  asks: (facts) =>
    facts.platform === "darwin" && facts.service("org.nixos.nix-daemon") != null
      ? [...nixConfFiles.map((path) => rarely(`file ${path}`, 60))]
      : [],
  find: (input) => {
    const { facts } = input;
    const cause =
      "nix-darwin manages Nix here (nix.enable) and stops its activation at a nix.custom.conf that it did not write.";
    const fixes: Fix[] = [
      {
        title: "move what stands in it to nix.settings of nix-darwin's configuration, and put the file away",
        commands: ["sudo mv /etc/nix/nix.custom.conf /etc/nix/nix.custom.conf.before-nix-darwin"],
      },
    ];
    const [custom, conf] = nixConfFiles;
    const generated = /generated from the nix\.\* options/.test(facts.file(conf) ?? "");
    const text = facts.file(custom) ?? "";
    const written = text.split("\n").find((line) => /^\s*[a-z][\w-]*\s*=/.test(line));
    const found: Finding[] =
      generated && written !== undefined
        ? [of("nix-darwin", [quote(conf, "generated by nix-darwin"), quote(custom, written)], cause, fixes)]
        : [];
    return found.length > 0 ? found : fromFailures(input, "nix-custom-conf-conflict", cause, fixes);
  },
};
