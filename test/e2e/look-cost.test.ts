/** What a machine pays for being looked at, counted by the kernel on a stand-in Mac. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { hostFor } from "../../src/adapters/hosts/choose-host.ts";
import { MachineWatch } from "../../src/adapters/machine/machine-watch.ts";
import { macSkipReason, startMac } from "../support/mac.ts";

const intervalMs = 2_000;
const looks = 8;

test("a look at a Mac starts at most ten processes there", { skip: macSkipReason() }, async () => {
  await using mac = await startMac("healthy-linux-builder");
  const ssh = join(mac.home, ".ssh");
  const host = await hostFor(mac.alias, {
    configFile: join(ssh, "config"),
    ownKnownHosts: join(mac.home, "known_hosts"),
  });
  const watch = new MachineWatch(host, { intervalMs });
  try {
    watch.start();
    // The first look asks everything once.
    await sleep(3 * intervalMs);
    await mac.forgetForks();
    const before = mac.calls().length;
    await sleep(looks * intervalMs);
    const { count, text } = await mac.forks();
    assert.ok(mac.calls().length > before, "it was looked at");
    assert.ok(count <= looks * 10, `${looks} looks: ${text}`);
    assert.equal(watch.status().connection.state, "connected");
  } finally {
    await watch.stop();
  }
});
