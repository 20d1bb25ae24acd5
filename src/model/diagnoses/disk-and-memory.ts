/** Room and processors: of builders and of the machine. */
import type { Builder } from "../builders/types.ts";
import type { DiskGauge } from "../gauges/types.ts";
import { formatByteProgress, formatBytes, formatNoun, formatPercent } from "../units.ts";
import { nixDarwinNumber, nixDarwinSettingsAsk } from "./nix-darwin-settings.ts";
import {
  fromFailures,
  isByHand,
  isNixpkgsVm,
  isVm,
  jobOf,
  lookOf,
  moduleOption,
  of,
  ofBuilder,
  quote,
  restartBuilder,
} from "./support.ts";
import type { Diagnosis, DiagnosisInput, Evidence, Finding, Fix } from "./types.ts";

const gibibyte = 1024 ** 3;

/** Nearly full: a share alone would call a large disk full that has room for hours. */
function isNearlyFull(
  { totalBytes, freeBytes, inodesTotal, inodesUsed }: DiskGauge,
  share: number,
  roomBytes: number,
): boolean {
  const crowded = inodesTotal !== null && inodesUsed !== null && inodesUsed / inodesTotal >= 0.97;
  return crowded || ((totalBytes - freeBytes) / totalBytes >= share && freeBytes < roomBytes);
}

/** Whether the next build fails: without an inode nothing can be written, whatever room there is. */
function isFull({ freeBytes, inodesTotal, inodesUsed }: DiskGauge): boolean {
  return freeBytes <= gibibyte || (inodesTotal !== null && inodesUsed !== null && inodesUsed >= inodesTotal);
}

function diskEvidence(source: string, disk: DiskGauge): Evidence {
  const { mount, totalBytes, freeBytes, inodesTotal, inodesUsed } = disk;
  const inodes =
    inodesTotal !== null && inodesUsed !== null && inodesUsed / inodesTotal >= 0.97
      ? `, ${formatPercent(inodesUsed / inodesTotal)} of its inodes used`
      : "";
  return quote(
    source,
    `${mount}: ${formatByteProgress(totalBytes - freeBytes, totalBytes)}, ${formatBytes(freeBytes)} free${inodes}`,
  );
}

/** Inside it, as somebody who logged in saw it: an image's size on the host proves nothing, it never shrinks. */
function insideDisks(input: DiagnosisInput, builder: Builder): readonly DiskGauge[] {
  const look = lookOf(input.facts, builder);
  return look?.kind === "answers" ? look.gauges.disks : [];
}

export const builderDiskFull: Diagnosis = {
  id: "builder-disk-full",
  severity: "error",
  title: "the builder's disk is nearly full",
  looksAt: "df inside the builder; `No space left on device` in a build there",
  find: (input) => {
    const found = input.status.builders.flatMap((builder): Finding[] => {
      const full = insideDisks(input, builder).filter((disk) => isNearlyFull(disk, 0.92, 10 * gibibyte));
      const [worst] = full.toSorted((a, b) => a.freeBytes - b.freeBytes);
      if (!worst) return [];
      const finding = ofBuilder(
        builder,
        full.slice(0, 3).map((disk) => diskEvidence(`df in ${builder.name}`, disk)),
        'Builds there end with "No space left on device" as soon as it is full; what they need and make must fit.',
        diskFixes(input, builder),
      );
      return [full.some(isFull) ? finding : { ...finding, severity: "warning" }];
    });
    const native = input.status.builders.find(({ kind }) => kind === "determinate-native");
    const cause = "A build ran out of room on its builder.";
    return [...found, ...fromFailures(input, "builder-disk-full", cause, native ? nativeDiskFixes() : [])];
  },
};

function nativeDiskFixes(): Fix[] {
  return [
    {
      title: "give the native builder more memory: its disk is made from it; then restart the daemon",
      commands: [],
      action: {
        kind: "set",
        file: "/etc/determinate/config.json",
        key: "builder.memoryBytes",
        value: String(16 * gibibyte),
      },
    },
  ];
}

