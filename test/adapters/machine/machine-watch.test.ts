/** A machine that is watched for days: whatever it answers and wherever the laptop slept, it stays watched. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it, mock } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Collector } from "../../../src/adapters/hosts/collector.ts";
import { type Host, HostError } from "../../../src/adapters/hosts/host.ts";
import { resolveSsh } from "../../../src/adapters/hosts/ssh-resolve.ts";
import { ssh2Host } from "../../../src/adapters/hosts/ssh2-host.ts";
import { MachineWatch } from "../../../src/adapters/machine/machine-watch.ts";
import { requestOnWire } from "../../../src/model/hosts/collector-requests.ts";
import { changed, job, type Mac } from "../../support/facts.ts";
import { eventually } from "../../support/lab-buildtop.ts";
import { linuxBuilder } from "../../support/macs-of-facts.ts";
import { type BlackHole, blackHole, throughHole } from "../../support/ssh-faults.ts";
import { type Sshd, startSshd, withoutSshd } from "../../support/sshd.ts";

describe("a Mac whose files lie in odd places", () => {
  for (const directory of ["/Volumes/Zoë's disk/vm", "/Users/ada/my vm", "/Users/ada/vm,old", "/$(reboot)"]) {
    it(`is looked at all the same, but for them: ${directory}`, async (context) => {
      const fields = { state: "running", runs: "1", pid: "530", "working directory": directory };
      const { collector, asked } = answering(changed(linuxBuilder, job("org.nixos.linux-builder", fields)));
      const watch = new MachineWatch(nowhere(), { intervalMs: 1000, collector, guests: () => null });
      context.after(() => watch.stop());
      const { builders } = await watch.look({ measured: false });
      assert.deepEqual(
        builders.map(({ kind }) => kind),
        ["linux-builder"],
      );
      // Not a part of it either.
      assert.deepEqual(
        [...asked].filter((request) => request.includes(directory.split(/[ ,]/)[0] ?? directory)),
        [],
      );
    });
  }
});

describe("a file of machines that names others", () => {
  it("is read with them, however deep they lie", async (context) => {
    const mac = changed(linuxBuilder, {
      "file /etc/nix/machines": "@/etc/nix/machines.d/office\n@/etc/nix/not-there\n",
      "file /etc/nix/machines.d/office": "ssh://heron x86_64-linux\n@/etc/nix/machines.d/lab\n",
      "file /etc/nix/machines.d/lab": "ssh-ng://gull riscv64-linux\n",
    });
    const { collector } = answering(mac);
    const watch = new MachineWatch(nowhere(), { intervalMs: 1000, collector, guests: () => null });
    context.after(() => watch.stop());
    const { builders } = await watch.look({ measured: false });
    const remote = builders.filter(({ kind }) => kind === "remote");
    assert.deepEqual(
      remote.map(({ name }) => name),
      ["heron", "gull"],
    );
  });
});

describe("a machine that is lost in the middle of the first look", () => {
  it("is judged by nothing: half the facts make a well machine look ill", async (context) => {
    const { collector } = answering(linuxBuilder);
    let questions = 0;
    const once: Collector = {
      ...collector,
      sample: (requests, signal) =>
        ++questions === 1 ? collector.sample(requests, signal) : Promise.reject(lost),
    };
    const watch = new MachineWatch(nowhere(), { intervalMs: 1000, collector: once, guests: () => null });
    context.after(() => watch.stop());
    const { connection, diagnoses, builders, nix } = await watch.look();
    assert.equal(connection.state, "lost");
    assert.deepEqual([diagnoses, builders, nix, watch.facts], [[], [], null, null]);
  });
});

describe("a machine that owes an answer", () => {
  it("is said to be silent after ten seconds, and no longer when it answers", async (context) => {
    const { collector } = answering(linuxBuilder);
    let answer = () => {};
    let slow = false;
    const owing: Collector = {
      ...collector,
      sample: async (requests, signal) => {
        if (slow)
          await new Promise<void>((resolve) => {
            answer = resolve;
          });
        return collector.sample(requests, signal);
      },
    };
    const watch = new MachineWatch(nowhere(), { intervalMs: 1000, collector: owing, guests: () => null });
    await watch.look({ measured: false });
    context.mock.timers.enable({ apis: ["setTimeout"] });
    context.after(() => watch.stop());
    context.after(() => answer());
    slow = true;
    watch.start();
    await turns();
    context.mock.timers.tick(9_000);
    assert.deepEqual(watch.status().connection, { state: "connected" });
    context.mock.timers.tick(1_500);
    assert.deepEqual(watch.status().connection, { state: "connected", silentSince: watch.status().at });
    slow = false;
    answer();
    await turns();
    assert.deepEqual(watch.status().connection, { state: "connected" });
  });
});

describe("a machine that answers now and then", () => {
  it("is not asked every second for that: only a healthy minute makes it one that has never failed", async (context) => {
    const { collector } = answering(linuxBuilder);
    let asked = 0;
    const flapping: Collector = {
      ...collector,
      sample: (requests, signal) => {
        asked++;
        // The first look takes several questions; from then on every second one fails.
        if (asked > 6 && asked % 2 === 0) return Promise.reject(lost);
        return collector.sample(requests, signal);
      },
    };
    const delays: number[] = [];
    const watch = new MachineWatch(nowhere(), {
      ...{ intervalMs: 1, collector: flapping, guests: () => null },
      // As if that time had passed.
      retryDelayMs: (failures) => {
        delays.push(failures);
        return 1;
      },
    });
    context.after(() => watch.stop());
    watch.start();
    await eventually("it was lost five times", () => delays.length >= 5);
    assert.deepEqual(delays.slice(0, 5), [1, 2, 3, 4, 5]);
  });
});

describe("a laptop that slept, and a question that fails in a way nobody foresaw", () => {
  it("says so of the machine, and looks again as after any loss", async (context) => {
    context.after(() => mock.timers.reset());
    const { collector } = answering(linuxBuilder);
    let closed = 0;
    const delays: number[] = [];
    const failing: Collector = {
      ...collector,
      sample: (requests, signal) =>
        requests.join() === "now"
          ? Promise.reject(new RangeError("not a record:\u001b[2J 7"))
          : collector.sample(requests, signal),
    };
    const host = { ...nowhere(), close: async () => void closed++ };
    const watch = new MachineWatch(host, {
      ...{ intervalMs: 20, collector: failing, guests: () => null },
      retryDelayMs: (failures) => {
        delays.push(failures);
        return 1;
      },
    });
    context.after(() => watch.stop());
    const said: string[] = [];
    watch.subscribe(() => {
      const { connection } = watch.status();
      if (connection.state === "lost") said.push(`${connection.trouble.kind}: ${connection.trouble.message}`);
    });
    watch.start();
    await eventually("the first look", () => watch.status().at !== null);
    mock.timers.enable({ apis: ["Date"], now: Date.now() + 60_000 });
    await eventually("it is lost", () => said.length > 0);
    await eventually("it is looked at again", () => watch.status().connection.state === "connected");
    assert.deepEqual(said, ["protocol: mac could not be asked after a sleep: not a record: 7"]);
    assert.deepEqual([delays, closed], [[1], 1]);
  });

  it("is not told of a question that was only called off", async (context) => {
    context.after(() => mock.timers.reset());
    const { collector } = answering(linuxBuilder);
    let probed = false;
    const silent: Collector = {
      ...collector,
      sample: (requests, signal) => {
        if (requests.join() !== "now") return collector.sample(requests, signal);
        probed = true;
        return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
      },
    };
    const watch = new MachineWatch(nowhere(), { intervalMs: 20, collector: silent, guests: () => null });
    watch.start();
    await eventually("the first look", () => watch.status().at !== null);
    mock.timers.enable({ apis: ["Date"], now: Date.now() + 60_000 });
    await eventually("it is asked whether it still stands", () => probed);
    await watch.stop();
    assert.equal(watch.status().connection.state, "connected");
  });
});

describe("a laptop that slept", { skip: withoutSshd }, () => {
  let sshd: Sshd;
  let hole: BlackHole;
  let watch: MachineWatch;
  before(async () => {
    sshd = await startSshd();
  });
  after(() => sshd.stop());
  afterEach(async () => {
    mock.timers.reset();
    await watch.stop();
    await hole.stop();
  });

  /** Watched over a connection that would not notice its own end for an hour. */
  async function watched(): Promise<void> {
    hole = await blackHole(sshd.port);
    const configFile = throughHole(sshd, hole);
    const resolved = await resolveSsh("hole", { configFile });
    const host = ssh2Host({
      ...{ resolved, configFile, keepaliveMs: 3_600_000, ownKnownHosts: join(sshd.directory, "own") },
    });
    watch = new MachineWatch(host, { intervalMs: 400, guests: () => null });
    watch.start();
    await eventually("the first look", () => watch.status().at !== null);
  }

  /** The clock of the wall goes on by so much, as it does in a sleep; no timer comes due by it. */
  function sleepFor(ms: number): void {
    mock.timers.enable({ apis: ["Date"], now: Date.now() + ms });
  }

  it("asks whether the connection still stands, and makes a new one where it does not", async () => {
    await watched();
    assert.equal(hole.accepted(), 1);
    hole.swallow();
    hole.relent();
    const before = watch.status().at ?? 0;
    const states = new Set<string>();
    watch.subscribe(() => states.add(watch.status().connection.state));
    sleepFor(60_000);
    await eventually("answers over a new connection", () => (watch.status().at ?? 0) > before + 1);
    assert.equal(hole.accepted(), 2);
    assert.deepEqual([...states], ["connected"]);
  });

  it("keeps a connection that outlived the sleep", async () => {
    await watched();
    const before = watch.status().at ?? 0;
    sleepFor(60_000);
    await eventually("three looks more", () => (watch.status().at ?? 0) > before + 1.2);
    assert.equal(hole.accepted(), 1);
  });

  it("says that the machine is gone where it does not come back", async () => {
    await watched();
    await hole.stop();
    sleepFor(60_000);
    await eventually("it is lost", () => watch.status().connection.state === "lost");
  });
});

