/**
 * Builds of real Nix that fail for real reasons: the digest names the diagnosis, `buildtop doctor` says the same while
 * the reason stands, and is silent once it is mended and the build has gone well.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { titleOfDiagnosis } from "../../src/model/diagnoses/all.ts";
import type { Lab, Result, Suite, Who } from "../support/lab.ts";
import { buildtop, endToEndSkipReason, eventually, nixBuild, quick } from "../support/lab-buildtop.ts";
import { SmallDiskLab } from "../support/small-disk-lab.ts";

const ids = {
  hostKey: "host-key-unverified",
  key: "builder-key-permissions",
  port: "ssh-connection-failed",
  feature: "features-missing",
  system: "system-not-served",
  builderDisk: "builder-disk-full",
  hash: "hash-mismatch",
  daemon: "daemon-down",
  disk: "host-disk-full",
  timeout: "build-timed-out",
  itself: "builder-bootstrap-loop",
} as const;
const otherHostKey = "/etc/ssh/lab_other_host_ed25519";
const mebibyte = 1024 * 1024;

for (const [suite, version] of [
  ["forky", "2.34"],
  ["bookworm", "2.8"],
] as [Suite, string][]) {
  describe(`a build that fails with Nix ${version}`, { skip: endToEndSkipReason() }, () => {
    let disks: SmallDiskLab;
    let lab: Lab;
    /** The host key of the builder's sshd; `null`: it does not run. */
    let hostKey: string | null | undefined;
    before(async () => {
      disks = await SmallDiskLab.open(suite);
      lab = disks.lab;
      builderLine();
      await settings();
    });
    after(() => disks?.close());

    const remote = () => nixBuild("failures", "again", lab.stamp(), ...quick, "--max-jobs", "0");
    const local = () => nixBuild("failures", "again", lab.stamp(), ...quick, "--builders", "");
    const etc = (name: string) => join(lab.root, "etc", name);
    const builderLine = (publicHostKey = "") =>
      writeFileSync(
        etc("nix/machines"),
        `ssh-ng://lab-builder x86_64-linux /etc/nix/builder_ed25519 2 1 - - ${publicHostKey}\n`,
      );

    /** Lines for nix.conf, in force when this returns. */
    async function settings(...lines: string[]): Promise<void> {
      const conf = readFileSync(etc("nix/nix.conf"), "utf8").split("# of this test\n")[0];
      const own = ["builders-use-substitutes = true", ...lines];
      writeFileSync(etc("nix/nix.conf"), `${conf}# of this test\n${own.join("\n")}\n`);
      await lab.restartDaemon();
    }

    async function sshd(key: string | null | undefined): Promise<void> {
      hostKey = key;
      if (key === null) await lab.stopSshd();
      else await lab.restartSshd(key);
    }

    /** OpenSSH lets nobody in for a while from where a login was refused (PerSourcePenalties, sshd_config(5)). */
    async function forgivenBySshd(): Promise<void> {
      if (hostKey !== null) await lab.restartSshd(hostKey);
    }

    async function run(command: readonly string[]): Promise<Result> {
      await forgivenBySshd();
      return await lab.run([...buildtop, "run", "--", ...command]);
    }

    async function doctor(who: Who): Promise<string[]> {
      const { stdout, stderr } = await lab.run([...buildtop, "doctor", "--json"], { who });
      assert.notEqual(stdout, "", stderr);
      const { hosts }: { hosts: { diagnoses: { id: string }[] }[] } = JSON.parse(stdout);
      return hosts[0]!.diagnoses.map(({ id }) => id);
    }

    /** What `replay --json` names in the stream of the command itself. */
    async function namedInStream(command: readonly string[]): Promise<(string | null)[]> {
      const { stderr } = await lab.run([...command, "--log-format", "internal-json", "-v"]);
      writeFileSync(join(lab.directory, "tmp/stream.log"), stderr);
      const report = JSON.parse(await lab.output([...buildtop, "replay", "--json", "/tmp/stream.log"]));
      return [...report.failures, ...report.errors].map(({ diagnosis }) => diagnosis);
    }

    /**
     * With the machine as it is now, the command fails and both name this diagnosis. `seen`: it shows on the machine, so
     * that somebody who has not run the command is told, too. `inStream`: what the words alone name, where that is less.
     */
    async function failsNaming(
      id: string,
      command: () => string[],
      { seen, inStream = id }: { seen: boolean; inStream?: string | null },
    ): Promise<void> {
      const { status, stderr } = await run(command());
      assert.equal(status, 1, stderr);
      assert.ok(stderr.includes(`    ${titleOfDiagnosis(id)}: ${id}, see buildtop doctor\n`), stderr);
      await forgivenBySshd();
      const [told, elsewhere, named] = await Promise.all([
        doctor("client"),
        seen ? doctor("root") : null,
        namedInStream(command()),
      ]);
      assert.deepEqual(told, [id], "doctor, of the user whose build failed");
      if (elsewhere) assert.deepEqual(elsewhere, [id], "doctor, of somebody else");
      assert.ok(named.includes(inStream), `replay --json named ${named.join(" ")}`);
    }

    async function isWell(command: () => string[]): Promise<void> {
      const { status, stderr } = await run(command());
      assert.equal(status, 0, stderr);
      assert.doesNotMatch(stderr, /see buildtop doctor/);
      assert.deepEqual(await Promise.all([doctor("client"), doctor("root")]), [[], []]);
    }

    it("is none while all is well: then no diagnosis is told", async () => {
      await isWell(remote);
    });

    it("names another host key than the known one", async () => {
      await sshd(otherHostKey);
      // Nix 2.8 cannot be asked by root in the way that shows it.
      await failsNaming(ids.hostKey, remote, { seen: suite === "forky", inStream: ids.port });
      await sshd(undefined);
      await isWell(remote);
    });

    it("names another host key than the one of the builder's line", async () => {
      const key = readFileSync(etc("ssh/lab_other_host_ed25519.pub"), "utf8").split(" ", 2).join(" ");
      const known = readFileSync(etc("ssh/ssh_known_hosts"));
      writeFileSync(etc("ssh/ssh_known_hosts"), "");
      builderLine(Buffer.from(key).toString("base64"));
      await failsNaming(ids.hostKey, remote, { seen: true, inStream: ids.port });
      builderLine();
      writeFileSync(etc("ssh/ssh_known_hosts"), known);
      await isWell(remote);
    });

    it("names a key that ssh does not take, as others may read it", async () => {
      chmodSync(etc("nix/builder_ed25519"), 0o644);
      await failsNaming(ids.key, remote, { seen: true, inStream: ids.port });
      chmodSync(etc("nix/builder_ed25519"), 0o600);
      await isWell(remote);
    });

    it("names a closed port", async () => {
      await sshd(null);
      await failsNaming(ids.port, remote, { seen: true });
      await sshd(undefined);
      await isWell(remote);
    });

    it("names a feature that no machine has", async () => {
      const command = () => nixBuild("failures", "feature", lab.stamp(), ...quick);
      await failsNaming(ids.feature, command, { seen: false });
      await settings("extra-system-features = kvm");
      await isWell(command);
    });

    it("names a system that nobody builds for", async () => {
      const command = () => nixBuild("failures", "system", lab.stamp(), ...quick);
      await failsNaming(ids.system, command, { seen: false });
      await settings("extra-platforms = aarch64-linux");
      await isWell(command);
    });

    it("names a hash that is another one", async () => {
      await failsNaming(ids.hash, () => nixBuild("failures", "hash", lab.stamp(), ...quick), { seen: false });
      await isWell(() => {
        const content = lab.stamp();
        const hash = createHash("sha256").update(`${content}\n`).digest("base64");
        return ofExpression(`mk {
          name = "source-1.4.tar"; phases = [ { buildPhase = "echo ${content} >$out"; } ];
          outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = "sha256-${hash}"; }`);
      });
    });

    it("names a build that took longer than it may", async () => {
      await settings("timeout = 2");
      const command = () => nixBuild("failures", "slow", lab.stamp(), ...quick, "--builders", "");
      await failsNaming(ids.timeout, command, { seen: false });
      await settings();
      await isWell(local);
    });

    it("names the builder that would be needed to build itself", async () => {
      const vm = (system: string) => ofExpression(`mk { name = "nixos-vm"; system = "${system}"; }`);
      await failsNaming(ids.itself, () => vm("aarch64-linux"), { seen: false });
      await isWell(() => vm("x86_64-linux"));
    });

    it("names the disk of the builder that is full", async () => {
      disks.fill("builder", 4 * mebibyte);
      await failsNaming(ids.builderDisk, () => large("--max-jobs", "0"), { seen: true });
      disks.clear("builder");
      await isWell(remote);
    });

    it("names the disk of this machine that is full", async () => {
      disks.fill("client", 4 * mebibyte);
      await failsNaming(ids.disk, () => large("--builders", ""), { seen: true });
      disks.clear("client");
      await isWell(local);
    });

    it("names the disk of this machine that has no room even for what is evaluated", async () => {
      disks.fill("client", 0);
      // The daemon of Nix 2.8 ends without a word of it.
      await failsNaming(ids.disk, local, { seen: true, inStream: suite === "forky" ? ids.disk : null });
      disks.clear("client");
      await isWell(local);
    });

    it("names the daemon that does not run", async () => {
      const pid = Number(readFileSync(join(lab.directory, "client-daemon.pid"), "utf8"));
      process.kill(pid, "SIGTERM");
      await eventually("the daemon is gone", () => !isAlive(pid));
      // Root's own commands need none, and so root's doctor is silent.
      await failsNaming(ids.daemon, local, { seen: false });
      await lab.restartDaemon();
      await isWell(local);
    });

    // json-log-path came with Nix 2.30: nothing to be tried with an older one.
    const itByLog = suite === "forky" ? it : null;
    itByLog?.("is known by Nix's own log, too, which outdates what is remembered", async () => {
      const feature = () => nixBuild("failures", "feature", lab.stamp(), ...quick);
      await settings();
      await lab.output([...buildtop, "watch", "on"]);
      await lab.run(feature());
      assert.deepEqual(await doctor("client"), [ids.feature]);
      await lab.output(local());
      assert.deepEqual(await doctor("client"), []);
      assert.equal((await run(feature())).status, 1);
      await lab.output(local());
      assert.deepEqual(await doctor("client"), [], "what `run` remembered is older than the log");
      await lab.output([...buildtop, "watch", "off"]);
    });

    /** An output that does not fit where there is little room. */
    function large(...options: string[]): string[] {
      const phase = `{ buildPhase = "work 0.1; dd if=/dev/zero of=$out bs=1M count=64"; }`;
      return ofExpression(`mk { name = "large-1.0"; phases = [ ${phase} ]; }`, ...options);
    }

    function ofExpression(text: string, ...options: string[]): string[] {
      const all = `with import /lab/cases/lib.nix { stamp = "${lab.stamp()}"; percent = 5; }; ${text}`;
      return ["nix", "build", "--impure", "--no-link", "--expr", all, ...options];
    }
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
