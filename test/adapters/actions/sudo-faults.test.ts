/** A sudo that is not there, that changes its mind, or that would ask: an answer in words, and nobody waits for it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { planAction } from "../../../src/adapters/actions/plan-action.ts";
import { openLog } from "../../../src/adapters/actions/read-log.ts";
import { runAction } from "../../../src/adapters/actions/run-action.ts";
import { readForEdit } from "../../../src/adapters/config/read-for-edit.ts";
import { hostFor } from "../../../src/adapters/hosts/choose-host.ts";
import { MachineWatch } from "../../../src/adapters/machine/machine-watch.ts";
import type { ActionTarget } from "../../../src/model/actions/types.ts";
import { type Mac, type MacCase, macSkipReason, startMac } from "../../support/mac.ts";

const label = "org.nixos.linux-builder";
const kickstart = new RegExp(`kickstart -k system/${label}`);

async function watched(
  context: TestContext,
  state: MacCase,
  prepare: (mac: Mac) => Promise<unknown> = async () => {},
): Promise<{ mac: Mac; watch: MachineWatch; target: ActionTarget }> {
  const mac = await startMac(state);
  context.after(() => mac.down());
  await prepare(mac);
  const host = await hostFor(mac.alias, {
    configFile: join(mac.home, ".ssh/config"),
    ownKnownHosts: join(mac.home, "known_hosts"),
  });
  const watch = new MachineWatch(host, { intervalMs: 1_000 });
  context.after(() => watch.stop());
  const { connection, builders } = await watch.look();
  assert.equal(connection.state, "connected", JSON.stringify(connection));
  const key = builders.find(({ name }) => name === "linux-builder")?.key;
  assert.ok(key !== undefined);
  mac.forgetCalls();
  return { mac, watch, target: { kind: "builder", key } };
}

const as = (mac: Mac, script: string) => mac.execAsRoot(["/bin/sh", "-c", script]);
const options = () => ({ progress: () => {}, signal: AbortSignal.timeout(120_000), askPassword: null });
const restarted = (mac: Mac) => mac.calls().some(({ command }) => kickstart.test(command));

describe("sudo on a machine", { skip: macSkipReason(), concurrency: false }, () => {
  it("that is not there is told, and nothing is done", async (context) => {
    const { mac, watch, target } = await watched(
      context,
      { extends: "healthy-linux-builder", host: { sudo: "nopasswd" } },
      (each) => as(each, "rm -f /usr/bin/sudo /usr/libexec/gnu/bin/sudo"),
    );
    const result = await runAction(await planAction("restart", watch, target), watch, options());
    assert.ok(!result.ok);
    assert.match(result.lines.join("\n"), /there is no sudo on mac/);
    assert.equal(restarted(mac), false);
  });

  it("that wants a password after all, when the answer was yes, says so at once, and nothing is done", async (context) => {
    const { mac, watch, target } = await watched(context, {
      extends: "healthy-linux-builder",
      host: { sudo: "nopasswd" },
    });
    const plan = await planAction("restart", watch, target);
    assert.equal(plan.access.kind, "passwordless");
    // As a ticket that ends between the question and the answer.
    const rule =
      "echo '%admin ALL = (ALL) PASSWD: ALL' >/private/etc/sudoers.d/zz; chmod 440 /private/etc/sudoers.d/zz";
    const taken = await as(mac, rule);
    assert.equal(taken.status, 0, taken.stderr);
    const result = await runAction(plan, watch, options());
    assert.ok(!result.ok);
    assert.match(result.lines.join("\n"), /password is required|asks for a password/);
    assert.equal(restarted(mac), false);
    // The next question knows it.
    assert.equal((await planAction("restart", watch, target)).access.kind, "password");
  });

  it("is told not to ask, each time it is called: by a look, a log, a file, a test, a restart", async (context) => {
    const log = "/var/log/sudo-calls";
    const path = "/var/log/linux-builder.log";
    const { mac, watch, target } = await watched(
      context,
      {
        extends: "linux-builder-crash-looping-with-log",
        host: { sudo: "nopasswd" },
        files: { [path]: { content: "one\ntwo\nthree\n", mode: "0600", owner: "root" } },
      },
      async (each) => {
        const script = `#!/bin/sh\nprintf '%s\\n' "$*" >>${log}\nexec /usr/libexec/gnu/bin/sudo "$@"\n`;
        await each.execAsRoot(
          [
            "/bin/sh",
            "-c",
            `rm /usr/bin/sudo; cat >/usr/bin/sudo; chmod 755 /usr/bin/sudo; : >${log}; chmod 666 ${log}`,
          ],
          script,
        );
      },
    );
    for (const verb of ["test", "restart"] as const)
      await runAction(await planAction(verb, watch, target), watch, options());
    const found = watch.status().builders.find(({ name }) => name === "linux-builder");
    assert.ok(found);
    const channel = await openLog(watch, found, { lines: 2, signal: AbortSignal.timeout(30_000) });
    channel.stdin.end();
    channel.stderr.resume();
    channel.stdout.resume();
    await channel.exited;
    const signal = AbortSignal.timeout(30_000);
    await readForEdit(watch.host, "/etc/nix/machines", { sudo: true, signal });
    const { stdout } = await as(mac, `cat ${log}`);
    const calls = stdout.split("\n").filter(Boolean);
    assert.ok(
      calls.some((call) => kickstart.test(call)),
      stdout,
    );
    assert.ok(calls.length > 4, stdout);
    assert.deepEqual(
      calls.filter((call) => !call.startsWith("-n ")),
      [],
    );
  });
});
