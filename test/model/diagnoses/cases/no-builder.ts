import { absent, changed, failure } from "../../../support/facts.ts";
import {
  config,
  linuxBuilder,
  native,
  nativeConfig,
  nixdVersion,
  remote,
} from "../../../support/macs-of-facts.ts";
import type { DiagnosisCase } from "./types.ts";

const settings = (...lines: string[]) => ({
  "nix-darwin-settings": lines
    .map((text, index) => `/etc/nix-darwin/flake.nix:${index + 7}:${text}\n`)
    .join(""),
});
const dropped = changed(native, {
  "nix-config": config(),
  "file /etc/determinate/config.json": absent,
  "determinate-version": nixdVersion(["lazy-trees"]),
  ...settings("nix.enable = false;", "nix.buildMachines = [ {"),
});
/** Determinate Nix without its native builder, beside nix-darwin's linux-builder. */
const jobAlone = changed(linuxBuilder, {
  "nix-version": "nix (Determinate Nix 3.22.2) 2.35.2\n",
  "determinate-version": nixdVersion(["lazy-trees"]),
  "file /etc/determinate/config.json": absent,
  "file /etc/nix/machines": absent,
});
const noMachine = (required: string, offered: string) =>
  failure(
    `Failed to find a machine for remote build!\nrequired (system, features): (${required}, [])\n1 available machines:\n([${offered}], 4, [], [])`,
  );

