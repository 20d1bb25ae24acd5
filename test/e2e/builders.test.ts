/** A real remote builder over SSH, watched from the machine that gives it builds. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { MachineWatch } from "../../src/adapters/machine/machine-watch.ts";
import type { Builder } from "../../src/model/builders/types.ts";
import { type Lab, labSkipReason, openLab } from "../support/lab.ts";
import { eventually, nixBuild } from "../support/lab-buildtop.ts";
import { labHost } from "../support/lab-host.ts";

describe("a remote builder of real Nix", { skip: labSkipReason() }, () => {
  let lab: Lab;
  let watch: MachineWatch;
  const builder = (): Builder | undefined => watch.status().builders[0];

  before(async () => {
    lab = await openLab("forky");
    const line = "ssh-ng://lab-builder x86_64-linux /etc/nix/builder_ed25519 2 1 - -\n";
    writeFileSync(join(lab.root, "etc/nix/machines"), line);
    watch = new MachineWatch(labHost(lab), { intervalMs: 500 });
    watch.start();
  });
  after(async () => {
    await watch.stop();
    await lab.close();
  });

  it("is found in the machines file and let us in with the daemon's key", async () => {
    await eventually("the builder answers", () => builder()?.state === "healthy");
    const { kind, name, uri, jobs, gauges, version } = builder()!;
    assert.deepEqual([kind, name, uri], ["remote", "lab-builder", "ssh-ng://lab-builder"]);
    assert.deepEqual(jobs, { used: 0, max: 2 });
    assert.ok(gauges?.memory && gauges.disks.length > 0);
    assert.match(version ?? "", /^2\.34/);
  });

  it("builds while a real build runs on it, and shows what its build users do", async () => {
    const build = lab.run(
      [...nixBuild("dag", "all", lab.stamp()), "--arg", "percent", "30", "--max-jobs", "0"],
      {
        deadlineMs: 120_000,
      },
    );
    await eventually("a build was given to it", () => builder()?.state === "building");
    assert.ok((builder()?.jobs.used ?? 0) >= 1);
    await eventually("its gauges", () => builder()?.gauges?.cpu);
    await eventually("its build users' processes", () => {
      const processes = watch.status().builderProcesses.get(builder()?.key ?? "") ?? [];
      return processes.length > 0;
    });
    assert.equal((await build).status, 0);
    await eventually("it is free again", () => builder()?.state === "healthy" && builder()?.jobs.used === 0);
    assert.ok((builder()?.lastUsedAt ?? 0) > 0, "when its slot was taken last");
  });

  it("is unreachable when its sshd is gone, says so, and is back by itself", async () => {
    await lab.stopSshd();
    await eventually("it is unreachable", () => builder()?.state === "unreachable");
    assert.match(builder()?.why ?? "", /lab-builder/);
    assert.equal(builder()?.gauges, null);
    await lab.restartSshd();
    await eventually("it is back", () => builder()?.state === "healthy");
  });
});
