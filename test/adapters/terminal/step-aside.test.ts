import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { stepAside } from "../../../src/adapters/terminal/step-aside.ts";

/** What happened to the terminal, in order; each step aside takes a turn on either side. */
function setUp() {
  const happened: string[] = [];
  const errors: unknown[] = [];
  const aside = stepAside({
    without: async (run) => {
      happened.push("out");
      await turn();
      try {
        await run();
      } finally {
        await turn();
        happened.push("in");
      }
    },
    onError: (error) => errors.push(error),
  });
  return { happened, errors, aside };
}

async function settled(): Promise<void> {
  for (let n = 0; n < 20; n++) await turn();
}

describe("the terminal, handed over and taken back", () => {
  it("goes to one after the other", async () => {
    const { happened, aside } = setUp();
    const both = [
      aside.withTerminal(() => void happened.push("pager")),
      aside.withTerminal(() => void happened.push("sudo")),
    ];
    await Promise.all(both);
    assert.deepEqual(happened, ["out", "pager", "in", "out", "sudo", "in"]);
    aside.end();
  });

  it("is taken back also from one that failed, and tells whoever asked", async () => {
    const { happened, aside } = setUp();
    const failing = aside.withTerminal(() => Promise.reject(new Error("no such pager")));
    await assert.rejects(failing, /no such pager/);
    await aside.withTerminal(() => void happened.push("sudo"));
    assert.deepEqual(happened, ["out", "in", "out", "sudo", "in"]);
    aside.end();
  });

  it("is taken anew when the process goes on after a stop, once, and not after the end", async () => {
    const { happened, errors, aside } = setUp();
    process.emit("SIGCONT", "SIGCONT");
    await settled();
    assert.deepEqual(happened, ["out", "in"]);
    await aside.withTerminal(async () => {
      process.emit("SIGCONT", "SIGCONT");
    });
    await settled();
    assert.deepEqual(happened, ["out", "in", "out", "in"], "who has stepped aside comes back whole anyway");
    aside.end();
    process.emit("SIGCONT", "SIGCONT");
    await settled();
    assert.equal(happened.length, 4);
    assert.deepEqual(errors, []);
  });
});
