/** What a dashboard that was just opened knows of commands that ran before it. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { localHost } from "../../src/adapters/hosts/local-host.ts";
import { LiveBuilds } from "../../src/commands/live-builds.ts";
import { MachineSet } from "../../src/commands/machine-set.ts";
import { failure } from "../support/facts.ts";
import { eventually } from "../support/lab-buildtop.ts";

it("what failed in a command before it is told by the doctor of this machine, and gone when that is forgotten", async () => {
  let failures = [
    failure(
      "hash mismatch in fixed-output derivation '/nix/store/0f1nsy4kwx2zq6f2g6lr0qv3kd5hnw8b-source.drv'",
    ),
  ];
  const machines = new MachineSet({ live: new LiveBuilds(), intervalMs: 200, earlier: () => failures });
  machines.add(localHost());
  machines.start();
  const told = () =>
    machines.list().some(({ diagnoses }) => diagnoses.some(({ id }) => id === "hash-mismatch"));
  await eventually("the doctor tells it", told);
  failures = [];
  await eventually("it is forgotten", () => !told());
  await machines.stop();
  assert.equal(failures.length, 0);
});
