import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { builderReasons, switchVerb, troubleHelp } from "../../src/hooks/builder-commands.ts";
import type { Builder } from "../../src/model/builders/types.ts";
import type { MachineStatus } from "../../src/model/machine/status.ts";
import type { DashboardStore } from "../../src/store/dashboard-store.ts";
import { selectedMachineRow } from "../../src/store/machine-rows.ts";
import type { DashboardActions } from "../../src/views/dashboard-options.ts";
import { FakeMachines, fakeBuilder, fakeMachine, lostConnection } from "../support/fake-machines.ts";
import { fakeStore } from "../support/fake-store.ts";

const actions: DashboardActions = {
  prepareBuilderAction: () => Promise.reject(new Error("not in this test")),
  prepareDaemonRestart: () => Promise.reject(new Error("not in this test")),
  builderLogCommand: () => ["true"],
  lookAgain: () => {},
};

function storeOf(builders: readonly Builder[], machine: Partial<MachineStatus> = {}): DashboardStore {
  const store = fakeStore({ machines: new FakeMachines(fakeMachine("studio", { builders, ...machine })) });
  store.stop();
  return store;
}

function reasons(builders: readonly Builder[], machine: Partial<MachineStatus> = {}, given = actions) {
  const store = storeOf(builders, machine);
  return builderReasons(store.state.get(), store, given);
}

function help(builders: readonly Builder[], machine: Partial<MachineStatus> = {}) {
  const store = storeOf(builders, machine);
  const state = store.state.get();
  return troubleHelp(selectedMachineRow(state, store), builderReasons(state, store, actions));
}

describe("the keys of builders", () => {
  it("can all be used on a builder that launchd keeps", () => {
    for (const [key, reason] of Object.entries(reasons([fakeBuilder("b", "healthy")])))
      assert.equal(reason, null, key);
  });

  it("say what to do instead where a builder is not started from here", () => {
    const control = { kind: "none", why: "Start it on mini." } as const;
    const log = { kind: "none", why: "Its log is on mini." } as const;
    const remote = fakeBuilder("mini", "healthy", { control, log, uri: null });
    const { restart, switch: startStop, log: logReason, copy, test } = reasons([remote]);
    assert.equal(restart, "Start it on mini.");
    assert.equal(startStop, "Start it on mini.");
    assert.equal(logReason, "Its log is on mini.");
    assert.equal(copy, "Nix has no URI for this builder.");
    assert.equal(test, null, "whether it builds can be tried all the same");
  });

  it("say that the machine itself is selected", () => {
    const { restart, daemon } = reasons([]);
    assert.match(restart ?? "", /^Select a builder first/);
    assert.equal(daemon, null);
  });

  it("say that a machine does not answer", () => {
    const { restart, daemon, log } = reasons([fakeBuilder("b", "healthy")], {
      connection: lostConnection(0),
    });
    for (const reason of [restart, daemon, log]) assert.equal(reason, "studio does not answer.");
  });

  it("say so where nothing is to be had", () => {
    for (const key of ["restart", "switch", "test", "log", "daemon"] as const)
      assert.equal(reasons([fakeBuilder("b", "healthy")], {}, {})[key], "This is not to be had here.");
    assert.match(
      reasons([fakeBuilder("b", "healthy")], { nix: null }).daemon ?? "",
      /^Nothing on studio starts/,
    );
  });

  it("S starts what does not run and stops what does", () => {
    for (const [state, verb] of [
      ["stopped", "start"],
      ["disabled", "start"],
      ["crash-looping", "start"],
      ["healthy", "stop"],
      ["wedged", "stop"],
    ] as const)
      assert.equal(switchVerb(storeOf([fakeBuilder("b", state)])), verb, state);
  });
});

describe("what can be done about trouble", () => {
  it("is named with its key, only where the key can be used", () => {
    assert.deepEqual(help([fakeBuilder("b", "wedged")]), ["r restarts it", "l shows its log"]);
    assert.deepEqual(help([fakeBuilder("b", "stopped")]), ["S starts it", "l shows its log"]);
    const control = { kind: "none", why: "Start it on mini." } as const;
    const log = { kind: "none", why: "Its log is on mini." } as const;
    assert.deepEqual(help([fakeBuilder("mini", "unreachable", { control, log })]), ["t tests it"]);
    const nix = { ...fakeMachine("x").nix, daemon: "stopped" } as MachineStatus["nix"];
    assert.deepEqual(help([], { nix }), ["R restarts it"]);
  });
});
