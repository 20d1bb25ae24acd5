/** A builder that should run and does not, or runs and says nothing. */
import { vzMachines } from "../machine/vm-processes.ts";
import { formatDuration, formatPercent } from "../units.ts";
import {
  failuresNaming,
  fromFailures,
  isVm,
  jobEvidence,
  jobOf,
  labelOf,
  ofBuilder,
  quote,
  restartBuilder,
  sshEvidence,
  vzPackageInstead,
} from "./support.ts";
import type { Diagnosis, Fix } from "./types.ts";

/** More than one core's worth while nobody is answered: the framework's own hang. */
const busy = 0.9;

/** A machine of the framework is a child of launchd: that it began with the builder tells whose it is. */
const togetherSeconds = 120;

export const builderNotRunning: Diagnosis = {
  id: "builder-not-running",
  severity: "error",
  title: "the builder does not run",
  looksAt: "launchd's word on its job, the VM's process",
  yieldsTo: [
    ...["background-item-disabled", "launchd-cannot-start-job", "qemu-sme-crash", "builder-port-taken"],
    ...["rosetta-missing", "disk-image-wrong-format", "virby-no-ip", "builder-uri-wrong-port"],
  ],
  find: ({ facts, status }) =>
    status.builders.flatMap((builder) => {
      if (builder.state !== "stopped" || !(isVm(builder) || builder.kind === "external-builder")) return [];
      const evidence = jobEvidence(facts, builder);
      if (builder.kind === "external-builder" || evidence.length === 0)
        return [
          ofBuilder(builder, [quote(builder.name, builder.why)], "Nobody has started it, or it was closed.", [
            builder.kind === "external-builder"
              ? { title: "install its program again, or take it out of external-builders", commands: [] }
              : { title: "start it in a terminal, and leave that open", commands: [byHand(builder.kind)] },
          ]),
        ];
      return [
        ofBuilder(builder, evidence, `Its job does not run: ${builder.why}.`, [
          start(builder, jobOf(facts, builder) === null),
        ]),
      ];
    }),
};

function byHand(kind: string): string {
  return kind === "macos-builder"
    ? "nix run github:Gabriella439/macos-builder"
    : "nix run nixpkgs#darwin.linux-builder";
}

function start(builder: Parameters<typeof restartBuilder>[0], unloaded: boolean): Fix {
  const label = labelOf(builder) ?? "";
  const plist =
    (builder.control.kind === "launchd" && builder.control.plist) || `/Library/LaunchDaemons/${label}.plist`;
  return {
    title: `start ${builder.name}`,
    commands: [
      unloaded ? `sudo launchctl bootstrap system ${plist}` : `sudo launchctl kickstart system/${label}`,
    ],
    action: { kind: "builder", verb: "start", builderKey: builder.key },
  };
}

export const builderWedged: Diagnosis = {
  id: "builder-wedged",
  severity: "error",
  title: "the builder runs but does not answer",
  looksAt: "ssh to a VM that was started long enough ago; an open port alone says nothing",
  yieldsTo: [
    ...["vm-hung-after-wake", "builder-uri-wrong-port", "builder-uri-invented-syntax", "builder-port-taken"],
    ...["ssh-alias-missing", "host-key-unverified"],
  ],
  find: ({ facts, status }) =>
    status.builders.flatMap((builder) => {
      if (builder.state !== "wedged" || !(isVm(builder) || builder.kind === "container")) return [];
      const up = builder.uptimeSeconds;
      return [
        ofBuilder(
          builder,
          [...sshEvidence(facts, builder), quote(builder.name, builder.why), ...jobEvidence(facts, builder)],
          `It has been up${up === null ? "" : ` for ${formatDuration(up * 1000)}`}, holds its port, and nothing behind it speaks ssh.`,
          [restartBuilder(builder)],
        ),
      ];
    }),
};

export const vmHungAfterWake: Diagnosis = {
  id: "vm-hung-after-wake",
  severity: "error",
  title: "the builder's VM hangs and eats processor time",
  looksAt: "the process of the VM while ssh to it is silent",
  find: ({ facts, status }) =>
    status.builders.flatMap((builder) => {
      const framework = ["linux-builder-vz", "rosetta-builder", "virby"].includes(builder.kind);
      if (builder.state !== "wedged" || !framework) return [];
      const vm = vzMachines(facts.processes)
        .filter(({ cpu, kind }) => cpu > busy && kind !== "lima")
        .filter(({ elapsedSeconds }) => beganWith(builder, elapsedSeconds))
        .sort((a, b) => b.cpu - a.cpu)[0];
      if (!vm) return [];
      return [
        ofBuilder(
          builder,
          [
            quote(
              "ps",
              `pid ${vm.pid}, ${Math.round(vm.cpu * 100)} % of a core, up ${formatDuration(vm.elapsedSeconds * 1000)}`,
            ),
            ...sshEvidence(facts, builder),
          ],
          "Apple's Virtualization framework sometimes hangs when the Mac wakes up: the VM takes processor time and answers nobody.",
          [restartBuilder(builder)],
        ),
      ];
    }),
};

