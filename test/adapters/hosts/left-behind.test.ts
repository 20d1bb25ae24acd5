/** When we are gone, however suddenly, nothing of ours is left on any machine. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startSshd, withoutSshd } from "../../support/sshd.ts";

const program = resolve(import.meta.dirname, "../../support/look-and-wait.ts");

/** The shells of the collector with that nonce, and the programs that lead to them. */
function processesOf(nonce: string): string[] {
  const lines = execFileSync("ps", ["-axww", "-o", "pid=,args="], { encoding: "utf8" }).split("\n");
  return lines.filter((line) => line.includes(` -s ${nonce}`));
}

async function leavesNothing(way: string, config: string, signal: NodeJS.Signals): Promise<void> {
  const child = spawn(process.execPath, ["--import", "tsx", program, way, config], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (bytes: Buffer) => {
    said += bytes;
  });
  while (!said.includes("looking")) await once(child.stdout, "data");
  const [nonce = ""] = said.split("\n");
  assert.match(nonce, /^[0-9a-f]{16}$/);
  assert.notDeepEqual(processesOf(nonce), []);
  child.kill(signal);
  await once(child, "exit");
  for (let tries = 0; processesOf(nonce).length > 0 && tries < 150; tries++) await sleep(100);
  assert.deepEqual(processesOf(nonce), []);
}

describe("a dashboard that is killed", () => {
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    it(`by ${signal} leaves no shell on this machine`, () => leavesNothing("local", "", signal));

    for (const way of ["ssh2", "openssh"]) {
      it(`by ${signal} leaves no shell on another one (${way})`, { skip: withoutSshd }, async () => {
        const sshd = await startSshd();
        await leavesNothing(way, sshd.config, signal).finally(() => sshd.stop());
      });
    }
  }
});
