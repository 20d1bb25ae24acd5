/** What a person is to know of the way to a machine, and what works all the same, is told where they look: once. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { it } from "node:test";
import type { Host } from "../../src/adapters/hosts/host.ts";
import { LiveBuilds } from "../../src/commands/live-builds.ts";
import { MachineSet } from "../../src/commands/machine-set.ts";
import { finished } from "../support/lab.ts";
import { eventually } from "../support/lab-buildtop.ts";
import { findProgram, startSshd, withoutSshd } from "../support/sshd.ts";

const cli = resolve(import.meta.dirname, "../../src/cli.ts");

it("a host key that cannot be kept is told on stderr, beside the status", { skip: withoutSshd }, async () => {
  const sshd = await startSshd({ known: [], client: ["StrictHostKeyChecking accept-new"] });
  const bin = join(sshd.directory, "bin");
  mkdirSync(bin);
  const ssh = findProgram("ssh");
  writeFileSync(join(bin, "ssh"), `#!/bin/sh\nexec ${ssh} -F ${sshd.config} "$@"\n`, { mode: 0o755 });
  const child = spawn(process.execPath, ["--import", "tsx", cli, "status", "stand-in"], {
    stdio: ["ignore", "pipe", "pipe"],
    // No directory can be made in a file.
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, XDG_CONFIG_HOME: sshd.config },
  });
  const { stdout, stderr } = await finished(child, ["status"]);
  await sshd.stop();
  assert.match(stdout, /stand-in/);
  const told = stderr.split("\n").filter((line) => line.includes("host key"));
  assert.equal(told.length, 1, stderr);
  assert.match(
    told[0] ?? "",
    /^buildtop: the host key of stand-in cannot be kept in .*known_hosts \(ENOTDIR\)/,
  );
});

it("it is one warning in the dashboard, however often that machine is looked at", async () => {
  const live = new LiveBuilds();
  const notes: string[] = [];
  let looks = 0;
  const host: Host = {
    ...{ name: "mini", address: "me@mini:22", transport: "ssh2", transportReason: null, notes },
    open: () => Promise.reject(new Error("is not opened")),
    close: async () => {},
  };
  const machines = new MachineSet({ live, intervalMs: 1 });
  machines.add(host, {
    collector: {
      sample: async (requests) => {
        looks++;
        if (notes.length === 0) notes.push("the host key of mini cannot be kept");
        return {
          ...{ system: "Darwin", processor: "arm64", ourClock: null },
          sections: new Map(requests.map((request) => [request, { text: "", code: 1 }])),
        };
      },
      close: () => {},
    },
    guests: () => null,
  });
  machines.start();
  await eventually("some looks", () => looks > 5 && live.builds.notices.length > 0);
  await machines.stop();
  assert.deepEqual(
    live.builds.notices.map(({ severity, text }) => [severity, text]),
    [["warning", "the host key of mini cannot be kept"]],
  );
});
