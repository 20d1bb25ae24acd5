/** What only the words of a failed command and the Mac together tell: a stand-in Mac over ssh, and a stream of Nix. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { hostFor } from "../../src/adapters/hosts/choose-host.ts";
import { MachineWatch } from "../../src/adapters/machine/machine-watch.ts";
import { LiveBuilds } from "../../src/commands/live-builds.ts";
import { knownFailures } from "../../src/model/diagnoses/known-failures.ts";
import { type MacCase, macSkipReason, startMac } from "../support/mac.ts";

const drv = "/nix/store/0c5mqrhl7ja2vmbs8d9k4wfnyz31x6pg-hello-2.12.drv";
const copying = `error: builder for '${drv}' failed with exit code 1;\n       last 1 log lines:\n       > cp: setting permissions for 'include/a.h': Permission denied`;
const required = `error: a 'aarch64-linux' with features {} is required to build '${drv}', but I am a 'aarch64-darwin' with features {apple-virt, big-parallel}`;
const noConnection = "error: failed to start SSH connection to 'virby-vm'";
/** The VM that a connection has woken 40 s ago. */
const woken: MacCase = {
  extends: "virby-asleep",
  launchd: { "org.nixos.virbyd": { state: "running", pid: 545, runs: 1, lastExitCode: null } },
  processes: [
    {
      pid: 545,
      ppid: 1,
      user: "_virby",
      cpu: 0.1,
      rssKB: 22000,
      elapsedSeconds: 40,
      args: "/nix/store/q6-virby/bin/virby-vm",
    },
    {
      pid: 581,
      ppid: 545,
      user: "_virby",
      cpu: 40,
      rssKB: 38000,
      elapsedSeconds: 40,
      args: "/nix/store/q7-vfkit/bin/vfkit --cpus 8 --memory 6144",
    },
  ].map((each) => ({ ...each, comm: each.args.split(" ")[0] })),
};

interface Story {
  readonly id: string;
  readonly mac: string | MacCase;
  readonly command?: string;
  readonly says: string;
  readonly near: { readonly mac?: string | MacCase; readonly command?: string; readonly says?: string };
}

const stories: readonly Story[] = [
  {
    id: "launchctl-bootstrap-failed",
    mac: "healthy-linux-builder",
    command: "darwin-rebuild switch",
    says: "error: Bootstrap failed: 5: Input/output error",
    near: { says: "error: reading from file: Input/output error" },
  },
  {
    id: "on-demand-first-build",
    mac: woken,
    says: noConnection,
    near: { mac: "virby-asleep" },
  },
  {
    id: "upload-lock-stuck",
    mac: "remote-several",
    says: "error: somebody is hogging the upload lock for 'ssh-ng://heron', continuing...",
    near: { says: "error: interrupted by the user" },
  },
  {
    id: "virtiofs-permission",
    mac: "determinate-native-idle",
    says: copying,
    near: { mac: "healthy-linux-builder" },
  },
  {
    id: "rebuild-never-remote",
    mac: "healthy-linux-builder",
    command: "nix build --rebuild .#hello",
    says: required,
    near: { command: "nix build .#hello" },
  },
];

describe("a Mac and what failed on it", { skip: macSkipReason(), concurrency: 2 }, () => {
  for (const { id, mac, command = "nix build .#hello", says, near } of stories)
    it(`together tell ${id}, and not where one of them is another`, async () => {
      assert.ok((await told(mac, command, says)).includes(id), "is told");
      const other = await told(near.mac ?? mac, near.command ?? command, near.says ?? says);
      assert.ok(!other.includes(id), `is told: ${other.join(" ")}`);
    });
});

/** Ids of the diagnoses of that Mac, where a command ended with these words. */
async function told(state: string | MacCase, command: string, says: string): Promise<string[]> {
  await using mac = await startMac(state);
  const host = await hostFor(mac.alias, {
    configFile: join(mac.home, ".ssh/config"),
    ownKnownHosts: join(mac.home, "known_hosts"),
  });
  const live = new LiveBuilds();
  const stream = live.open({ label: command, kind: "command" });
  // The long form that the error has with which a command ends.
  const place = { column: null, file: null, line: null };
  const record = { action: "msg", ...place, level: 0, msg: says, raw_msg: says.replace("error: ", "") };
  stream.feed(Buffer.from(`@nix ${JSON.stringify(record)}\n`), live.now());
  stream.end(live.now(), { exitCode: 1, signal: null });
  const watch = new MachineWatch(host, { intervalMs: 700 });
  try {
    watch.tellFailures(knownFailures(live.builds));
    return (await watch.look({ measured: false })).diagnoses.map((each) => each.id);
  } finally {
    await watch.stop();
  }
}
