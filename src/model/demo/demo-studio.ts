/** The demonstration's first Mac: Determinate Nix, a linux-builder under QEMU whose disk fills, and the native builder. */
import { guestAnswers } from "./demo-guest.ts";
import { builderFiles, demoEpoch, macAnswers, nixConfig, nixpkgsHostKey } from "./demo-mac.ts";
import type { DemoMachine } from "./demo-machines.ts";
import type { DemoProcess } from "./demo-texts.ts";
import { gathered, runningBuilds } from "./demo-times.ts";

const vm = "ssh-ng://builder@linux-builder";
/** The VM has been up for 3 h 12 min. */
const upSeconds = 11_540;
const cores = 4;
const diskGiB = 40;

const daemon = "systems.determinate.nix-daemon";
const builder = "org.nixos.linux-builder";
const nix = "/nix/store/6w8k2ldv0r3kq7p1zmn4x9ysb5hjc2fa-determinate-nix-3.22.2/bin/nix";
const qemu =
  "/nix/store/m1z8c7r4w2k5n9v3x6b0d4f7g2h5j8ls-qemu-10.1.0/bin/qemu-system-aarch64 -machine virt,gic-version=2,accel=hvf:tcg -cpu max -name nixos -m 8192 -smp 4 -netdev user,id=user.0,hostfwd=tcp::31022-:22, -drive cache=writeback,file=/var/lib/linux-builder/nixos.qcow2,id=drive1,if=none,index=1,werror=report -nographic";

/** It fills while builds run there: an hour of it would be too much. */
const diskUsedGiB = (seconds: number) => 34.4 + gathered(vm, seconds, (builds) => (builds * 0.18) / 60);

function processes(seconds: number): DemoProcess[] {
  const remote = runningBuilds(vm, seconds);
  const here = runningBuilds("", seconds);
  const up = upSeconds + seconds;
  const root = { parent: 1, user: "root" };
  return [
    { ...root, pid: 1, parent: 0, elapsedSeconds: up + 60, args: "/sbin/launchd", residentMiB: 21 },
    {
      ...root,
      pid: 402,
      elapsedSeconds: up + 40,
      args: "/usr/local/bin/determinate-nixd daemon",
      residentMiB: 60,
    },
    {
      ...root,
      pid: 431,
      parent: 402,
      elapsedSeconds: up + 40,
      args: "/nix/var/nix/profiles/default/bin/nix-daemon --daemon",
    },
    {
      ...root,
      pid: 530,
      elapsedSeconds: up,
      args: "/bin/bash /nix/store/9v1h3f0w6i5x2ldk8mza7yqb4gcn0rjs-linux-builder-start",
    },
    {
      ...{ ...root, pid: 571, parent: 530, elapsedSeconds: up - 3, args: qemu, residentMiB: 7_300 },
      cpu: Math.min(0.04 + remote.length * 1.3, 3.9),
    },
    ...remote.flatMap(({ index, elapsedSeconds }): DemoProcess[] => [
      {
        ...root,
        pid: 4000 + index * 10,
        parent: 431,
        elapsedSeconds,
        args: `${nix} __build-remote 0`,
        residentMiB: 19,
      },
      {
        ...{ ...root, pid: 4001 + index * 10, parent: 4000 + index * 10, elapsedSeconds },
        args: `ssh builder@linux-builder -x -i /etc/nix/builder_ed25519 -oUserKnownHostsFile=/tmp/nix-${4000 + index * 10}-0/host-key -oPermitLocalCommand=yes -oLocalCommand=echo started -- nix-daemon --stdio`,
      },
    ]),
    ...here.map(
      ({ index, name, elapsedSeconds }): DemoProcess => ({
        ...{
          pid: 5000 + index,
          parent: 431,
          user: `_nixbld${index}`,
          elapsedSeconds,
          cpu: 0.9,
          residentMiB: 180,
        },
        args: `/nix/store/2c5h8k1n4q7t0w3z6b9e2g5j8l1o4r7u-clang-19.1.5/bin/clang -c -O2 -o /nix/var/nix/builds/nix-build-${name}.drv-0/obj.o`,
      }),
    ),
    {
      pid: 901,
      parent: 1,
      user: "ada",
      elapsedSeconds: up - 500,
      cpu: 0.03,
      residentMiB: 300,
      args: "/System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal",
    },
  ];
}