export const cases: DiagnosisCase[] = [
  {
    id: "no-builder-configured",
    when: "builders is empty, though a VM runs",
    told: changed(linuxBuilder, { "nix-config": config({ builders: "" }) }),
    butNot: "the native builder of Determinate Nix does the work",
    near: native,
  },
  {
    id: "no-builder-configured",
    when: "there is no machines file and nothing else",
    told: changed(remote, { "file /etc/nix/machines": absent }),
    butNot: "the native builder is asked for, but not granted",
    near: changed(native, {
      "nix-config": nativeConfig({ "external-builders": [] }),
      "determinate-version": nixdVersion([]),
    }),
  },
  {
    id: "no-usable-builder",
    when: "a line of machines is none",
    told: changed(remote, { "file /etc/nix/machines": "ssh-ng://heron aarch64-linux - many\n" }),
    butNot: "a line is commented out",
    near: changed(remote, {
      "file /etc/nix/machines": `# ssh-ng://heron aarch64-linux - many\n${remote.answers["file /etc/nix/machines"]}`,
    }),
  },
  {
    id: "nix-darwin-nix-disabled",
    when: "the flake turns nix off and the linux-builder on",
    told: changed(dropped, settings("nix.enable = false;", "nix.linux-builder.enable = true;")),
    butNot: "the flake leaves nix on",
    near: changed(linuxBuilder, settings("nix.linux-builder.enable = true;")),
  },
  {
    id: "nix-darwin-nix-disabled",
    when: "darwin-rebuild said so",
    told: {
      ...native,
      failures: [
        failure("Failed assertions:", { logTail: ["- `nix.linux-builder.enable` requires `nix.enable`"] }),
      ],
    },
    butNot: "the line is a comment",
    near: changed(dropped, settings("nix.enable = false;", "# nix.linux-builder.enable = true;")),
  },
  {
    id: "machines-dropped",
    when: "nix is off in the flake that sets nix.buildMachines, and there is no machines file",
    told: dropped,
    butNot: "Determinate's own option sets them",
    near: changed(dropped, settings("nix.enable = false;", "determinateNix.buildMachines = [ {")),
  },
  {
    id: "machines-dropped",
    when: "a builder of nix-darwin runs beside Determinate Nix, and there is no machines file",
    told: jobAlone,
    butNot: "the file is there",
    near: changed(jobAlone, {
      "file /etc/nix/machines": "ssh-ng://builder@linux-builder aarch64-linux /etc/nix/builder_ed25519 4\n",
    }),
  },
  {
    id: "duplicate-builders",
    when: "the native builder and a line of machines serve one system",
    told: changed(native, {
      "nix-config": nativeConfig({ builders: "ssh-ng://heron.example.net aarch64-linux" }),
    }),
    butNot: "the line serves another system",
    near: changed(native, {
      "nix-config": nativeConfig({ builders: "ssh-ng://heron.example.net riscv64-linux" }),
    }),
  },
  {
    id: "duplicate-builders",
    when: "two lines lead to one place",
    told: changed(remote, {
      "file /etc/nix/machines":
        "ssh-ng://heron.example.net aarch64-linux\nssh://nixremote@heron.example.net aarch64-linux\n",
    }),
    butNot: "two machines serve one system",
    near: changed(remote, {
      "file /etc/nix/machines":
        "ssh-ng://heron.example.net aarch64-linux\nssh-ng://gull.example.net aarch64-linux\n",
    }),
  },
  {
    id: "features-missing",
    when: "a build needs kvm and no machine lists it",
    told: {
      ...linuxBuilder,
      failures: [
        failure("missing system features: kvm", {
          drv: "/nix/store/a-x.drv",
          name: "x",
          diagnosis: "features-missing",
        }),
      ],
    },
    butNot: "no machine is of its system",
    near: { ...linuxBuilder, failures: [noMachine("x86_64-linux", "aarch64-linux")] },
  },
  {
    id: "system-not-served",
    when: "no machine is of the system of a build",
    told: { ...linuxBuilder, failures: [noMachine("x86_64-linux", "aarch64-linux")] },
    butNot: "a machine is, and lacks a feature",
    near: { ...linuxBuilder, failures: [noMachine("aarch64-linux", "aarch64-linux")] },
  },
  {
    id: "rebuild-never-remote",
    when: "--rebuild ended with a platform mismatch",
    told: {
      ...linuxBuilder,
      failures: [
        failure("platform mismatch: needs aarch64-linux", { command: "nix build .#hello --rebuild" }),
      ],
    },
    butNot: "a plain build did",
    near: {
      ...linuxBuilder,
      failures: [failure("platform mismatch: needs aarch64-linux", { command: "nix build .#hello" })],
    },
  },
  {
    id: "builder-bootstrap-loop",
    when: "what cannot be built is the builder itself",
    told: {
      ...linuxBuilder,
      failures: [
        failure(
          "a 'aarch64-linux' with features {} is required to build '/nix/store/abc-nixos-system-nixos-26.05.drv', but I am a 'aarch64-darwin' with features {}",
        ),
      ],
    },
    butNot: "it is something else",
    near: {
      ...linuxBuilder,
      failures: [
        failure(
          "a 'aarch64-linux' with features {} is required to build '/nix/store/abc-hello.drv', but I am a 'aarch64-darwin' with features {}",
        ),
      ],
    },
  },
  {
    id: "hash-mismatch",
    when: "Nix got something else than was specified",
    told: {
      ...linuxBuilder,
      failures: [failure("hash mismatch in fixed-output derivation '/nix/store/a-source.drv':")],
    },
    butNot: "the build failed by itself",
    near: { ...linuxBuilder, failures: [failure("builder failed with exit code 2")] },
  },
  {
    id: "build-timed-out",
    when: "it took longer than it may",
    told: { ...linuxBuilder, failures: [failure("timed out after 3600 seconds")] },
    butNot: "it was killed for its log",
    near: {
      ...linuxBuilder,
      failures: [failure("killed after writing more than 20000 bytes of log output")],
    },
  },
  {
    id: "upload-lock-stuck",
    when: "Nix gave up waiting for the lock",
    told: {
      ...linuxBuilder,
      failures: [failure("somebody is hogging the upload lock for '%s', continuing...")],
    },
    butNot: "the build failed by itself",
    near: { ...linuxBuilder, failures: [failure("builder failed with exit code 2")] },
  },
];
