/** Why a builder's VM ends as soon as it is started, where its own words or the machine's state tell. */
import type { Builder } from "../builders/types.ts";
import type { Ask } from "../machine/due.ts";
import type { MachineFacts } from "../machine/facts.ts";
import type { LaunchdJob } from "../machine/launchd.ts";
import {
  fromFailures,
  isNixpkgsVm,
  isVm,
  jobEvidence,
  jobOf,
  labelOf,
  logEvidence,
  ofBuilder,
  quote,
  restartBuilder,
  vzPackageInstead,
} from "./support.ts";
import type { Diagnosis, DiagnosisInput, Finding, Fix } from "./types.ts";

const builderLabel =
  /(?:^|\.)(?:linux-builder|darwin-builder|nixos-vm-based-linux-builder|rosetta-builderd|virbyd)$/;

/** Where virby writes when its job names no log. */
const usualLogs: readonly (readonly [RegExp, string])[] = [
  [/virbyd$/, "/tmp/virbyd.log"],
  [/(?:^|\.)darwin-builder$/, "/var/log/darwin-builder.log"],
  [/nixos-vm-based-linux-builder$/, "/var/log/nixos-based-vm-builder.log"],
];

function hasFailed(job: LaunchdJob): boolean {
  if (job.state === "spawn scheduled") return true;
  return (
    (job.pid === null || (job.runs ?? 0) > 1) && (job.lastSignal !== null || (job.lastExitCode ?? 0) !== 0)
  );
}

/** Their logs, of those only that have failed. */
function failedLogAsks(facts: MachineFacts): readonly Ask[] {
  if (facts.platform !== "darwin") return [];
  return facts.launchDaemons
    .filter((label) => builderLabel.test(label))
    .flatMap((label) => {
      const job = facts.service(label);
      const usual = usualLogs.find(([pattern]) => pattern.test(label))?.[1] ?? null;
      const path = job?.stderrPath ?? job?.stdoutPath ?? usual;
      const askable = path !== null && /^[A-Za-z0-9_@%+=:./-]{1,512}$/.test(path);
      return job && hasFailed(job) && askable ? [{ request: `tail ${path}`, everySeconds: 30 }] : [];
    });
}

/** Those that launchd cannot keep up. */
function failing({ facts, status }: DiagnosisInput): { builder: Builder; job: LaunchdJob }[] {
  return status.builders.flatMap((builder) => {
    const job = isVm(builder) ? jobOf(facts, builder) : null;
    if (!job || !(builder.state === "crash-looping" || builder.state === "stopped")) return [];
    return hasFailed(job) ? [{ builder, job }] : [];
  });
}

const smeError = /max-arm-cpu\.sme/;

export const qemuSmeCrash: Diagnosis = {
  id: "qemu-sme-crash",
  severity: "error",
  title: "QEMU crashes on this processor",
  looksAt: "`Abort trap: 6` of a QEMU builder on an M4 or newer, or the builder's log",
  asks: failedLogAsks,
  find: (input) => {
    const { facts } = input;
    const chip = facts.summary?.chip ?? "";
    const generation = Number(/Apple M(\d{1,2})/.exec(chip)?.[1] ?? 0);
    const cause =
      "QEMU before 9.2.1 asks this processor for a property that macOS 15.2 and later do not offer (-cpu max on an M4 or newer), and aborts.";
    const found = failing(input).flatMap(({ builder, job }): Finding[] => {
      if (!isNixpkgsVm(builder) || builder.kind === "linux-builder-vz") return [];
      const said = logEvidence(facts, builder, smeError);
      const aborted = /^Abort trap/.test(job.lastSignal ?? "") || job.lastExitCode === 134;
      if (said.length === 0 && !(aborted && generation >= 4)) return [];
      const evidence = [
        ...said,
        ...jobEvidence(facts, builder),
        quote("sysctl machdep.cpu.brand_string", chip),
      ];
      return [ofBuilder(builder, evidence, cause, smeFixes(facts, builder))];
    });
    return found.length > 0 ? found : fromFailures(input, "qemu-sme-crash", cause, smeFixes(facts, null));
  },
};

function smeFixes(facts: MachineFacts, builder: Builder | null): Fix[] {
  return [
    {
      title: "update nixpkgs, whose QEMU has the correction, and rebuild",
      commands: ["nix flake update nixpkgs", "sudo darwin-rebuild switch"],
    },
    ...vzPackageInstead(facts, builder, "or use the vz package, which needs no QEMU"),
  ];
}

const portTaken = /Could not set up host forwarding rule|Address already in use/;

export const builderPortTaken: Diagnosis = {
  id: "builder-port-taken",
  severity: "error",
  title: "another process holds the builder's port",
  looksAt: "who else forwards or listens on the port of a builder that cannot start, and its log",
  asks: failedLogAsks,
  find: (input) => {
    const { facts } = input;
    const cause = "Another builder, or what is left of one, holds its port: each start ends at once.";
    const found = failing(input).flatMap(({ builder, job }): Finding[] => {
      const said = logEvidence(facts, builder, portTaken);
      const port = portOf(facts, builder);
      const other = facts.qemuMachines.find(({ forwards }) =>
        forwards.some(({ hostPort }) => hostPort === port),
      );
      const listens = facts.listeners?.some((each) => each.port === port) ?? false;
      // What its own start left behind a moment ago is no other.
      const held = listens && job.sockets.length === 0;
      if (said.length === 0 && !held) return [];
      const evidence = [...said];
      if (other)
        evidence.push(
          quote(
            "ps",
            `pid ${other.pid} of ${other.user}: QEMU with hostfwd=tcp::${port}-:22, ${other.disks[0] ?? ""}`,
          ),
        );
      else if (listens)
        evidence.push(quote("netstat -an -p tcp", `port ${port}: LISTEN, while its own VM does not run`));
      return [
        ofBuilder(builder, [...evidence, ...jobEvidence(facts, builder)], cause, [
          other
            ? {
                title: `end the other one (pid ${other.pid}, of ${other.user}) where it was started, or by`,
                commands: [`sudo kill ${other.pid}`],
              }
            : { title: "see who it is, and end it", commands: [`sudo lsof -nP -iTCP:${port} -sTCP:LISTEN`] },
          restartBuilder(builder, `then restart ${builder.name}`),
        ]),
      ];
    });
    return found.length > 0 ? found : fromFailures(input, "builder-port-taken", cause, []);
  },
};