function beganWith({ uptimeSeconds }: { readonly uptimeSeconds: number | null }, elapsed: number): boolean {
  return uptimeSeconds === null || Math.abs(uptimeSeconds - elapsed) <= togetherSeconds;
}

export const builderOnLan: Diagnosis = {
  id: "builder-on-lan",
  severity: "info",
  title: "the builder can be reached from the network",
  looksAt: "`hostfwd=tcp::…` on QEMU's command line",
  find: ({ facts, status }) =>
    status.builders.flatMap((builder) => {
      if (!isVm(builder) || builder.guest === null) return [];
      const { addressPort } = builder.guest;
      const open = facts.qemuMachines
        .flatMap(({ forwards }) => forwards)
        .find(
          ({ address, hostPort, guestPort }) =>
            address === null && guestPort === 22 && hostPort === addressPort,
        );
      if (!open) return [];
      return [
        ofBuilder(
          builder,
          [quote("ps", `hostfwd=tcp::${open.hostPort}-:22`)],
          "QEMU opens its port on every interface, and its host key is the same for all such builders. Who has the private key can log in from the network.",
          [
            {
              title: "let the firewall block incoming connections to it: System Settings, Network, Firewall",
              commands: [],
            },
            ...vzPackageInstead(facts, builder, "or use the vz package, which listens on 127.0.0.1"),
          ],
        ),
      ];
    }),
};

export const onDemandFirstBuild: Diagnosis = {
  id: "on-demand-first-build",
  severity: "warning",
  title: "the first build woke the builder and did not wait for it",
  looksAt: "a failed connection to an on-demand builder whose VM was started moments ago",
  find: (input) => {
    const sleepers = input.status.builders.filter(
      ({ kind, guest }) => (kind === "rosetta-builder" || kind === "virby") && guest === null,
    );
    const failed = failuresNaming(input, "ssh-connection-failed");
    return sleepers.flatMap((builder) => {
      const young = builder.uptimeSeconds !== null && builder.uptimeSeconds < 120;
      const about = failed.find(({ reason, logTail }) =>
        [reason, ...logTail].some((text) => text.includes(builder.name)),
      );
      if (!about || !young) return [];
      return [
        ofBuilder(
          builder,
          [quote(`build of ${about.name}`, about.reason), quote(builder.name, builder.why)],
          "Its VM starts when it is connected to, and takes longer than ssh waits.",
          [{ title: "build again; or keep it always on (onDemand = false)", commands: [] }],
        ),
      ];
    });
  },
};

export const rosettaBuildHung: Diagnosis = {
  id: "rosetta-build-hung",
  severity: "error",
  title: "a build under Rosetta stands still",
  looksAt: "dead children of Rosetta processes inside the builder",
  find: ({ facts, status }) =>
    status.builders.flatMap((builder) => {
      const look = facts.guest(builder.guest);
      if (look?.kind !== "answers") return [];
      const byPid = new Map(look.processes.map((process) => [process.pid, process]));
      const dead = look.processes.find((process) => {
        const parent = byPid.get(process.parent);
        const defunct = /<defunct>/.test(process.args) || /^\(.*\)$/.test(process.args);
        return (
          defunct && process.elapsedSeconds >= 600 && parent !== undefined && /\brosetta\b/.test(parent.args)
        );
      });
      const parent = dead && byPid.get(dead.parent);
      if (!dead || !parent || parent.cpu > 0.01) return [];
      return [
        ofBuilder(
          builder,
          [
            quote(
              `ps in ${builder.name}`,
              `${dead.pid} ${dead.args}, for ${formatDuration(dead.elapsedSeconds * 1000)}`,
            ),
            quote(
              `ps in ${builder.name}`,
              `its parent ${parent.pid}: ${parent.args}, ${formatPercent(parent.cpu)} of a core`,
            ),
          ],
          "A known fault of Rosetta: a child has ended, and the process that waits for it never notices.",
          [
            { title: "stop the build (Ctrl-C where it was started) and build again", commands: [] },
            restartBuilder(builder, `or restart ${builder.name}; all its builds end`),
          ],
        ),
      ];
    }),
};

export const uploadLockStuck: Diagnosis = {
  id: "upload-lock-stuck",
  severity: "warning",
  title: "builds wait for the upload lock of a builder",
  looksAt: "`waiting for the upload lock to '…'` in the words of Nix",
  find: (input) =>
    fromFailures(
      input,
      "upload-lock-stuck",
      "Only one build at a time sends its inputs to a builder. Another one is sending, or its process hangs; after 15 minutes Nix goes on without the lock.",
      [
        { title: "see who holds it", commands: ["sudo lsof /nix/var/nix/current-load/*.upload-lock"] },
        { title: "let the builder fetch what caches have", commands: ["builders-use-substitutes = true"] },
      ],
    ),
};
