/** The machines of the demonstration are looked at like any others, and agree with its builds. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openDemo } from "../../../src/adapters/hosts/demo-host.ts";
import { MachineWatch } from "../../../src/adapters/machine/machine-watch.ts";
import { demoBuilds } from "../../../src/model/demo/demo-script.ts";
import { endOf, gathered, lastSecond, runningBuilds } from "../../../src/model/demo/demo-times.ts";
import { GaugeHistory } from "../../../src/model/gauges/gauge-history.ts";
import { linuxGauges } from "../../../src/model/gauges/linux.ts";
import type { MachineStatus } from "../../../src/model/machine/status.ts";

/** Nothing else keeps the test alive while a look waits. */
let alive: NodeJS.Timeout;
before(() => {
  alive = setInterval(() => {}, 60_000);
});
after(() => clearInterval(alive));

async function lookAt(seconds: number): Promise<MachineStatus[]> {
  const began = performance.now();
  const watches = openDemo(() => seconds + (performance.now() - began) / 1000).map(
    ({ host, collector, guest }) => new MachineWatch(host, { intervalMs: 300, collector, guests: guest }),
  );
  const statuses = await Promise.all(watches.map((watch) => watch.look()));
  await Promise.all(watches.map((watch) => watch.stop()));
  return statuses;
}

const shown = ({ builders }: MachineStatus) =>
  builders.map(({ kind, name, state }) => `${kind} ${name} ${state}`);

describe("the machines of the demonstration", () => {
  it("are a Mac at work, with the native builder idle, and a Mac mini one of whose builders is away", async () => {
    const [studio, mini, ...others] = await lookAt(48);
    assert.ok(studio && mini && others.length === 0);
    for (const { connection, transport } of [studio, mini]) {
      assert.equal(connection.state, "connected");
      assert.equal(transport, "recording");
    }
    assert.deepEqual(shown(studio).sort(), [
      "determinate-native native idle",
      "linux-builder linux-builder building",
    ]);
    assert.deepEqual(shown(mini).sort(), [
      "linux-builder-vz linux-builder healthy",
      "remote pi.local unreachable",
    ]);
    assert.equal(studio.nix?.name, "Determinate Nix 3.22.2");
    assert.deepEqual([studio.nix?.daemon, mini.nix?.daemon], ["running", "running"]);
  });

  it("show the inside of their builders: processor, memory and disk are all known", async () => {
    for (const { gauges, builders } of await lookAt(60)) {
      for (const each of [
        gauges,
        ...builders.filter(({ kind }) => /^linux-builder/.test(kind)).map((b) => b.gauges),
      ]) {
        assert.ok(each?.cpu != null && each.cpu > 0 && each.cpu <= 1, String(each?.cpu));
        assert.ok(each.memory && each.memory.usedBytes < each.memory.totalBytes);
        assert.ok(each.disks.length > 0 && each.load !== null && each.cores !== null);
      }
      for (const { gauges: inside, limitedBy, version } of builders)
        if (inside) assert.deepEqual([limitedBy, version], [null, "2.34.3"]);
    }
  });

  it("work on those builds that the stream of the demonstration tells of, on the machine it names", async () => {
    for (const seconds of [5, 14, 30, 48, 100, 131]) {
      const [studio] = await lookAt(seconds);
      const builder = studio?.builders.find(({ kind }) => kind === "linux-builder");
      assert.ok(builder?.uri);
      assert.equal(builder.jobs.used, runningBuilds(builder.uri, seconds).length, `at ${seconds} s`);
      const here = new Set(studio?.buildProcesses.map(({ derivation }) => derivation));
      assert.deepEqual(
        [...here].sort(),
        runningBuilds("", seconds)
          .map(({ name }) => name)
          .sort(),
      );
    }
    const [studio] = await lookAt(48);
    const uris = new Set([...(studio?.builders.map(({ uri }) => uri) ?? []), ""]);
    for (const { host } of demoBuilds) assert.ok(uris.has(host), host);
  });

  it("come to rest when the stream has ended", async () => {
    const [studio] = await lookAt(lastSecond + 5);
    assert.equal(studio?.builders.find(({ kind }) => kind === "linux-builder")?.state, "healthy");
    assert.deepEqual(studio?.buildProcesses, []);
  });

  it("have a builder whose disk fills steadily enough for a forecast within the demonstration", async () => {
    const inside = openDemo(() => seconds)[0]?.guest("builder@linux-builder:");
    assert.ok(inside);
    const history = new GaugeHistory();
    let seconds = 14;
    for (; seconds < 94; seconds += 10) {
      const { sections } = await inside.sample(["disks"]);
      history.push(linuxGauges(sections, null, null).gauges, seconds);
    }
    const full = history.diskFullInSeconds;
    assert.ok(full !== null && full > 60 && full < 3600, String(full));
  });

  it("let nothing be started on them", async () => {
    for (const { host } of openDemo(() => 0))
      await assert.rejects(host.open(["true"]), /nothing can be started/);
  });
});

describe("the builds of the script", () => {
  it("run from their start to their end and no longer", () => {
    for (const [index, build] of demoBuilds.entries()) {
      const runs = (seconds: number) =>
        runningBuilds(build.host, seconds).some((each) => each.index === index);
      const end = endOf(build);
      assert.deepEqual(
        [runs(build.startsAt - 0.1), runs(build.startsAt), runs(end - 0.1), runs(end)],
        [false, true, true, false],
      );
    }
  });

  it("gather what they use: one after the other and side by side", () => {
    const hosts = new Set(demoBuilds.map(({ host }) => host));
    for (const host of hosts) {
      const own = demoBuilds.filter((build) => build.host === host);
      const all = own.reduce((sum, build) => sum + endOf(build) - build.startsAt, 0);
      assert.ok(Math.abs(gathered(host, 1000, (builds) => builds) - all) < 1e-6);
      assert.equal(
        gathered(host, 1000, () => 1),
        1000,
      );
    }
  });
});
