/** A build told while it runs. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { LiveBuilds } from "../../src/commands/live-builds.ts";
import { startNarrator } from "../../src/commands/narrator.ts";

const recording = new URL("../fixtures/nix-log/2.34.8/fail-stop.log", import.meta.url);

function begin(options: { onlyLogs: boolean; heartbeat?: boolean }) {
  const live = new LiveBuilds(() => 0);
  const told: string[] = [];
  const output = {
    print: (lines: readonly { text: string }[]) => told.push(...lines.map(({ text }) => text)),
  };
  const stop = startNarrator({ live, output, heartbeat: false, ...options });
  return { live, told, stop, stream: live.open({ label: "nix build", kind: "command" }) };
}
const bytes = (text: string) => new TextEncoder().encode(text);

describe("a build told while it runs", () => {
  it("tells a failure with the reason that Nix gives only afterwards, however the stream was cut", () => {
    const { told, stop, stream } = begin({ onlyLogs: false });
    for (const line of readFileSync(recording, "utf8").split(/(?<=\n)/)) stream.feed(bytes(line), 0);
    stop();
    const failed = told.filter((text) => / failed {3}/.test(text));
    assert.equal(failed.length, 1);
    assert.match(failed[0]!, /broken-0\.9 .*in buildPhase: builder failed with exit code 2$/);
  });

  it("passes on what is no record, cleaned, between the others", () => {
    const { told, stop, stream } = begin({ onlyLogs: false });
    stream.feed(bytes("ssh: \u001b[31mhost is new\u001b[0m\n"), 0);
    stop();
    assert.deepEqual(told, ["ssh: host is new"]);
  });

  it("says nothing of a stream that is no log, where it may be none", () => {
    const { told, stop, stream } = begin({ onlyLogs: true });
    stream.feed(bytes("hello\nworld\n"), 0);
    stop();
    assert.deepEqual(told, []);
  });

  it("gives a sign of life after 30 s without a line, and again", (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const { told, stop } = begin({ onlyLogs: false, heartbeat: true });
    context.mock.timers.tick(29_999);
    assert.equal(told.length, 0);
    context.mock.timers.tick(1);
    context.mock.timers.tick(30_000);
    assert.equal(told.length, 2);
    assert.match(told[0]!, /still {4}0 running, 0 done/);
    stop();
    context.mock.timers.tick(60_000);
    assert.equal(told.length, 2);
  });
});
