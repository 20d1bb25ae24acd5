/** A save that cannot write down what it does is not begun, and says which directory it is and why. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runSave, type SaveOptions } from "../../../src/adapters/config/save.ts";
import { localHost } from "../../../src/adapters/hosts/local-host.ts";
import { MachineWatch } from "../../../src/adapters/machine/machine-watch.ts";
import type { SavePlan } from "../../../src/model/settings/save-types.ts";

function place(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "buildtop-no-state-"));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

async function saveWith(context: TestContext, state: string) {
  const watch = new MachineWatch(localHost(), { intervalMs: 60_000 });
  context.after(() => watch.stop());
  const plan = { request: { path: "/etc/nix/nix.conf", setting: "cores" } } as SavePlan;
  const options = {
    state,
    signal: AbortSignal.timeout(10_000),
    progress: () => {},
  } as unknown as SaveOptions;
  return runSave(plan, watch, options);
}

test("a file in the place of the state directory is named", async (context) => {
  const file = join(place(context), "state");
  writeFileSync(file, "");
  assert.deepEqual(await saveWith(context, file), {
    kind: "refused",
    lines: [`nothing was written: ${file}/saves cannot be made: not a directory`],
  });
});

const isRoot = process.getuid?.() === 0;
test("a read-only disk is named as one", { skip: isRoot ? false : "needs root" }, async (context) => {
  const disk = place(context);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=16k,ro", "buildtop-test", disk]);
  try {
    assert.deepEqual(await saveWith(context, join(disk, "state/buildtop")), {
      kind: "refused",
      lines: [`nothing was written: ${disk}/state cannot be made: read-only file system`],
    });
  } finally {
    execFileSync("umount", [disk]);
  }
});
