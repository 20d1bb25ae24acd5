/** Clocks that are set while we look, ours or that machine's: nothing that is counted in seconds notices. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, describe, it, mock } from "node:test";
import type { Collector } from "../../../src/adapters/hosts/collector.ts";
import { type Host, HostError } from "../../../src/adapters/hosts/host.ts";
import { MachineWatch, type MachineWatchOptions } from "../../../src/adapters/machine/machine-watch.ts";
import { LiveBuilds } from "../../../src/commands/live-builds.ts";
import { now as epoch } from "../../support/facts.ts";
import { eventually } from "../../support/lab-buildtop.ts";
import { linuxBuilder } from "../../support/macs-of-facts.ts";

const day = 86_400;
const source = resolve(import.meta.dirname, "../../../src");

/** It has run for ten days. */
const answers: typeof linuxBuilder.answers = {
  ...linuxBuilder.answers,
  load: `${linuxBuilder.answers.load}kern.boottime: { sec = ${epoch - 10 * day}, usec = 0 } Thu Sep 10 00:00:00 2026\n`,
};

/** A Mac whose own clock is set by the test; what it answers is asked of `answer` first. */
function macWith(answer: (request: string) => string | null): Collector {
  return {
    sample: async (requests) => ({
      ...{ system: "Darwin", processor: "arm64", ourClock: Date.now() / 1000 },
      sections: new Map(
        requests.map((request) => {
          const known = answer(request) ?? answers[request] ?? { text: "", code: 1 };
          return [request, typeof known === "string" ? { text: known, code: 0 } : known];
        }),
      ),
    }),
    close: () => {},
  };
}

const nowhere: Host = {
  ...{ name: "mac", address: "ada@mac", transport: "ssh2", transportReason: null },
  open: () => Promise.reject(new HostError({ kind: "refused", message: "nobody listens", retry: true })),
  close: async () => {},
};

function watch(collector: Collector, options: Partial<MachineWatchOptions> = {}): MachineWatch {
  return new MachineWatch(nowhere, { ...{ intervalMs: 1, collector, guests: () => null }, ...options });
}

/** Our wall clock, from now on; timers and the monotonic clock go on as they were. */
function ourClockIs(seconds: number): void {
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date"], now: seconds * 1000 });
}

describe("our clock, set while a machine is watched", () => {
  afterEach(() => mock.timers.reset());

  for (const [where, seconds] of [
    ["back by a year", -365 * day],
    ["forward by a day", day],
  ] as const) {
    it(`${where}: looks go on, no figure is lost, and the difference is told`, async () => {
      let looks = 0;
      const watching = watch(
        macWith((request) => {
          if (request === "processes") looks++;
          return request === "now" ? `${epoch}\n` : null;
        }),
      );
      ourClockIs(epoch);
      watching.start();
      await eventually("some looks", () => looks > 3 && watching.status().gauges !== null);
      const before = watching.status();
      assert.equal(before.gauges?.clockSkewSeconds, 0);
      ourClockIs(epoch + seconds);
      const asked = looks;
      await eventually("more looks", () => looks > asked + 3);
      // Their clock is asked for now and then.
      watching.lookSoon();
      await eventually("their clock", () => watching.status().gauges?.clockSkewSeconds !== 0);
      const after = watching.status();
      await watching.stop();
      assert.equal(after.gauges?.clockSkewSeconds, -seconds);
      assert.equal(after.connection.state, "connected");
      assert.ok((after.at ?? 0) > (before.at ?? 0), "the time of a look goes on");
      assert.equal(after.gauges?.uptimeSeconds, before.gauges?.uptimeSeconds);
      assert.deepEqual(
        after.builders.map(({ state, uptimeSeconds }) => [state, uptimeSeconds]),
        before.builders.map(({ state, uptimeSeconds }) => [state, uptimeSeconds]),
      );
      assert.deepEqual(
        after.diagnoses.map(({ id }) => id),
        before.diagnoses.map(({ id }) => id),
      );
      const history = after.history?.memory ?? [];
      assert.ok(history.length >= (before.history?.memory.length ?? 0));
      assert.ok(history.every((share) => share !== null && share >= 0 && share <= 1));
    });
  }

  it("back by a year: a machine that is lost is tried again after the same wait", async () => {
    let tries = 0;
    const away: Collector = {
      sample: () => {
        tries++;
        return Promise.reject(new HostError({ kind: "timeout", message: "silent", retry: true }));
      },
      close: () => {},
    };
    const watching = watch(away, { retryDelayMs: () => 20 });
    ourClockIs(epoch);
    watching.start();
    await eventually("it is lost", () => watching.status().connection.state === "lost");
    const lost = watching.status().connection;
    ourClockIs(epoch - 365 * day);
    const before = tries;
    await eventually("it is tried again", () => tries > before + 2);
    const { connection } = watching.status();
    await watching.stop();
    // Since when: seconds of a clock that nobody sets.
    assert.equal(connection.state === "lost" && connection.since, lost.state === "lost" && lost.since);
  });

  it("leaves the time that builds take alone", async () => {
    const live = new LiveBuilds();
    ourClockIs(epoch);
    const before = live.now();
    ourClockIs(epoch - day);
    const after = live.now();
    assert.ok(after >= before && after - before < day * 1000);
  });
});

