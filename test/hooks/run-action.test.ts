import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CommandContext } from "../../src/hooks/commands.ts";
import { runAction } from "../../src/hooks/run-action.ts";
import type { MachineAction } from "../../src/views/dashboard-options.ts";
import { fakeStore } from "../support/fake-store.ts";

function setUp() {
  const store = fakeStore();
  const closing = new AbortController();
  const happened: string[] = [];
  const withTerminal = async (run: () => void) => {
    happened.push("terminal taken");
    run();
    happened.push("terminal given back");
  };
  const effects = { withTerminal, closing: closing.signal };
  const context = { store, effects } as unknown as CommandContext;
  const action = (run: MachineAction["run"], more: Partial<MachineAction> = {}): MachineAction => ({
    title: "restart linux-builder",
    change: [],
    run,
    ...more,
  });
  return { store, context, closing, happened, action };
}

describe("an action on a machine", () => {
  it("shows each step in place of the one before, and at last what is true now", async () => {
    const { store, context, action } = setUp();
    const steps: (string | undefined)[] = [];
    await runAction(
      context,
      action(async (_signal, progress) => {
        for (const line of ["kickstart", "new pid 4711"]) {
          progress(line);
          steps.push(store.state.get().action?.line);
        }
        return "linux-builder answers after 23 s.";
      }),
    );
    assert.deepEqual(steps, ["kickstart", "new pid 4711"]);
    assert.equal(store.state.get().action, null);
    assert.deepEqual(store.state.get().flash, { text: "linux-builder answers after 23 s.", tone: "well" });
    store.stop();
  });

  it("that fails says why: in one line that passes by", async () => {
    const { store, context, action } = setUp();
    await runAction(
      context,
      action(() => Promise.reject(new Error("sudo wants a password"))),
    );
    assert.deepEqual(store.state.get().flash, {
      text: "restart linux-builder: sudo wants a password",
      tone: "failed",
    });
    assert.equal(store.state.get().overlay, null);
    store.stop();
  });

  it("that fails with what a tool said keeps that on the screen", async () => {
    const { store, context, action } = setUp();
    await runAction(
      context,
      action(() => Promise.reject(new Error("Boot-out failed: 5\nTry again as root\n"))),
    );
    assert.deepEqual(store.state.get().overlay, {
      kind: "text",
      title: "restart linux-builder: failed",
      lines: ["Boot-out failed: 5", "Try again as root"],
      top: 0,
    });
    assert.equal(store.state.get().action, null);
    store.stop();
  });

  it("has the terminal to itself before it runs, where it needs that", async () => {
    const { store, context, happened, action } = setUp();
    const terminalFirst = () => {
      happened.push("password");
      return null;
    };
    await runAction(
      context,
      action(
        async () => {
          happened.push("run");
          return "done";
        },
        { terminalFirst },
      ),
    );
    assert.deepEqual(happened, ["terminal taken", "password", "terminal given back", "run"]);
    store.stop();
  });

  it("is not run if nothing came of that", async () => {
    const { store, context, happened, action } = setUp();
    await runAction(
      context,
      action(
        async () => {
          happened.push("run");
          return "done";
        },
        { terminalFirst: () => "no password was given" },
      ),
    );
    assert.ok(!happened.includes("run"));
    assert.equal(store.state.get().flash?.text, "restart linux-builder: no password was given");
    store.stop();
  });

  it("is told to stop when the dashboard is closed", async () => {
    const { store, context, closing, action } = setUp();
    const running = runAction(
      context,
      action(
        (signal) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(new Error("stopped")));
          }),
      ),
    );
    closing.abort();
    await running;
    assert.equal(store.state.get().flash?.text, "restart linux-builder: stopped");
    store.stop();
  });

  it("waits for none: a second one is not begun while the first is under way", async () => {
    const { store, context, happened, action } = setUp();
    let end = (_: string) => {};
    const first = runAction(
      context,
      action(
        () =>
          new Promise((resolve) => {
            end = resolve;
          }),
      ),
    );
    await runAction(
      context,
      action(async () => {
        happened.push("second");
        return "second";
      }),
    );
    assert.deepEqual(happened, []);
    end("first is done");
    await first;
    assert.equal(store.state.get().flash?.text, "first is done");
    store.stop();
  });
});
