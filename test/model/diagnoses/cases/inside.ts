import { answering, changed, failure, job, type Mac, ps, refusing } from "../../../support/facts.ts";
import { fakeDisk } from "../../../support/fake-machines.ts";
import {
  daemonRow,
  linuxBuilder,
  qemuRow,
  rosettaBuilder,
  startRow,
  vmRow,
  vzBuilder,
  vzRows,
} from "../../../support/macs-of-facts.ts";
import type { DiagnosisCase } from "./types.ts";

const gib = 1024 ** 3;
const looked = (change: Parameters<typeof answering>[0], mac: Mac = linuxBuilder): Mac => ({
  ...mac,
  guests: { "builder@linux-builder": answering(change) },
});
const sized = (change: Parameters<typeof qemuRow>[0]) =>
  changed(linuxBuilder, { processes: ps(daemonRow, startRow, qemuRow(change)) });
const silent = {
  guests: { "builder@linux-builder": refusing("timeout", "linux-builder did not answer in time") },
  stores: {},
};
const young = qemuRow().replace("3-01:00:00", "      00:20");
const dockerRow = vmRow("212.0").replace("541", "641").replace("3-01:00:00", "1-01:00:00");
const hung = (cpu: string, ...more: string[]) =>
  changed(vzBuilder, { processes: ps(...vzRows, vmRow(cpu), ...more) }, silent);
const ninja = (age: number): Mac => ({
  ...rosettaBuilder,
  guests: {
    "rosetta-builder": answering({}, [
      {
        pid: 20,
        parent: 1,
        user: "nixbld1",
        cpu: 0,
        residentBytes: 1,
        elapsedSeconds: age + 9,
        args: "/run/binfmt/rosetta /nix/store/q8-cmake/bin/cmake",
      },
      {
        pid: 21,
        parent: 20,
        user: "nixbld1",
        cpu: 0,
        residentBytes: 0,
        elapsedSeconds: age,
        args: "[ninja] <defunct>",
      },
    ]),
  },
});
const certs = "-virtfs local,path=/run/org.nixos.linux-builder/certs,security_model=none,mount_tag=certs";
const parent = "stat /run/org.nixos.linux-builder /run/org.nixos.linux-builder/certs";
const directory = (name: string) =>
  `drwxr-xr-x root wheel 100 8 1780000000 /run/org.nixos.linux-builder${name}\n`;
const sharing = (stat: string) => changed(sized({ more: certs }), { [parent]: stat });
const wanted = (size: string) =>
  changed(linuxBuilder, {
    "nix-darwin-settings": `/etc/nix-darwin/flake.nix:9:  virtualisation.darwin-builder.diskSize = ${size};\n`,
  });
const df = (available: number) =>
  changed(linuxBuilder, {
    disks: `Filesystem 1024-blocks Used Available Capacity iused ifree %iused Mounted on\n/dev/disk3s7 482797652 61043212 ${available} 34% 0 1 0% /nix\n`,
  });
const oldDirectory = changed(linuxBuilder, {
  ...job("org.nixos.linux-builder", {
    state: "running",
    pid: "530",
    runs: "1",
    "working directory": "/var/lib/darwin-builder",
  }),
});

