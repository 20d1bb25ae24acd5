import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CommandContext } from "../../src/hooks/commands.ts";
import { doctorReasons, openDoctor } from "../../src/hooks/doctor-commands.ts";
import type { Fix } from "../../src/model/diagnoses/types.ts";
import type { MachineStatus } from "../../src/model/machine/status.ts";
import type { PaneId } from "../../src/store/dashboard-state.ts";
import type { DashboardStore } from "../../src/store/dashboard-store.ts";
import { selectedDoctorRow } from "../../src/store/doctor-view.ts";
import type { DashboardActions } from "../../src/views/dashboard-options.ts";
import { FakeBuilds } from "../support/fake-builds.ts";
import { fakeDiagnosis, fakeWedged } from "../support/fake-diagnoses.ts";
import { FakeMachines, fakeBuilder, fakeMachine, lostConnection } from "../support/fake-machines.ts";
import { fakeStore } from "../support/fake-store.ts";

const actions: DashboardActions = {
  prepareBuilderAction: () => Promise.reject(new Error("not in this test")),
  prepareDaemonRestart: () => Promise.reject(new Error("not in this test")),
  listSettings: () => Promise.reject(new Error("not in this test")),
  prepareSetting: () => Promise.reject(new Error("not in this test")),
};

function storeOf(builds: FakeBuilds, ...statuses: MachineStatus[]): DashboardStore {
  const store = fakeStore({
    builds,
    machines: new FakeMachines(...statuses),
    size: { columns: 120, rows: 36 },
  });
  store.stop();
  return store;
}

function open(store: DashboardStore, focus: PaneId = "builds"): string | null {
  store.change((state) => ({ ...state, focus }));
  openDoctor({ store } as unknown as CommandContext);
  const row = selectedDoctorRow(store.state.get(), store);
  return row?.kind === "problem" ? row.problem.id : (row?.kind ?? null);
}

function reasons(fix: Fix | null, machine: Partial<MachineStatus> = {}, given = actions) {
  const diagnoses = [fakeDiagnosis("x", { fixes: fix ? [fix] : [] })];
  const store = storeOf(new FakeBuilds(), fakeMachine("studio", { diagnoses, ...machine }));
  open(store);
  return doctorReasons(store.state.get(), store, given);
}

describe("the doctor's keys", () => {
  const restart: Fix = { title: "restart it", commands: ["launchctl"], action: { kind: "restart-daemon" } };
  const written: Fix = {
    title: "switch it on",
    commands: ["builders-use-substitutes = true"],
    action: { kind: "set", file: "nix.conf", key: "builders-use-substitutes", value: "true" },
  };

  it("do and copy a fix that can be done from here", () => {
    for (const fix of [restart, written])
      assert.deepEqual(reasons(fix), { open: null, fix: null, copy: null, fixes: 1 });
  });

  it("say whose a fix is that cannot be done from here, and what to write where", () => {
    assert.match(reasons({ title: "ask for it", commands: [] }).fix ?? "", /^This one is yours to do\.$/);
    assert.match(reasons({ title: "run it", commands: ["sudo -v"] }).fix ?? "", /y copies its commands/);
    assert.match(
      reasons(written, {}, {}).fix ?? "",
      /write builders-use-substitutes = true into nix\.conf\.$/,
    );
  });

  it("say that nothing can be done to a recording, or about what has no fix", () => {
    assert.match(reasons(restart, {}, {}).fix ?? "", /not to be had here/);
    const { fix, copy } = reasons(null);
    assert.match(fix ?? "", /nothing to do/);
    assert.match(copy ?? "", /no command to copy/);
    assert.match(reasons({ title: "ask for it", commands: [] }).copy ?? "", /has no command/);
  });

  it("do nothing to a machine that is lost", () => {
    assert.match(
      reasons(restart, { connection: lostConnection(0) }).fix ?? "",
      /nothing to do|does not answer/,
    );
  });

  it("cannot be used where no machine is watched", () => {
    const store = storeOf(new FakeBuilds());
    assert.match(doctorReasons(store.state.get(), store, actions).open ?? "", /^No machine is watched/);
  });
});

describe("d", () => {
  const studio = () =>
    fakeMachine("studio", {
      builders: [fakeBuilder("other", "healthy"), fakeBuilder("linux-builder", "healthy")],
      diagnoses: [
        fakeDiagnosis("daemon-down", { builderKey: null }),
        fakeDiagnosis("builder-disk-full"),
        fakeWedged(),
      ],
    });
  const failed = (diagnosis: string | null) => {
    const builds = new FakeBuilds();
    const { drv, name } = builds.add("openssl-3.4.0", "failed");
    builds.failures.push({
      ...{ drv, name, diagnosis, reason: "exit code 1", phase: null, exitCode: 1, signal: null },
      ...{ logTail: [], hash: null, dependents: [] },
    });
    return builds;
  };

  it("opens the doctor at the worst", () => {
    assert.equal(open(storeOf(new FakeBuilds(), studio())), "daemon-down");
    assert.equal(open(storeOf(new FakeBuilds(), fakeMachine("studio"))), "well");
  });

  it("on a failed build opens it at what made it fail", () => {
    assert.equal(open(storeOf(failed("builder-wedged"), studio())), "builder-wedged");
    assert.equal(open(storeOf(failed("builder-wedged"), studio()), "log"), "builder-wedged");
    assert.equal(open(storeOf(failed(null), studio())), "daemon-down");
  });

  it("says so where the machines show nothing of it", () => {
    const store = storeOf(failed("hash-mismatch"), studio());
    assert.equal(open(store), "daemon-down");
    assert.equal(store.state.get().flash?.text, "The machines show nothing of hash-mismatch now.");
  });

  it("on a builder opens it at that builder's worst", () => {
    const store = storeOf(new FakeBuilds(), studio());
    store.change((state) => ({
      ...state,
      builders: { ...state.builders, selected: "0 linux-builder", selectedIndex: 2, chosen: true },
    }));
    assert.equal(open(store, "builders"), "builder-disk-full");
    assert.equal(open(store, "gauges"), "builder-disk-full");
    assert.equal(open(store, "builds"), "daemon-down");
  });
});
