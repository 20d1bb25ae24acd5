/** `watch status` on a machine without Nix says so, as `watch on` does. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";

const cli = resolve(import.meta.dirname, "../../src/cli.ts");

function status(context: TestContext, nix: string | null, ...options: string[]) {
  const home = mkdtempSync(join(tmpdir(), "buildtop-watch-"));
  context.after(() => rmSync(home, { recursive: true }));
  if (nix !== null) writeFileSync(join(home, "nix"), nix, { mode: 0o755 });
  const ended = spawnSync(process.execPath, [cli, "watch", "status", ...options], {
    encoding: "utf8",
    timeout: 60_000,
    env: { PATH: `${home}:/usr/bin:/bin`, HOME: home },
  });
  assert.equal(ended.status, 0, ended.stderr);
  return ended.stdout;
}

const nix = "#!/bin/sh\necho 'nix (Nix) 2.34.8'\n";

test("without Nix there is nothing to watch, which is said first", (context) => {
  assert.match(status(context, null), /^There is no Nix here: no `nix` on PATH answers\.\n/);
  const { nix: found, notSeen } = JSON.parse(status(context, null, "--json"));
  assert.deepEqual([found, notSeen], [null, ["any build: no `nix` on PATH answers here"]]);
});

test("with Nix it is not", (context) => {
  const said = status(context, nix);
  assert.doesNotMatch(said, /no Nix/);
  assert.match(said, /^not seen: every build that was not started with buildtop run$/m);
});