function diskFixes({ facts }: DiagnosisInput, builder: Builder): Fix[] {
  const host = builder.guest?.host ?? builder.name;
  const collect: Fix = {
    title: "collect garbage in it",
    commands: [`sudo ssh ${host} nix-collect-garbage`],
  };
  const directory = jobOf(facts, builder)?.workingDirectory ?? null;
  if (!isNixpkgsVm(builder)) return [collect];
  return [
    collect,
    {
      title:
        "give it more (MiB) and rebuild; the size holds for a new image only, so delete the old one, with what was built in it",
      commands: [
        `${moduleOption(builder, "config.virtualisation.darwin-builder.diskSize")} = 100 * 1024;`,
        `sudo rm ${directory ?? "/var/lib/linux-builder"}/nixos.qcow2`,
      ],
    },
  ];
}

export const hostDiskFull: Diagnosis = {
  id: "host-disk-full",
  severity: "error",
  title: "this machine's disk is nearly full",
  looksAt: "df of the Nix store and of the system; `No space left on device` in a build here",
  find: (input) => {
    const full = (input.status.gauges?.disks ?? []).filter((disk) => isNearlyFull(disk, 0.9, 8 * gibibyte));
    const [worst] = full.toSorted((a, b) => a.freeBytes - b.freeBytes);
    const cause = "Builds, downloads and the images of VMs need room here.";
    const fixes: Fix[] = [
      { title: "collect garbage of Nix", commands: ["nix-collect-garbage -d"] },
      { title: "see what takes the room", commands: ["du -xhd1 / | sort -h | tail"] },
    ];
    if (!worst) {
      // The native builder builds "here", in a VM whose disk is made from its memory.
      const native = input.status.builders.some(
        ({ kind, state }) => kind === "determinate-native" && state !== "not-configured",
      );
      const where = native ? "in a VM of the native builder, or on this machine" : "on this machine";
      const ways = native ? [...nativeDiskFixes(), ...fixes] : fixes;
      return fromFailures(input, "host-disk-full", `A build ran out of room ${where}.`, ways);
    }
    const finding = of(
      "this machine",
      full.slice(0, 3).map((disk) => diskEvidence("df", disk)),
      cause,
      fixes,
    );
    return [full.some(isFull) ? finding : { ...finding, severity: "warning" }];
  },
};

export const diskSizeNotApplied: Diagnosis = {
  id: "disk-size-not-applied",
  severity: "warning",
  title: "the builder's disk has not the size that is set",
  looksAt: "diskSize in nix-darwin's configuration against the disk inside the builder, or its image",
  asks: nixDarwinSettingsAsk,
  find: (input) => {
    const { facts, status } = input;
    const set = nixDarwinNumber(facts, "diskSize");
    if (!set) return [];
    const wanted = set.value * 1024 ** 2;
    return status.builders.flatMap((builder) => {
      if (builder.kind !== "linux-builder" && builder.kind !== "determinate-vm-builder") return [];
      const inside = insideDisks(input, builder).find(({ mount }) => mount === "/" || mount === "/nix/store");
      // A file system takes a few percent of the disk for itself.
      const size = inside
        ? inside.totalBytes
        : facts.diskImage(`${jobOf(facts, builder)?.workingDirectory}/nixos.qcow2`)?.format === "qcow2"
          ? builder.size.diskBytes
          : null;
      if (size === null || size > wanted * 0.85) return [];
      return [
        ofBuilder(
          builder,
          [
            quote(set.line.source, set.line.text),
            quote(inside ? `df in ${builder.name}` : "its disk image", formatBytes(size)),
          ],
          "diskSize holds only for an image that is made anew; the one that is there keeps its size.",
          [
            {
              title: "delete the image (what was built in it is lost); the next start makes a new one",
              commands: [
                `sudo rm ${jobOf(facts, builder)?.workingDirectory ?? "/var/lib/linux-builder"}/nixos.qcow2`,
              ],
            },
            restartBuilder(builder, `then restart ${builder.name}`),
          ],
        ),
      ];
    });
  },
};

