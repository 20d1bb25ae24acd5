import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { builderConsequences, daemonConsequences } from "../../../src/model/actions/consequences.ts";
import type { ServiceState } from "../../../src/model/actions/types.ts";
import { type Builder, unknownSize } from "../../../src/model/builders/types.ts";
import type { BuildProcess } from "../../../src/model/machine/build-processes.ts";

const builder = (used: number): Builder => ({
  ...{
    key: "linux-builder x",
    kind: "linux-builder",
    name: "linux-builder",
    state: "healthy",
    why: "",
    uri: null,
  },
  ...{
    systems: [],
    features: [],
    jobs: { used, max: 4 },
    lastUsedAt: null,
    uptimeSeconds: null,
    version: null,
  },
  ...{ size: unknownSize, gauges: null, limitedBy: null, answerMs: null, settings: [], guest: null },
  log: { kind: "none", why: "" },
  control: { kind: "launchd", label: "x", plist: null },
});
const works = (derivation: string | null, pid: number): BuildProcess => ({
  ...{ pid, user: "nixbld1", program: "cc1", cpu: 1, residentBytes: 1, elapsedSeconds: 1 },
  derivation,
});
const inside = (...names: (string | null)[]) => ({
  builderProcesses: new Map([["linux-builder x", names.map((name, index) => works(name, index))]]),
});
const asleep: ServiceState = {
  ...{
    loaded: true,
    disabled: false,
    running: false,
    run: null,
    runs: 0,
    onDemand: true,
    exit: null,
    logPath: null,
  },
};

describe("before a builder is restarted", () => {
  it("the builds that would die are counted and named, each once", () => {
    const [first] = builderConsequences(
      "restart",
      builder(2),
      inside("gcc-14.2.0", "gcc-14.2.0", "openssl-3.4.0"),
      null,
    );
    assert.equal(first, "2 builds run on it and would die: gcc-14.2.0, openssl-3.4.0");
  });
  it("builds that other machines gave it count as well", () => {
    assert.match(
      builderConsequences("stop", builder(0), inside("a-1"), null)[0] ?? "",
      /^1 build runs on it/,
    );
  });
  it("a long list is cut, and what is left out is counted", () => {
    const names = Array.from({ length: 12 }, (_, index) => `p-${index}`);
    assert.match(
      builderConsequences("restart", builder(12), inside(...names), null)[0] ?? "",
      /p-7 and 4 more$/,
    );
  });
  it("names that were written to deceive are shown as what they are", () => {
    const [first = ""] = builderConsequences("restart", builder(1), inside("a\u001b[2Jb\u202e"), null);
    assert.doesNotMatch(first, /\p{Cc}|\u202e/u);
  });
  it("a sleeping VM is said to be woken, by a test as well", () => {
    for (const verb of ["restart", "start", "test"] as const)
      assert.ok(
        builderConsequences(verb, builder(0), inside(), asleep).includes("its VM sleeps: this wakes it"),
      );
  });
});

describe("before the daemon is restarted", () => {
  const status = { ...inside("gcc-14.2.0"), builders: [builder(1)], buildProcesses: [works("zlib-1.3", 9)] };
  it("every build of the machine is told, those on builders as well", () => {
    const [first] = daemonConsequences("restart", status, { kind: "launchd", label: "x", plist: null });
    assert.equal(first, "2 builds run on this machine or for it and would die: zlib-1.3, gcc-14.2.0");
  });
  it("under systemd no more is claimed than is known: its workers may live on", () => {
    assert.match(
      daemonConsequences("restart", status, { kind: "systemd", unit: "x" })[0] ?? "",
      /may be lost/,
    );
  });
});
