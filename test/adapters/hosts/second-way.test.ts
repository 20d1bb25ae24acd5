/** A server may speak no algorithm that the ssh library knows: the ssh program is the second way to it. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { hostFor } from "../../../src/adapters/hosts/choose-host.ts";
import { run } from "../../../src/adapters/hosts/run.ts";
import { startSshd, withoutSshd } from "../../support/sshd.ts";

it("a server with post-quantum key exchange alone is reached by the ssh program, and says why", {
  skip: withoutSshd,
}, async (context) => {
  const sshd = await startSshd({ server: ["KexAlgorithms sntrup761x25519-sha512@openssh.com"] });
  context.after(() => sshd.stop());
  const host = await hostFor("stand-in", {
    configFile: sshd.config,
    ownKnownHosts: `${sshd.directory}/own`,
  });
  context.after(() => host.close());
  assert.equal(host.transport, "ssh2");
  const said = await Promise.all(
    [1, 2, 3].map((n) => run(host, ["echo", String(n)], { deadlineMs: 20_000 })),
  );
  assert.deepEqual(
    said.map(({ stdout }) => stdout),
    ["1\n", "2\n", "3\n"],
  );
  assert.equal(host.transport, "openssh");
  assert.match(host.transportReason ?? "", /^by the ssh program, as .*do not understand each other/);
  const answer = await run(host, ["sh", "-c", "exit 7"], { deadlineMs: 20_000 });
  assert.equal(answer.code, 7);
});