describe("a login that was refused", { skip: withoutSshd }, () => {
  it("is left alone until a person wants to try again", async (context) => {
    const sshd = await startSshd();
    context.after(() => sshd.stop());
    const authorized = join(sshd.directory, "authorized_keys");
    const right = readFileSync(authorized);
    writeFileSync(authorized, "");
    const resolved = await resolveSsh("stand-in", { configFile: sshd.config });
    const host = ssh2Host({ resolved, configFile: sshd.config, ownKnownHosts: join(sshd.directory, "own") });
    const connections = () => sshd.log().match(/Connection from/g)?.length ?? 0;
    const before = connections();
    const watch = new MachineWatch(host, { intervalMs: 20, guests: () => null });
    context.after(() => watch.stop());
    watch.start();
    await eventually("the login is refused", () => watch.status().connection.state === "lost");
    writeFileSync(authorized, right);
    await sleep(500);
    assert.equal(connections(), before + 1);
    watch.lookSoon();
    await eventually("it is let in", () => watch.status().connection.state === "connected");
    assert.equal(connections(), before + 2);
  });
});

/** What is ready is done. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const lost = new HostError({ kind: "lost", message: "mini is not connected any more", retry: true });

/** Answers with these texts, and refuses what no collector can be asked. */
function answering(mac: Mac): { collector: Collector; asked: Set<string> } {
  const asked = new Set<string>();
  const collector: Collector = {
    sample: async (requests) => {
      const sections = requests.map((request) => {
        asked.add(request);
        requestOnWire(request);
        const answer = mac.answers[request] ?? { text: "", code: 1 };
        return [request, typeof answer === "string" ? { text: answer, code: 0 } : answer] as const;
      });
      return { system: "Darwin", processor: "arm64", ourClock: null, sections: new Map(sections) };
    },
    close: () => {},
  };
  return { collector, asked };
}

/** Nothing can be run there: all that is known comes from the collector. */
function nowhere(): Host {
  return {
    ...{ name: "mac", address: "ada@mac", transport: "ssh2", transportReason: null },
    open: () => Promise.reject(lost),
    close: async () => {},
  };
}
