/** A program that we started does not outlive us, and takes no signal from us. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { localHost } from "../../../src/adapters/hosts/local-host.ts";
import { ask } from "../../../src/adapters/system/ask.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const listeners = () => signals.map((signal) => process.listenerCount(signal));

describe("while a program of ours runs", () => {
  // A listener that goes with the program takes along what arrived as it ended: then Ctrl-C does nothing.
  it("nobody listens to the signals that are to end us", async () => {
    const before = listeners();
    const answer = ask("sleep", ["0.3"], 10_000);
    const host = localHost();
    const channels = [
      await host.open(["sleep", "10"], { keepTerminalSession: true }),
      await host.open(["sleep", "10"]),
    ];
    const during = listeners();
    for (const channel of channels) channel.kill();
    await host.close();
    assert.deepEqual(during, before);
    assert.equal((await answer).exitCode, 0);
  });

  it("it ends with us", () => {
    const script = `
      import { ask } from "./src/adapters/system/ask.ts";
      import { localHost } from "./src/adapters/hosts/local-host.ts";
      ask("sleep", ["98.76"], 60_000);
      const host = localHost();
      await host.open(["sleep", "98.77"], { keepTerminalSession: true });
      await host.open(["sleep", "98.78"]);
      process.exit(7);
    `;
    const { status } = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      timeout: 60_000,
    });
    assert.equal(status, 7);
    const { stdout } = spawnSync("ps", ["-axww", "-o", "args="], { encoding: "utf8" });
    assert.ok(stdout.includes("ps"));
    assert.doesNotMatch(stdout, /^sleep 98\.7/m);
  });
});
