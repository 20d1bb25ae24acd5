/** The ssh library works as it is published: in one file, without its native parts, under plain Node. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { bundle } from "../../support/bundle.ts";
import { startSshd, withoutSshd } from "../../support/sshd.ts";

const source = (path: string) => new URL(`../../../src/adapters/hosts/${path}`, import.meta.url).pathname;

describe("the bundled ssh library", { skip: withoutSshd }, () => {
  it("logs in and runs a command, by either kind of cipher", async () => {
    const directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
    await bundle({ choose: source("choose-host.ts"), run: source("run.ts") }, directory);
    for (const cipher of ["chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com"]) {
      const sshd = await startSshd({ server: [`Ciphers ${cipher}`] });
      const options = { configFile: sshd.config, ownKnownHosts: join(directory, "own") };
      writeFileSync(
        join(directory, "go.mjs"),
        `import { hostFor } from "./choose.js";
import { run } from "./run.js";
const host = await hostFor("stand-in", ${JSON.stringify(options)});
const { stdout } = await run(host, ["echo", "it's"], { deadlineMs: 20000 });
console.log(host.transport, stdout.trim());
await host.close();
`,
      );
      const { stdout, stderr } = spawnSync(process.execPath, [join(directory, "go.mjs")], {
        encoding: "utf8",
      });
      await sshd.stop();
      assert.equal(stdout, "ssh2 it's\n", stderr);
    }
    rmSync(directory, { recursive: true });
  });
});
