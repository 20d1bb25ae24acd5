/** The bounds of a setting come from what a machine is made of, whatever its last look missed. */
import assert from "node:assert/strict";
import { availableParallelism, totalmem } from "node:os";
import { test } from "node:test";
import { hostOf, settingHost } from "../../../src/adapters/config/setting-host.ts";
import { localHost } from "../../../src/adapters/hosts/local-host.ts";
import { MachineWatch } from "../../../src/adapters/machine/machine-watch.ts";
import { boundsText } from "../../../src/model/settings/editable-setting.ts";
import { findSetting } from "../../../src/model/settings/settings.ts";

const found = findSetting("builder.memoryBytes");
assert.ok("setting" in found);
const { setting } = found;
const giB = 1024 ** 3;

test("a machine whose look gave no memory gauge keeps the bounds of its memory", async (context) => {
  // Never looked at: no gauge is known.
  const watch = new MachineWatch(localHost(), { intervalMs: 60_000 });
  context.after(() => watch.stop());
  assert.equal(watch.status().gauges, null);
  const { limits } = await settingHost(watch, AbortSignal.timeout(30_000));
  const { memoryBytes, cores } = limits(setting);
  assert.equal(Math.round((memoryBytes ?? 0) / giB), Math.round(totalmem() / giB));
  assert.ok((cores ?? 0) >= availableParallelism(), String(cores));
  assert.match(boundsText(setting.range(limits(setting)), setting) ?? "", /^512 MiB to \d/);
});

test("what macOS and Linux say of themselves is read by name, not by place", () => {
  const watch = { facts: null, status: () => new MachineWatch(localHost(), { intervalMs: 60_000 }).status() };
  const limits = (...rows: string[]) => hostOf(watch, rows).limits(setting);
  const mac = limits("uid 501", "fast-cores 8", "cores 12", "memory 51539607552", "memory-kib");
  assert.deepEqual([mac.memoryBytes, mac.cores], [48 * giB, 12]);
  assert.equal(boundsText(setting.range(mac), setting), "512 MiB to 48 GiB");
  const linux = limits("uid 1000", "fast-cores", "cores 2", "memory", "memory-kib 8388608 kB");
  assert.deepEqual([linux.memoryBytes, linux.cores, linux.performanceCores], [8 * giB, 2, null]);
  const mute = limits();
  assert.deepEqual([mute.memoryBytes, mute.cores], [null, null]);
  assert.equal(hostOf(watch, ["uid 501", "darwin-rebuild"]).owner.uid, 501);
});
