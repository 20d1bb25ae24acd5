/** The processes behind the builds: whose they are and what they build. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildProcesses } from "../../../src/model/machine/build-processes.ts";
import type { MachineProcess } from "../../../src/model/machine/processes.ts";

const process = (pid: number, parent: number, user: string, args: string, cpu = 0): MachineProcess => ({
  ...{ pid, parent, user, args, cpu },
  residentBytes: pid * 1024,
  elapsedSeconds: 60,
});
const hash = "0123456789abcdfghijklmnpqrsvwxyz";

test("only the build users' processes are shown, the busiest first", () => {
  const shown = buildProcesses(
    [
      process(1, 0, "root", "/sbin/init", 9),
      process(10, 1, "nixbld1", "cc1plus -quiet", 0.5),
      process(11, 1, "_nixbld2", "xz -9e", 0.9),
      process(12, 1, "nixbldr", "sh", 1),
      process(13, 1, "872415233", "ld", 0.1),
      process(14, 1, "1000", "vi", 0.1),
    ],
    10,
  );
  assert.deepEqual(
    shown.map(({ program }) => program),
    ["xz", "cc1plus", "ld"],
  );
});

test("the derivation is told by the build's directory in the command line of it or of an ancestor", () => {
  const [compiler] = buildProcesses(
    [
      process(10, 1, "nixbld1", "bash -c cd /build/nix-build-linux-6.18.9.drv-0 && make"),
      process(11, 10, "nixbld1", "cc1 -quiet main.c", 1),
    ],
    10,
  );
  assert.equal(compiler?.derivation, "linux-6.18.9");
});

test("a builder script that every package shares names no derivation", () => {
  const [shell] = buildProcesses(
    [
      process(
        10,
        1,
        "nixbld1",
        `/nix/store/${hash}-bash-5.3/bin/bash -e /nix/store/${hash}-default-builder.sh`,
      ),
    ],
    10,
  );
  assert.equal(shell?.derivation, null);
});

test("a loop of parents does not hang it", () => {
  const shown = buildProcesses([process(10, 11, "nixbld1", "a"), process(11, 10, "nixbld1", "b")], 10);
  assert.equal(shown.length, 2);
});