export const cases: DiagnosisCase[] = [
  {
    id: "builder-wedged",
    when: "its VM has been up for days and says nothing",
    told: changed(linuxBuilder, {}, silent),
    butNot: "it boots",
    near: changed(
      linuxBuilder,
      { processes: ps(daemonRow, startRow.replace("3-01:00:00", "      00:21"), young) },
      silent,
    ),
  },
  {
    id: "vm-hung-after-wake",
    when: "it says nothing and takes two cores",
    told: hung("191.4"),
    butNot: "it says nothing and does nothing",
    near: hung("0.5"),
  },
  {
    id: "vm-hung-after-wake",
    when: "it says nothing and takes two cores, beside a VM of somebody else's",
    told: hung("191.4", dockerRow),
    butNot: "the busy VM is the one of somebody else",
    near: hung("0.5", dockerRow),
  },
  {
    id: "rosetta-build-hung",
    when: "a dead child of Rosetta has waited for an hour",
    told: ninja(3600),
    butNot: "it has waited for a moment",
    near: ninja(3),
  },
  {
    id: "guest-clock-skew",
    when: "its clock is four hours behind",
    told: looked({ clockSkewSeconds: -14_400 }),
    butNot: "both clocks differ from ours, and not from each other",
    near: changed(looked({ clockSkewSeconds: -14_400 }), { now: `${1_790_000_000 - 14_400}\n` }),
  },
  {
    id: "guest-certificates-missing",
    when: "the directory that is shared is gone",
    told: sharing(directory("")),
    butNot: "it is there",
    near: sharing(directory("") + directory("/certs")),
  },
  {
    id: "builder-disk-full",
    when: "19 of 20 GiB are used inside",
    told: looked({ disks: [fakeDisk("/", 19.2, 20)] }),
    butNot: "a large disk is as full in share, and has room for hours",
    near: looked({ disks: [fakeDisk("/", 1900, 2000)] }),
  },
  {
    id: "disk-size-not-applied",
    when: "40 GiB were set and the disk has 20",
    told: {
      ...wanted("40 * 1024"),
      guests: { "builder@linux-builder": answering({ disks: [fakeDisk("/", 5, 19.6)] }) },
    },
    butNot: "it has what was set, less what a file system takes",
    near: {
      ...wanted("20480"),
      guests: { "builder@linux-builder": answering({ disks: [fakeDisk("/", 5, 19.6)] }) },
    },
  },
  {
    id: "builder-out-of-memory",
    when: "its kernel has killed",
    told: looked({ outOfMemoryKills: 3 }),
    butNot: "it is nearly full and nothing was killed",
    near: looked({
      memory: { usedBytes: 7.6 * gib, totalBytes: 8 * gib, pressure: "warning", swapUsedBytes: 0 },
    }),
  },
  {
    id: "builder-out-of-memory",
    when: "a compiler was killed",
    told: {
      ...linuxBuilder,
      failures: [
        failure("builder failed with exit code 2", {
          logTail: ["c++: fatal error: Killed signal terminated program cc1plus"],
        }),
      ],
    },
    butNot: "a compiler failed",
    near: {
      ...linuxBuilder,
      failures: [failure("builder failed with exit code 2", { logTail: ["main.c:1: error: expected ';'"] })],
    },
  },
  {
    id: "builder-memory-small",
    when: "it has 3 GiB of 24",
    told: sized({ memory: 3072 }),
    butNot: "it has 8",
    near: sized({ memory: 8192 }),
  },
  {
    id: "builder-one-core",
    when: "it has one of ten cores",
    told: sized({ cores: 1 }),
    butNot: "it has two",
    near: sized({ cores: 2 }),
  },
  {
    id: "host-disk-full",
    when: "the Mac has 2 GiB left",
    told: df(2_000_000),
    butNot: "it has 20",
    near: df(20_000_000),
  },
  {
    id: "host-disk-full",
    when: "a build here ran out of room",
    told: {
      ...linuxBuilder,
      failures: [
        failure("builder failed with exit code 1", {
          logTail: ["dd: error writing 'x': No space left on device"],
        }),
      ],
    },
    butNot: "it ran out of room on its builder",
    near: {
      ...linuxBuilder,
      failures: [
        failure("builder failed with exit code 1", {
          drv: "/nix/store/a-x.drv",
          name: "x",
          diagnosis: "builder-disk-full",
        }),
      ],
    },
  },
  {
    id: "builder-legacy",
    when: "its state lies in /var/lib/darwin-builder",
    told: oldDirectory,
    butNot: "its state lies where it does today",
    near: linuxBuilder,
  },
];