const usualPorts: Readonly<Record<string, number>> = {
  "rosetta-builder": 31122,
  virby: 31222,
  "macos-builder": 22,
};

function portOf(facts: MachineFacts, builder: Builder): number {
  if (builder.guest) return builder.guest.addressPort;
  const host = facts.machines.find(({ uri }) => uri === builder.uri)?.host ?? builder.name;
  return facts.sshConfig(host)?.port ?? usualPorts[builder.kind] ?? 31022;
}

const rosettaPath = "/Library/Apple/usr/libexec/oah";

export const rosettaMissing: Diagnosis = {
  id: "rosetta-missing",
  severity: "error",
  title: "Rosetta is not installed",
  looksAt: `exit code 69 of vzvm and ${rosettaPath}`,
  asks: (facts) => (usesVz(facts) ? [{ request: `stat ${rosettaPath}`, everySeconds: 120 }] : []),
  find: (input) => {
    const { facts } = input;
    const cause = "The vz builder runs x86_64-linux by Rosetta and does not start without it.";
    const found = failing(input).flatMap(({ builder, job }) =>
      builder.kind === "linux-builder-vz" && job.lastExitCode === 69 && facts.stat(rosettaPath) === null
        ? [
            ofBuilder(
              builder,
              [...jobEvidence(facts, builder), quote(rosettaPath, "it is not there")],
              cause,
              rosettaFixes(builder),
            ),
          ]
        : [],
    );
    return found.length > 0 ? found : fromFailures(input, "rosetta-missing", cause, rosettaFixes(null));
  },
};

function rosettaFixes(builder: Builder | null): Fix[] {
  return [
    {
      title: "install it",
      commands: ["softwareupdate --install-rosetta --agree-to-license"],
    },
    ...(builder ? [restartBuilder(builder, `then restart ${builder.name}`)] : []),
    { title: "or do without x86_64-linux", commands: ["virtualisation.vz.rosetta.enable = false;"] },
  ];
}

function usesVz(facts: MachineFacts): boolean {
  return [...facts.answers].some(([request, { code }]) => request.endsWith("/vzvm.json") && code === 0);
}

export const diskImageWrongFormat: Diagnosis = {
  id: "disk-image-wrong-format",
  severity: "error",
  title: "the builder's disk image is of the wrong format",
  looksAt: "the first bytes of nixos.qcow2 where the vz package is used",
  find: (input) => {
    const { facts, status } = input;
    const cause =
      "The package was changed from QEMU to vz, and the old qcow2 image was kept: vzvm wants a raw disk.";
    const found = status.builders.flatMap((builder) => {
      const label = labelOf(builder);
      const directory = jobOf(facts, builder)?.workingDirectory ?? null;
      if (builder.kind !== "linux-builder-vz" || label === null || directory === null) return [];
      const image = `${directory}/nixos.qcow2`;
      const running = jobOf(facts, builder)?.pid != null;
      if (facts.diskImage(image)?.format !== "qcow2" || running) return [];
      return [
        ofBuilder(
          builder,
          [quote(image, "it begins as a qcow2 image does (QFI)"), ...jobEvidence(facts, builder)],
          cause,
          [
            {
              title: "delete the image (what was built in it is lost), and start the builder",
              commands: [`sudo rm ${image}`, `sudo launchctl kickstart -k system/${label}`],
            },
          ],
        ),
      ];
    });
    return found.length > 0 ? found : fromFailures(input, "disk-image-wrong-format", cause, []);
  },
};

export const virbyNoIp: Diagnosis = {
  id: "virby-no-ip",
  severity: "error",
  title: "virby's VM gets no address",
  looksAt: "`Failed to discover VM IP` in virby's log, while its job is started again and again",
  asks: failedLogAsks,
  find: (input) => {
    const { facts } = input;
    const cause = "The guest never shows up among macOS's DHCP leases, and virby gives up after a minute.";
    const found = failing(input).flatMap(({ builder }) => {
      const said = builder.kind === "virby" ? logEvidence(facts, builder, /Failed to discover VM IP/) : [];
      if (said.length === 0) return [];
      const label = labelOf(builder) ?? "org.nixos.virbyd";
      return [
        ofBuilder(builder, [...said, ...jobEvidence(facts, builder)], cause, [
          { title: "see whether macOS has leases at all", commands: ["cat /var/db/dhcpd_leases"] },
          {
            title: "stop it, reset its state (what was built in it is lost), and start it",
            commands: [
              `sudo launchctl bootout system/${label}`,
              "sudo rm -rf /var/lib/virby",
              `sudo launchctl bootstrap system /Library/LaunchDaemons/${label}.plist`,
            ],
          },
        ]),
      ];
    });
    return found.length > 0 ? found : fromFailures(input, "virby-no-ip", cause, []);
  },
};