export const builderOutOfMemory: Diagnosis = {
  id: "builder-out-of-memory",
  severity: "error",
  title: "the builder runs out of memory",
  looksAt: "processes that the builder's kernel has killed; `Killed signal` in a build's log",
  find: (input) => {
    const { facts, status } = input;
    const cause =
      'Its kernel has killed processes for want of memory: builds fail in odd places, with "Killed".';
    const found = status.builders.flatMap((builder): Finding[] => {
      const look = lookOf(facts, builder);
      const kills = look?.kind === "answers" ? (look.gauges.outOfMemoryKills ?? 0) : 0;
      // A machine of others is killed on by others, too.
      if (!isVm(builder) || kills === 0 || look?.kind !== "answers") return [];
      const { memory } = look.gauges;
      const evidence = [quote(`/proc/vmstat in ${builder.name}`, `oom_kill ${kills}`)];
      if (memory)
        evidence.push(
          quote(
            `/proc/meminfo in ${builder.name}`,
            `${formatByteProgress(memory.usedBytes, memory.totalBytes)} used`,
          ),
        );
      return [ofBuilder(builder, evidence, cause, memoryFixes(builder))];
    });
    return [
      ...found,
      ...fromFailures(
        input,
        "builder-out-of-memory",
        "A compiler was killed, as the builder had no memory left.",
        memoryFixes(null),
      ),
    ];
  },
};

function memoryFixes(builder: Builder | null): Fix[] {
  if (builder !== null && !isNixpkgsVm(builder))
    return [
      {
        title: `give ${builder.name} more memory in its module's options (memory), or let it run fewer jobs at once`,
        commands: [],
      },
    ];
  if (builder !== null && isByHand(builder))
    return [
      {
        title: "start it with more memory (MiB)",
        commands: ['QEMU_OPTS="-m 8192" nix run nixpkgs#darwin.linux-builder'],
      },
    ];
  const meant = builder ?? ({ kind: "linux-builder" } as const);
  return [
    {
      title: "give it more (MiB), and rebuild",
      commands: [`${moduleOption(meant, "config.virtualisation.darwin-builder.memorySize")} = 8 * 1024;`],
    },
    { title: "or let it run fewer jobs at once", commands: [`${moduleOption(meant, "maxJobs")} = 1;`] },
  ];
}

/** What nixpkgs gives where nobody has said anything is 3072 MiB. */
const smallBytes = 3.5 * gibibyte;

export const builderMemorySmall: Diagnosis = {
  id: "builder-memory-small",
  severity: "warning",
  title: "the builder has little memory",
  looksAt: "`-m` of QEMU, memorySizeMiB of vzvm.json, against the memory of this machine",
  find: ({ status }) =>
    status.builders.flatMap((builder) => {
      const { memoryBytes } = builder.size;
      const host = status.gauges?.memory?.totalBytes ?? null;
      const jobs = builder.jobs.max ?? 1;
      // One that is started by hand is usually there for a build or two, such as that of the next builder.
      if (
        !isVm(builder) ||
        isByHand(builder) ||
        memoryBytes === null ||
        host === null ||
        host < 5 * memoryBytes
      )
        return [];
      if (memoryBytes > smallBytes && memoryBytes / jobs >= gibibyte) return [];
      return [
        ofBuilder(
          builder,
          [
            quote(
              builder.name,
              `${formatBytes(memoryBytes)} for ${formatNoun(jobs, "job")}; this machine has ${formatBytes(host)}`,
            ),
          ],
          "Large programs (a browser, a compiler, a kernel with several jobs) do not compile in it: they are killed.",
          memoryFixes(builder),
        ),
      ];
    }),
};

export const builderOneCore: Diagnosis = {
  id: "builder-one-core",
  severity: "info",
  title: "the builder uses one core",
  looksAt: "`-smp` of QEMU, cpuCount of vzvm.json, against the cores of this machine",
  find: ({ status }) =>
    status.builders.flatMap((builder) => {
      const cores = status.gauges?.cores ?? 0;
      if (!isVm(builder) || builder.size.cores !== 1 || cores < 4) return [];
      const wanted = Math.max(2, Math.floor(cores / 2));
      return [
        ofBuilder(
          builder,
          [quote(builder.name, `1 core; this machine has ${cores}`)],
          "One core is what it gets where nobody says anything, and so it runs one job at a time.",
          [
            isByHand(builder)
              ? {
                  title: "start it with more, and let its line have more jobs",
                  commands: [`QEMU_OPTS="-smp ${wanted}" nix run nixpkgs#darwin.linux-builder`],
                }
              : {
                  title: "give it more, and rebuild; maxJobs follows",
                  commands: [`${moduleOption(builder, "config.virtualisation.cores")} = ${wanted};`],
                },
          ],
        ),
      ];
    }),
};
