/** The settings of machines that are not there: of the demonstration and of recordings. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openDemo } from "../../src/adapters/hosts/demo-host.ts";
import { MachineWatch } from "../../src/adapters/machine/machine-watch.ts";
import { recordedSettings } from "../../src/commands/recorded-settings.ts";
import type { EditableSetting } from "../../src/model/settings/editable-setting.ts";

async function settingsOf(name: string): Promise<ReadonlyMap<string, EditableSetting>> {
  const found = openDemo(() => 30).find(({ host }) => host.name === name)!;
  const { host, collector, guest } = found;
  const watch = new MachineWatch(host, { intervalMs: 60_000, collector, guests: guest });
  try {
    await watch.look();
    const machines = { watchAt: () => watch, collectorAt: () => collector };
    const { listSettings, prepareSetting } = recordedSettings(machines);
    const { signal } = new AbortController();
    const { settings } = await listSettings!(0, signal);
    await assert.rejects(prepareSetting!(0, "cores", "4", signal), /nothing can be saved on it/);
    return new Map(settings.map((setting) => [setting.key, setting]));
  } finally {
    await watch.stop();
  }
}

describe("the settings of the demonstration", () => {
  it("have their values, bounds and judgements", async () => {
    const settings = await settingsOf("studio");
    const memory = settings.get("builder.memoryBytes");
    assert.equal(memory?.written, "8 GiB = 8589934592 bytes");
    assert.equal(memory?.bounds, "512 MiB to 64 GiB");
    assert.equal(memory?.judge("16").level, "refused");
    assert.equal(settings.get("max-jobs")?.shown, "auto");
    assert.equal(settings.get("machines.maxJobs 0")?.of, "builder@linux-builder");
  });

  it("are marked where nix-darwin makes the file", async () => {
    const settings = await settingsOf("mini");
    assert.match(settings.get("max-jobs")?.locked?.join(" ") ?? "", /is made by nix-darwin/);
    assert.equal(settings.get("machines.uri 1")?.of, "ada@pi.local");
    assert.equal(settings.get("machines.uri 1")?.locked, null);
    assert.ok(!settings.has("builder.memoryBytes"), "Determinate is not there");
  });
});