export const studio: DemoMachine = {
  name: "studio",
  answers: macAnswers({
    ...{
      name: "studio",
      model: "Mac16,9",
      chip: "Apple M4 Max",
      cores: 16,
      memoryGiB: 64,
      upSeconds: upSeconds + 60,
    },
    diskGiB: { total: 926, nix: 148, free: 402 },
    nixVersion: "nix (Determinate Nix 3.22.2) 2.35.2",
    nixConfig: nixConfig({
      builders: "@/etc/nix/machines",
      "external-builders": [
        {
          systems: ["aarch64-linux", "x86_64-linux"],
          program: "/usr/local/bin/determinate-nixd",
          args: ["builder"],
        },
      ],
      "experimental-features": ["external-builders", "flakes", "nix-command"],
      "max-jobs": 16,
      system: "aarch64-darwin",
    }),
    jobs: [
      {
        label: daemon,
        pid: 402,
        args: ["/usr/local/bin/determinate-nixd", "daemon"],
        log: "/var/log/determinate-nix-daemon.log",
      },
      {
        ...{ label: builder, pid: 530, directory: "/var/lib/linux-builder" },
        args: [
          "/bin/sh",
          "-c",
          "/bin/wait4path /nix/store && exec /nix/store/9v1h3f0w6i5x2ldk8mza7yqb4gcn0rjs-linux-builder-start",
        ],
      },
    ],
    files: {
      ...builderFiles,
      "/etc/nix/machines": `${vm} aarch64-linux /etc/nix/builder_ed25519 4 1 kvm,benchmark,big-parallel - ${nixpkgsHostKey}\n`,
      "/etc/nix/nix.custom.conf": "max-jobs = auto\ntrusted-users = root @admin\n",
      "/etc/determinate/config.json":
        '{ "builder": { "state": "enabled", "memoryBytes": 8589934592, "cpuCount": 4 } }\n',
    },
    further: (request, seconds) => {
      const text = (out: string) => ({ code: 0, text: out });
      if (request === "determinate-version")
        return text(
          "Determinate Nixd daemon version: 3.22.2\nDeterminate Nixd client version: 3.22.2\n\nThe following features are enabled:\n\n * lazy-trees\n * native-linux-builder\n",
        );
      if (request === "determinate-status") return text("Logged in: true\n");
      if (request === "current-load")
        return text(
          runningBuilds(vm, seconds)
            .map(
              ({ elapsedSeconds }, slot) =>
                `${Math.floor(demoEpoch + seconds - elapsedSeconds)} 0 ssh-ng:__builder@linux-builder-${slot}\n`,
            )
            .join(""),
        );
      if (request.startsWith("stat /var/lib/linux-builder/")) {
        const blocks = Math.round((diskUsedGiB(seconds) * 1024 ** 3) / 512);
        return text(
          `-rw-r--r-- root wheel ${blocks * 512} ${blocks} ${demoEpoch} /var/lib/linux-builder/nixos.qcow2\n`,
        );
      }
      // A qcow2 of 40 GiB.
      if (request.startsWith("head "))
        return text(
          " 51 46 49 fb 00 00 00 03 00 00 00 00 00 00 00 00\n 00 00 00 00 00 00 00 10 00 00 00 0a 00 00 00 00\n",
        );
      return undefined;
    },
    figures: (seconds) => {
      const builds = runningBuilds(vm, seconds).length;
      const here = runningBuilds("", seconds).length;
      const wave = Math.sin(seconds / 7) * 0.02;
      return {
        processes: processes(seconds),
        cpu: 0.06 + wave + builds * 0.08 + here * 0.06,
        load: [1.4 + builds * 1.1 + here * 0.9, 2.6, 2.4],
        activeGiB: 24 + builds * 0.6 + here * 0.3,
      };
    },
  }),
  guests: {
    "builder@linux-builder:": {
      answers: guestAnswers({
        ...{ host: vm, cores, memoryGiB: 7.9, diskGiB, upSeconds: upSeconds - 20, diskUsedGiB },
      }),
    },
  },
};
