/** Whatever shell somebody logs in with, and however much it says when it starts: commands and answers are the same. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { hostFor } from "../../../src/adapters/hosts/choose-host.ts";
import type { Host } from "../../../src/adapters/hosts/host.ts";
import { localHost } from "../../../src/adapters/hosts/local-host.ts";
import { opensshHost } from "../../../src/adapters/hosts/openssh-host.ts";
import { run } from "../../../src/adapters/hosts/run.ts";
import { openCollector } from "../../../src/adapters/hosts/shell-collector.ts";
import { findProgram, startSshd, withoutSshd } from "../../support/sshd.ts";

const deadlineMs = 20_000;

for (const shell of ["dash", "bash", "zsh", "fish", "tcsh"]) {
  const path = findProgram(shell);
  const skip = withoutSshd || (path === null && `${shell} is not installed here`);
  describe(`a login with ${shell}, whose start-up files print`, { skip }, () => {
    it("runs commands exactly and is looked at like any other, by both ways", async () => {
      const directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
      const login = join(directory, "login");
      // What sshd does: the login shell, -c, one string.
      writeFileSync(
        login,
        `#!/bin/sh\necho "Welcome to this machine"\nprintf 'no line break'\nexec ${path} -c "$SSH_ORIGINAL_COMMAND"\n`,
      );
      chmodSync(login, 0o755);
      chmodSync(directory, 0o755);
      const sshd = await startSshd({ server: [`ForceCommand ${login}`] });
      const library = await hostFor("stand-in", {
        configFile: sshd.config,
        ownKnownHosts: join(sshd.directory, "own"),
      });
      assert.equal(library.transport, "ssh2");
      const program = opensshHost({ via: localHost(), target: "stand-in", words: ["-F", sshd.config] });
      for (const host of [library, program]) await worksWell(host);
      await sshd.stop();
      rmSync(directory, { recursive: true });
    });
  });
}

async function worksWell(host: Host): Promise<void> {
  const words = ["it's", "$HOME", "!!", "two\nlines", "*", "back\\slash"];
  const done = await run(
    host,
    ["sh", "-c", "for word do printf '[%s]' \"$word\"; done; cat; exit 3", "sh", ...words],
    {
      stdin: "input\n",
      deadlineMs,
    },
  );
  assert.deepEqual([done.stdout, done.code], [`${words.map((word) => `[${word}]`).join("")}input\n`, 3]);
  const collector = openCollector(host);
  const { sections } = await collector.sample(["now", "directory /", "no-such-section"]);
  assert.match(sections.get("now")?.text ?? "", /^\d+\n$/);
  assert.equal(sections.get("directory /")?.code, 0);
  assert.equal(sections.get("no-such-section")?.code, 127);
  collector.close();
  await host.close();
}
