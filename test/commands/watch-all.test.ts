import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { whyNotWatched } from "../../src/commands/watch-all.ts";

/** With nothing but these programs on PATH, and a home of its own. */
function whyWith(programs: readonly string[], names: readonly string[]): string | null {
  const home = mkdtempSync(join(tmpdir(), "buildtop-why-"));
  const before = { ...process.env };
  try {
    for (const name of programs) writeFileSync(join(home, name), "#!/bin/sh\n", { mode: 0o755 });
    Object.assign(process.env, { PATH: home, HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home });
    return whyNotWatched(names);
  } finally {
    process.env = before;
    rmSync(home, { recursive: true });
  }
}

describe("watching every Nix command, from the dashboard", () => {
  it("is of this machine, and so not to be switched where only others are shown", () => {
    const why = whyWith(["nix"], ["mini"]) ?? "";
    assert.match(why, /^It is for this machine, which is not shown\. .*buildtop watch on$/);
  });

  it("can be switched where this machine has Nix", () => {
    assert.equal(whyWith(["nix"], []), null);
  });
});
