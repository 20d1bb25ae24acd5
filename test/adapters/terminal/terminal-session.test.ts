import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, it } from "node:test";

const session = new URL("../../../src/adapters/terminal/terminal-session.ts", import.meta.url).href;

/** A program that holds the terminal, says that it is ready, and then does what `then` says. */
function program(then: string): string {
  return `
    import { openTerminalSession } from ${JSON.stringify(session)};
    const session = openTerminalSession({
      stdout: process.stdout,
      capabilities: { ascii: false, noColor: false, progress: true, title: true, multiplexer: null },
      mouse: true,
      leave: () => process.stdout.write("LEFT"),
    });
    session.setTitle("3 running");
    session.setProgress({ state: "share", share: 0.5 });
    process.stdout.write("READY");
    ${then}
  `;
}

interface End {
  written: string;
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Runs it, sends `signal` once it is ready, and gathers all it wrote. */
function runToEnd(then: string, signal: NodeJS.Signals | null): Promise<End> {
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program(then)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let written = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const wasReady = written.includes("READY");
    written += chunk.toString("utf8");
    if (signal && !wasReady && written.includes("READY")) child.kill(signal);
  });
  return new Promise((resolve) => {
    child.on("close", (code, by) => resolve({ written, code, signal: by }));
  });
}

const wait = "setInterval(() => {}, 1_000);";

function assertRestored(written: string): void {
  const undone = written.slice(written.indexOf("READY"));
  for (const mode of ["1000", "1006", "1004", "2004", "1049"])
    assert.ok(undone.includes(`\x1b[?${mode}l`), `mode ${mode} is off`);
  assert.ok(undone.includes("\x1b[?25h"), "the cursor is shown");
  assert.ok(undone.includes("\x1b[23;2t"), "the title is restored");
  assert.ok(undone.includes("\x1b]9;4;0;0\x1b\\"), "the progress is taken away");
  assert.ok(
    undone.indexOf("LEFT") < undone.indexOf("\x1b[?1049l"),
    "the drawing goes before the screen does",
  );
}

describe("the terminal is given back", () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const)
    it(`on ${signal}, and the process ends by it`, async () => {
      const end = await runToEnd(wait, signal);
      assertRestored(end.written);
      assert.equal(end.signal, signal);
    });

  it("on process.exit", async () => {
    const end = await runToEnd("process.exit(3);", null);
    assertRestored(end.written);
    assert.equal(end.code, 3);
  });

  it("on an error that nobody catches", async () => {
    const end = await runToEnd("setTimeout(() => { throw new Error('unexpected'); }, 1);", null);
    assertRestored(end.written);
    assert.equal(end.code, 1);
  });

  it("in order at a clean end, and nothing is written after it", async () => {
    const { written } = await runToEnd("session.end(); process.stdout.write('END'); process.exit(0);", null);
    assert.ok(written.indexOf("\x1b[?1000l") < written.indexOf("END"));
    assert.ok(written.endsWith("END"));
  });

  it("not on a signal that the program itself takes care of", async () => {
    const own = `process.on("SIGTERM", () => { process.stdout.write("OWN"); session.end(); process.exit(7); }); ${wait}`;
    const end = await runToEnd(own, "SIGTERM");
    assert.equal(end.code, 7);
    assert.ok(end.written.indexOf("OWN") < end.written.indexOf("\x1b[?1000l"));
  });
});
