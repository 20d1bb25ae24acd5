/** A command that we start: what it says comes to us whole, and its end is its own. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  CannotStart,
  type ChildOptions,
  type StartedChild,
  startChild,
} from "../../../src/adapters/nix-log/child-process.ts";
import { startChildOnThread } from "../../../src/adapters/nix-log/child-thread.ts";
import type { Invocation } from "../../../src/model/command-line/plan-command.ts";

const options: ChildOptions = { stdin: "ignore", stdout: "ignore", captureStderr: true, env: process.env };
const sh = (script: string): Invocation => ({ program: "sh", args: ["-c", script] });

async function said(child: StartedChild): Promise<string> {
  const chunks: Uint8Array[] = [];
  child.onStderr((chunk) => chunks.push(Buffer.from(chunk)));
  await child.ended;
  return Buffer.concat(chunks).toString();
}

for (const [where, start] of [
  ["here", startChild],
  ["on a thread", startChildOnThread],
] as const) {
  describe(`a command read ${where}`, () => {
    it("says all it said, from the first byte to the last", async () => {
      const child = await start(
        sh('i=0; while [ $i -lt 2000 ]; do echo "line $i" >&2; i=$((i+1)); done'),
        options,
      );
      const lines = (await said(child)).trimEnd().split("\n");
      assert.equal(lines.length, 2000);
      assert.equal(lines.at(-1), "line 1999");
    });

    it("ends with its own status", async () => {
      assert.deepEqual(await (await start(sh("exit 7"), options)).ended.then(), {
        exitCode: 7,
        signal: null,
      });
    });

    it("ends with the signal that ended it", async () => {
      const child = await start(sh("kill -TERM $$; sleep 5"), options);
      void said(child);
      assert.deepEqual(await child.ended, { exitCode: null, signal: "SIGTERM" });
    });

    it("gets the signals that we send, and none after its end", async () => {
      const child = await start(
        sh("trap 'echo got it >&2; exit 3' INT; echo up >&2; while :; do sleep 0.05; done"),
        options,
      );
      const chunks: string[] = [];
      child.onStderr((chunk) => {
        chunks.push(Buffer.from(chunk).toString());
        if (chunks.join("").includes("up")) child.kill("SIGINT");
      });
      assert.deepEqual(await child.ended, { exitCode: 3, signal: null });
      assert.match(chunks.join(""), /got it/);
      child.kill("SIGKILL");
    });

    it("is over when it ended, though something that it left behind holds its stderr", async () => {
      const child = await start(sh("sleep 30 & echo $! >&2; exit 0"), options);
      const left = Number(await said(child));
      assert.deepEqual(await child.ended, { exitCode: 0, signal: null });
      process.kill(left);
    });

    it("gets the environment that the plan adds", async () => {
      const child = await start(
        { ...sh('echo "$NIX_BUILD_SHELL" >&2'), env: { NIX_BUILD_SHELL: "true" } },
        options,
      );
      assert.equal(await said(child), "true\n");
    });

    it("that cannot start is told as a shell tells it: 127 where there is none, 126 where it may not run", async () => {
      const fails = (program: string) =>
        start({ program, args: [] }, options).then(
          () => null,
          (error) => error,
        );
      const missing = await fails("no-such-command-here");
      assert.ok(missing instanceof CannotStart);
      assert.equal(missing.exitCode, 127);
      assert.match(missing.message, /^no-such-command-here: there is no such command$/);
      assert.equal((await fails(import.meta.filename)).exitCode, 126);
      // What the system says where a directory of PATH may not be searched.
      const refused = Object.assign(new Error("EACCES"), { code: "EACCES" });
      assert.equal(new CannotStart("no-such-command-here", refused).exitCode, 127);
      assert.equal(new CannotStart(import.meta.filename, refused).exitCode, 126);
    });
  });
}

describe("a command read on a thread", () => {
  it("is never kept waiting while our main thread is busy with something else", async () => {
    // More than any pipe holds, then a file that says so. The main thread sees it without having read a byte.
    const { mkdtempSync, existsSync, rmSync } = await import("node:fs");
    const directory = mkdtempSync("/tmp/buildtop-test-");
    const script = `head -c 4000000 /dev/zero | tr '\\0' x >&2; : >${directory}/written`;
    const child = await startChildOnThread(sh(script), options);
    const wait = new Int32Array(new SharedArrayBuffer(4));
    // Blocks this thread as a pager does; the bound is only there to fail instead of hanging.
    for (let rounds = 0; rounds < 600 && !existsSync(`${directory}/written`); rounds += 1)
      Atomics.wait(wait, 0, 0, 50);
    assert.ok(existsSync(`${directory}/written`));
    assert.equal((await said(child)).length, 4_000_000);
    rmSync(directory, { recursive: true });
  });
});
