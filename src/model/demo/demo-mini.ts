/** The demonstration's Mac mini: nix-darwin, a linux-builder on Apple's framework that waits, and a machine that is away. */
import { guestAnswers } from "./demo-guest.ts";
import { builderFiles, macAnswers, nixConfig, nixpkgsHostKey } from "./demo-mac.ts";
import type { DemoMachine } from "./demo-machines.ts";

const upSeconds = 3 * 86_400;
const start = "/nix/store/hk6rgyiwqkyyqfvzc1z2a0ajl4rczqsr-linux-builder-start";
const nix = "/nix/store/4q2b7cmx0k4dqgb6jy1a9v8w3s5zr0np-nix-2.34.3/bin";

export const mini: DemoMachine = {
  name: "mini",
  answers: macAnswers({
    ...{ name: "mini", model: "Mac16,10", chip: "Apple M4", cores: 10, memoryGiB: 16, upSeconds },
    diskGiB: { total: 460, nix: 61, free: 233 },
    nixVersion: "nix (Nix) 2.34.3",
    nixConfig: nixConfig({ builders: "@/etc/nix/machines", "max-jobs": 10, system: "aarch64-darwin" }),
    jobs: [
      {
        label: "org.nixos.nix-daemon",
        pid: 512,
        args: ["/bin/sh", "-c", `/bin/wait4path /nix/store && exec ${nix}/nix-daemon`],
      },
      {
        label: "org.nixos.linux-builder",
        pid: 530,
        directory: "/var/lib/linux-builder",
        args: ["/bin/sh", "-c", `exec ${start}`],
      },
    ],
    files: {
      ...builderFiles,
      "/etc/nix/machines": `ssh-ng://builder@linux-builder aarch64-linux,x86_64-linux /etc/nix/builder_ed25519 6 1 kvm,benchmark,big-parallel,nixos-test - ${nixpkgsHostKey}\nssh-ng://ada@pi.local aarch64-linux - 2 1 - - -\n`,
      "/etc/nix/nix.conf":
        "# WARNING: this file is generated from the nix.* options in\n# your nix-darwin configuration. Do not edit it!\nmax-jobs = 10\ntrusted-users = root ada\n",
      "/var/lib/linux-builder/vzvm.json":
        '{ "cpuCount": 6, "memorySizeMiB": 8192, "rosetta": true, "disks": [] }\n',
    },
    further: () => undefined,
    figures: (seconds) => {
      const up = upSeconds + seconds;
      const wave = Math.sin(seconds / 9) * 0.015;
      const root = { parent: 1, user: "root" };
      return {
        processes: [
          { ...root, pid: 1, parent: 0, elapsedSeconds: up, args: "/sbin/launchd", residentMiB: 21 },
          { ...root, pid: 512, elapsedSeconds: up - 20, args: `${nix}/nix-daemon`, residentMiB: 22 },
          { ...root, pid: 530, elapsedSeconds: up - 20, args: `/bin/bash ${start}` },
          {
            ...root,
            pid: 566,
            parent: 530,
            elapsedSeconds: up - 22,
            residentMiB: 14,
            args: "/nix/store/30if8nq32wcsj2wsn11hrw1861br3vin-vzvm-0.3.1/bin/vzvm /var/lib/linux-builder/vzvm.json",
          },
          {
            ...root,
            pid: 568,
            elapsedSeconds: up - 22,
            cpu: 0.05,
            residentMiB: 3_100,
            args: "/System/Library/Frameworks/Virtualization.framework/Versions/A/XPCServices/com.apple.Virtualization.VirtualMachine.xpc/Contents/MacOS/com.apple.Virtualization.VirtualMachine",
          },
        ],
        cpu: 0.04 + wave,
        load: [1.1, 1.2, 1.2],
        activeGiB: 6.2,
      };
    },
  }),
  guests: {
    "builder@linux-builder:": {
      answers: guestAnswers({
        ...{ host: null, cores: 6, memoryGiB: 7.8, diskGiB: 60, upSeconds: upSeconds - 40 },
        diskUsedGiB: () => 14.3,
      }),
    },
    "ada@pi.local:": {
      trouble: {
        kind: "refused",
        message: "pi.local does not let us in: nothing listens there, or there is no way to it",
        details: ["ssh: connect to host pi.local port 22: No route to host"],
        retry: true,
      },
    },
  },
};
