/** Cases with the remote builder: builds that succeed and fail there, and every way not to reach it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Case, internalJson, type Scene } from "./scene.ts";

export const recordedRemoteBuilds: readonly Case[] = [
  {
    name: "remote-ssh-ng",
    note: "Seven derivations on the builder, over ssh-ng.",
    record: (scene) => scene.buildRemotely("fail", "small"),
  },
  {
    name: "remote-ssh",
    note: "Seven derivations on the builder, over the old ssh protocol.",
    record: (scene) => scene.buildRemotely("fail", "small", { store: "ssh://lab-builder" }),
  },
  {
    name: "remote-and-local",
    note: "One job here and two at the builder.",
    record: (scene) => scene.buildRemotely("fail", "small", { localJobs: 1 }),
  },
  {
    name: "remote-fail",
    note: "A build fails at the builder.",
    record: (scene) => scene.buildRemotely("fail", "above", { fails: ["broken-0.9"] }),
  },
  {
    name: "remote-ssh-fail",
    note: "A build fails at the builder, over the old ssh protocol.",
    record: (scene) =>
      scene.buildRemotely("fail", "above", { store: "ssh://lab-builder", fails: ["broken-0.9"] }),
  },
  {
    name: "copy-to",
    note: "nix copy of six paths that are built here to the builder's store.",
    record: async (scene) => {
      await scene.publish();
      await scene.forgetBlobs();
      await scene.forgetBlobs("builder");
      const cache = ["--option", "substituters", `file://${scene.cache.inside}?trusted=1`];
      await scene.lab.output(["nix", "build", "-f", "cases/blobs.nix", "all", "--no-link", ...cache]);
      const argv = [
        "nix",
        "copy",
        "--to",
        "ssh-ng://lab-builder",
        "--no-check-sigs",
        "-f",
        "cases/blobs.nix",
        "all",
      ];
      await scene.record([...argv, ...internalJson], { who: "root" });
    },
  },
  {
    name: "remote-wrong-host-key",
    note: "The builder shows another host key than the client knows.",
    record: async (scene) => {
      await scene.lab.restartSshd("/etc/ssh/lab_other_host_ed25519");
      try {
        await scene.buildRemotely("fail", "above");
      } finally {
        await scene.lab.restartSshd();
      }
    },
  },
  {
    name: "remote-no-key",
    note: "The key file that the client is told to use does not exist.",
    record: (scene) => withKey(scene, "/etc/nix/no_such_key"),
  },
  {
    name: "remote-open-key",
    note: "The key file may be read by everybody, so ssh refuses it.",
    record: async (scene) => {
      const key = "/etc/nix/open_ed25519";
      await scene.lab.output(["install", "-m", "644", "/etc/nix/builder_ed25519", key], { who: "root" });
      await withKey(scene, key);
    },
  },
  {
    name: "remote-port-closed",
    note: "Nobody listens at the builder's port, and no local jobs are allowed.",
    record: (scene) => scene.withoutSshd(() => scene.buildRemotely("fail", "above")),
  },
  {
    name: "remote-ssh-port-closed",
    note: "Nobody listens at the builder's port, over the old ssh protocol, where the log does tell the reason.",
    record: (scene) =>
      scene.withoutSshd(() => scene.buildRemotely("fail", "above", { store: "ssh://lab-builder" })),
  },
  {
    name: "remote-port-closed-root",
    note: "Nobody listens, over ssh-ng as root without a daemon: what ssh says stands in the log as it is, without @nix.",
    record: (scene) => scene.withoutSshd(() => scene.buildRemotely("fail", "above", { who: "root" })),
  },
  {
    name: "remote-port-closed-local",
    note: "Nobody listens at the builder's port; with local jobs it is built here instead.",
    record: (scene) => scene.withoutSshd(() => scene.buildRemotely("fail", "small", { localJobs: 2 })),
  },
  {
    name: "remote-wrong-feature",
    note: "Needs kvm, which the builder does not offer.",
    record: (scene) => scene.buildRemotely("failures", "feature"),
  },
  {
    name: "remote-wrong-system",
    note: "Needs aarch64-linux; the builder is x86_64-linux.",
    record: (scene) => scene.buildRemotely("failures", "systemUnder"),
  },
  {
    name: "remote-lost",
    note: "sshd and its sessions are killed after 4 s of building.",
    record: async (scene) => {
      const cut = { after: 4, act: () => scene.lab.stopSshd() };
      try {
        await scene.buildRemotely("dag", "all", { meanwhile: cut });
      } finally {
        await scene.lab.restartSshd();
      }
    },
  },
];

/** With a host name for which ssh knows no key, so that the one named in `--builders` is all there is. */
async function withKey(scene: Scene, key: string): Promise<void> {
  const host =
    "Host keyless-builder\n  Hostname 127.0.0.1\n  HostKeyAlias lab-builder\n  Port 31522\n  User builder\n";
  writeFileSync(join(scene.lab.root, "etc/ssh/ssh_config.d/101-keyless-builder.conf"), host);
  await scene.buildRemotely("fail", "above", {
    store: "ssh-ng://keyless-builder",
    machine: `x86_64-linux ${key} 2 1 - -`,
  });
}
