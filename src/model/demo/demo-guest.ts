/** The inside of a builder of the demonstration: a NixOS that builds what the script says. */
import { demoEpoch } from "./demo-mac.ts";
import type { DemoAnswers } from "./demo-machines.ts";
import { type DemoProcess, linuxDisk, linuxLoad, meminfo, processTable, procStat } from "./demo-texts.ts";
import { gathered, runningBuilds } from "./demo-times.ts";

export interface DemoGuest {
  /** The store URI by which the script's builds name it; `null`: none of them runs there. */
  readonly host: string | null;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly diskGiB: number;
  readonly upSeconds: number;
  diskUsedGiB(seconds: number): number;
}

/** Of all cores, with so many builds. */
const share = (builds: number) => Math.min(0.02 + builds * 0.32, 0.97);

export function guestAnswers(guest: DemoGuest): DemoAnswers {
  const { cores, upSeconds } = guest;
  const host = guest.host ?? "nowhere";
  return (request, seconds) => {
    const builds = runningBuilds(host, seconds);
    const up = upSeconds + seconds;
    const text = (out: string) => ({ code: 0, text: out });
    switch (request) {
      case "now":
        return text(`${Math.floor(demoEpoch + seconds)}\n`);
      case "load":
        return text(linuxLoad([0.1 + builds.length * 1.2, 2.9, 2.2], up));
      case "memory": {
        const wave = Math.sin(seconds / 5) * 0.15;
        const used = 0.7 + builds.length * (1.3 + wave);
        return text(meminfo(guest.memoryGiB, guest.memoryGiB - used));
      }
      case "cpu": {
        const busy = upSeconds * 0.4 * cores + cores * gathered(host, seconds, share);
        return text(procStat(cores, busy, cores * up - busy));
      }
      case "processes":
        return text(processTable(processes(builds, up)));
      case "disks":
        return text(linuxDisk(guest.diskGiB, guest.diskUsedGiB(seconds)));
      case "nix-version":
        return text("nix (Nix) 2.34.3\n");
      default:
        return undefined;
    }
  };
}

function processes(builds: ReturnType<typeof runningBuilds>, up: number): DemoProcess[] {
  const bash = "/nix/store/c0q8v2m5n7y1k4s6g9r3j0w5x8a2d4fz-bash-5.3p3/bin/bash";
  const gcc =
    "/nix/store/8g6k2f4d1s3a5p7r9i0b2y4c6q8z0wqz-gcc-14.2.0/libexec/gcc/aarch64-unknown-linux-gnu/14.2.0/cc1";
  return [
    {
      pid: 1,
      parent: 0,
      user: "root",
      elapsedSeconds: up,
      args: "/run/current-system/systemd/lib/systemd/systemd",
    },
    {
      pid: 640,
      parent: 1,
      user: "root",
      elapsedSeconds: up - 4,
      residentMiB: 19,
      args: "nix-daemon --daemon",
    },
    ...builds.flatMap(({ index, name, elapsedSeconds }): DemoProcess[] => {
      const common = { user: `nixbld${index + 1}`, elapsedSeconds };
      return [
        {
          ...common,
          pid: 2000 + index * 10,
          parent: 640,
          args: `${bash} -e /nix/store/xz5r1c9l0qk7m3w8v2b4n6s1y3a5d7fg-default-builder.sh`,
        },
        {
          ...{ ...common, pid: 2001 + index * 10, parent: 2000 + index * 10, cpu: 0.9 + (index % 3) * 0.2 },
          residentMiB: 240 + index * 190,
          args: `${gcc} -quiet -I /build/nix-build-${name}.drv-0/include`,
        },
      ];
    }),
  ];
}