describe("the clock of a machine, set while it is watched", () => {
  for (const seconds of [-30 * day, -day, day]) {
    it(`by ${seconds} s: no share and no age becomes what cannot be, and the difference is told`, async () => {
      let clock = epoch;
      let looks = 0;
      const watching = watch(
        macWith((request) => {
          if (request === "processes") looks++;
          return request === "now" ? `${clock}\n` : null;
        }),
      );
      ourClockIs(epoch);
      watching.start();
      await eventually("a look", () => looks > 2 && watching.status().gauges !== null);
      const before = watching.status();
      clock += seconds;
      watching.lookSoon();
      await eventually("its clock", () => watching.status().gauges?.clockSkewSeconds === seconds);
      const { gauges, builders, history, connection } = watching.status();
      await watching.stop();
      mock.timers.reset();
      assert.equal(connection.state, "connected");
      const up = gauges?.uptimeSeconds ?? null;
      assert.equal(before.gauges?.uptimeSeconds, 10 * day);
      assert.equal(up, seconds < -10 * day ? null : 10 * day + seconds);
      for (const share of [gauges?.cpu ?? null, ...(history?.cpu ?? []), ...(history?.memory ?? [])])
        assert.ok(share === null || (share >= 0 && share <= 1), String(share));
      // Ages come from the list of processes, which counts them itself.
      assert.deepEqual(
        builders.map(({ uptimeSeconds }) => uptimeSeconds),
        before.builders.map(({ uptimeSeconds }) => uptimeSeconds),
      );
    });
  }
});

describe("the clock on the wall", () => {
  /** A time of day is meant there, or it is held against one: of a file, of a machine, of another process. */
  const meant = new Set([
    "adapters/config/save.ts",
    "adapters/config/save-lock.ts",
    "adapters/config/watch-files.ts",
    "adapters/config/watch-setting.ts",
    "adapters/hosts/shell-collector.ts",
    "adapters/machine/after-sleep.ts",
    "adapters/nix/daemon.ts",
    "adapters/nix-log/last-failures.ts",
    "adapters/nix-log/log-file-births.ts",
    "commands/record-host.ts",
    "commands/sightings.ts",
    "views/dashboard.tsx",
  ]);

  it("is read where a time of day is meant, and for no duration", () => {
    const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) =>
      /\.tsx?$/.test(file),
    );
    const read = files.filter((file) =>
      /\bDate\.now\b|new Date\(\)/.test(
        readFileSync(join(source, file), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ""),
      ),
    );
    assert.deepEqual(
      read.filter((file) => !meant.has(file)),
      [],
    );
  });
});
