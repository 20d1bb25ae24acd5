/** Cases that build here: success, every kind of failure, and what happens around a build. */

import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Case, internalJson } from "./scene.ts";

export const recordedBuilds: readonly Case[] = [
  {
    name: "dag",
    note: "30 derivations, all succeed; through the daemon, as most people have it.",
    record: (scene) => scene.build("dag", "all"),
  },
  {
    name: "no-daemon",
    note: "Seven derivations as root without a daemon: everything in one process.",
    record: (scene) => scene.build("fail", "small", { who: "root" }),
  },
  {
    name: "not-verbose",
    note: "Seven derivations, without -v.",
    record: async (scene) => {
      const args = scene.fresh();
      const argv = [
        "nix",
        "build",
        "-f",
        "cases/fail.nix",
        "small",
        ...args,
        "--no-link",
        "--log-format",
        "internal-json",
      ];
      await scene.record(argv, { wanted: await scene.derivation("fail", "small", args) });
    },
  },
  {
    name: "nix-build",
    note: "Seven derivations with the old command, nix-build.",
    record: async (scene) => {
      const args = scene.fresh();
      const argv = ["nix-build", "cases/fail.nix", "-A", "small", ...args, "--no-out-link", ...internalJson];
      await scene.record(argv, { wanted: await scene.derivation("fail", "small", args) });
    },
  },
  {
    name: "again",
    note: "Everything is there already: nothing to do.",
    record: async (scene) => {
      const args = scene.fresh();
      await scene.lab.output(["nix-build", "cases/fail.nix", "-A", "small", ...args, "--no-out-link"]);
      await scene.build("fail", "small", { args });
    },
  },
  {
    name: "dry-run",
    note: "--dry-run: only says what would be built.",
    record: (scene) => scene.build("dag", "all", { options: ["--dry-run"] }),
  },
  {
    name: "ugly",
    note: "Log lines with colours, Unicode, 100 kB lines, \\r progress, control sequences, false @nix lines.",
    record: (scene) => scene.build("ugly", "all"),
  },
  {
    name: "many",
    note: "41 trivial derivations in four layers: little log, many builds.",
    record: (scene) =>
      scene.build("scale", "all", {
        args: [...scene.fresh(), "--arg", "count", "40", "--arg", "width", "10"],
      }),
  },
  {
    name: "scale-1000",
    note: "1,001 trivial derivations.",
    record: (scene) =>
      scene.build("scale", "all", {
        args: [...scene.fresh(), "--arg", "count", "1000"],
        options: ["--max-jobs", "8"],
      }),
  },
  {
    name: "fail-stop",
    note: "One fails in the middle; whatever runs beside it is killed.",
    record: (scene) => scene.build("fail", "all", { fails: ["broken-0.9"] }),
  },
  {
    name: "fail-keep-going",
    note: "One fails in the middle; --keep-going builds all that does not need it.",
    record: (scene) => scene.build("fail", "all", { options: ["--keep-going"], fails: ["broken-0.9"] }),
  },
  {
    name: "hash-mismatch",
    note: "A fixed-output derivation yields something else than promised.",
    record: (scene) => scene.build("failures", "hash", { fails: ["source-1.4.tar"] }),
  },
  {
    name: "no-space",
    note: "The build directory is a tmpfs of 16 MB, and a build fills it.",
    record: async (scene) => {
      const args = scene.fresh();
      const directory =
        Number(scene.recorder.version.split(".")[1]) >= 22 ? " --option build-dir /small" : "";
      const build = ["nix build -f cases/failures.nix space", ...args, "--no-link", ...internalJson].join(
        " ",
      );
      const script = `mkdir -p /small && mount -t tmpfs -o size=16m,mode=755 small /small && TMPDIR=/small exec ${build}${directory}`;
      const wanted = await scene.derivation("failures", "space", args);
      await scene.record(["sh", "-c", script], { who: "root", wanted, fails: ["big-1.0"] });
    },
  },
  {
    name: "timeout",
    note: "--timeout 2 ends a build that would take a minute.",
    record: (scene) => scene.build("failures", "slow", { options: ["--timeout", "2"], fails: ["slow-1.0"] }),
  },
  {
    name: "silent",
    note: "--max-silent-time 2 ends a build that says nothing.",
    record: (scene) =>
      scene.build("failures", "silent", { options: ["--max-silent-time", "2"], fails: ["silent-1.0"] }),
  },
  {
    name: "log-limit",
    note: "max-build-log-size = 20000 ends a build that says too much.",
    record: (scene) =>
      scene.build("failures", "chatty", {
        options: ["--option", "max-build-log-size", "20000"],
        fails: ["chatty-1.0"],
      }),
  },
  {
    name: "chatty",
    note: "One build prints 100,000 lines as fast as it can.",
    record: (scene) => scene.build("failures", "chatty"),
  },
  {
    name: "no-output",
    note: "The builder ends well but made no output.",
    record: (scene) => scene.build("failures", "noOutput", { fails: ["no-output-1.0"] }),
  },
  {
    name: "wrong-feature",
    note: "Needs the feature kvm, which this machine does not offer, and there is no builder.",
    record: (scene) => scene.build("failures", "feature"),
  },
  {
    name: "wrong-system",
    note: "Needs aarch64-linux, for which there is no builder.",
    record: (scene) => scene.build("failures", "systemUnder"),
  },
  {
    name: "killed",
    note: "Somebody kills the builder process after 2 s, as the kernel does when memory runs out.",
    record: (scene) =>
      scene.build("failures", "slow", {
        meanwhile: { after: 2, act: () => execFileSync("pkill", ["-KILL", "-U", "32001,32002,32003,32004"]) },
        fails: ["slow-1.0"],
      }),
  },
  {
    name: "check",
    note: "--rebuild of something whose output differs each time.",
    record: async (scene) => {
      const args = scene.fresh();
      await scene.lab.output(["nix-build", "cases/failures.nix", "-A", "again", ...args, "--no-out-link"]);
      await scene.build("failures", "again", { args, options: ["--rebuild"] });
    },
  },
  {
    name: "hook",
    note: "A post-build-hook runs after each build and prints two lines (as root: a daemon takes no hook from a client).",
    record: async (scene) => {
      const hook = join(scene.lab.directory, "hook.sh");
      writeFileSync(hook, "#!/bin/sh\necho uploading $OUT_PATHS\nsleep 0.3\necho done >&2\n");
      chmodSync(hook, 0o755);
      await scene.build("fail", "small", {
        options: ["--option", "post-build-hook", "/lab/run/hook.sh"],
        who: "root",
      });
    },
  },
  {
    name: "ifd",
    note: "Evaluation itself needs a build (import from derivation).",
    record: async (scene) => {
      const args = scene.fresh();
      const wanted = async () => [
        await scene.derivation("failures", "imported", args),
        await scene.derivation("failures", "generated", args),
      ];
      await scene.build("failures", "imported", { args, wanted });
    },
  },
  {
    name: "interrupt",
    note: "The person presses Ctrl-C after 4 s.",
    record: (scene) => scene.build("dag", "all", { interruptAfter: 4 }),
  },
  {
    name: "high-pid",
    note: "Process ids beyond 3,000,000, as a busy Linux machine has: activity ids no longer fit a double.",
    record: async (scene) => {
      const args = scene.fresh();
      const build = ["nix build -f cases/fail.nix small", ...args, "--no-link", ...internalJson].join(" ");
      const pids = "echo 4194304 >/proc/sys/kernel/pid_max && echo 3000000 >/proc/sys/kernel/ns_last_pid";
      const argv = ["unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", `${pids} && ${build}`];
      await scene.record(argv, { who: "root", wanted: await scene.derivation("fail", "small", args) });
    },
  },
  {
    name: "eval-error",
    note: "The expression is wrong; nothing is built.",
    record: (scene) =>
      scene.record([
        "nix",
        "build",
        "--impure",
        "--expr",
        "let x = { a = 1; }; in x.b",
        "--no-link",
        ...internalJson,
      ]),
  },
];
