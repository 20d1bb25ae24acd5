/** How a person ends a command: politely first, harder each further time. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CommandEnd, StartedChild } from "../../src/adapters/nix-log/child-process.ts";
import { Interrupter } from "../../src/commands/interrupter.ts";

function begin() {
  const sent: string[] = [];
  let end: (end: CommandEnd) => void = () => {};
  const child: StartedChild = {
    pid: 4711,
    onStderr: () => {},
    kill: (signal) => sent.push(signal),
    ended: new Promise((resolve) => {
      end = resolve;
    }),
  };
  return {
    sent,
    end: () => end({ exitCode: 1, signal: null }),
    interrupter: new Interrupter(child, "nix build", () => {}),
  };
}

describe("ending a command", () => {
  it("is SIGINT, then SIGTERM, then SIGKILL, and says each time what comes next", () => {
    const { sent, end, interrupter } = begin();
    assert.equal(interrupter.note, null);
    assert.equal(interrupter.interrupted, false);
    interrupter.interrupt();
    assert.equal(interrupter.interrupted, true);
    assert.match(interrupter.note ?? "", /once more sends SIGTERM/);
    interrupter.interrupt();
    assert.match(interrupter.note ?? "", /SIGKILL in \d+s, once more sends it now/);
    interrupter.interrupt();
    assert.deepEqual(sent, ["SIGINT", "SIGTERM", "SIGKILL"]);
    end();
  });

  it("comes to SIGKILL by itself where SIGTERM is not heard", (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const { sent, interrupter } = begin();
    interrupter.interrupt();
    interrupter.interrupt();
    context.mock.timers.tick(10_000);
    assert.deepEqual(sent, ["SIGINT", "SIGTERM", "SIGKILL"]);
  });

  it("sends nothing to a command that has ended", async () => {
    const { sent, end, interrupter } = begin();
    interrupter.interrupt();
    end();
    await new Promise((resolve) => setImmediate(resolve));
    interrupter.interrupt();
    assert.deepEqual(sent, ["SIGINT"]);
    assert.equal(interrupter.running, false);
    assert.equal(interrupter.note, null);
  });
});
