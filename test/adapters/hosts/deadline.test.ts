/** While sudo has the terminal this program stands still, and a machine that answered meanwhile is not too late. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { deadline } from "../../../src/adapters/hosts/deadline.ts";
import { localHost } from "../../../src/adapters/hosts/local-host.ts";
import { openCollector } from "../../../src/adapters/hosts/shell-collector.ts";

const standStill = (seconds: number) => spawnSync("sleep", [String(seconds)]);

describe("a deadline", () => {
  it("leaves time to read what came in while we stood still", async (context) => {
    const collector = openCollector(localHost(), { deadlineMs: 400 });
    context.after(() => collector.close());
    await collector.sample(["now"]);
    const answer = collector.sample(["memory"]);
    await sleep(1);
    standStill(1.5);
    const { sections } = await answer;
    assert.equal(sections.get("memory")?.code, 0);
  });

  it("comes all the same, and not after it was called off", async () => {
    let late = 0;
    deadline(50, () => late++);
    const callOff = deadline(50, () => {
      late += 10;
    });
    callOff();
    standStill(0.8);
    await sleep(400);
    assert.equal(late, 1);
  });
});
