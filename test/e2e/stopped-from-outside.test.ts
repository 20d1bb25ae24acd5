/** The dashboard stopped by somebody else, and brought back by the shell: kill -STOP, then fg. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { eventually } from "../support/lab-buildtop.ts";
import { terminalSkipReason } from "../support/lab-terminal.ts";
import { nodesWith } from "../support/processes.ts";
import { Terminal } from "../support/terminal.ts";

const program = join(resolve(import.meta.dirname, "../.."), "dist/buildtop.js");
const skip =
  (process.platform === "linux" ? false : "needs /proc") ||
  terminalSkipReason() ||
  (existsSync(program) ? false : "needs npm run build");

/** A shell with jobs, the recording on its screen, and its process id. */
async function dashboard(context: TestContext): Promise<{ terminal: Terminal; pid: number }> {
  const home = mkdtempSync(join(tmpdir(), "buildtop-stopped-"));
  const env = { LANG: "C.UTF-8", PS1: "shell> ", HOME: home, BASH_SILENCE_DEPRECATION_WARNING: "1" };
  const terminal = Terminal.open(["bash", "--norc", "--noprofile", "-i"], env);
  context.after(() => {
    terminal.close();
    rmSync(home, { recursive: true });
  });
  await terminal.shows(/shell> *$/);
  terminal.type(`XDG_STATE_HOME=${home} ${process.execPath} ${program} --demo`);
  await terminal.shows(/╭ Builders/);
  const mine = nodesWith(program, "--demo").filter((id) =>
    readFileSync(`/proc/${id}/environ`, "utf8").split("\0").includes(`XDG_STATE_HOME=${home}`),
  );
  assert.equal(mine.length, 1);
  return { terminal, pid: mine[0] ?? 0 };
}

function stateOf(pid: number): string {
  return /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";
}

describe("the dashboard, stopped from outside", { skip, concurrency: false }, () => {
  for (const signal of ["SIGSTOP", "SIGTSTP"] as const)
    it(`comes back whole with fg after ${signal}, and each key counts at once`, async (context) => {
      const { terminal, pid } = await dashboard(context);
      process.kill(pid, signal);
      await terminal.shows(/Stopped/);
      terminal.type("echo scribbled $((6 * 7)) over it");
      await terminal.shows(/scribbled 42 over it/);
      terminal.type('fg; echo "status $?"');
      const screen = await terminal.shows(/^ buildtop [\s\S]*╭ Builders(?![\s\S]*scribbled)/);
      assert.doesNotMatch(screen, /Stopped|shell>|scribbled/);
      terminal.press("?");
      await terminal.shows(/╭ Keys/);
      terminal.press("Escape");
      await terminal.shows(/^(?![\s\S]*╭ Keys)[\s\S]*╭ Builders/);
      terminal.press("q");
      await terminal.shows(/status 0\s+shell> *$/);
      terminal.type("echo the shell has $(stty -a | grep -o -- '-\\?icanon') again");
      await terminal.shows(/the shell has icanon again/);
    });

  it("does not draw over the shell from the background", async (context) => {
    const { terminal, pid } = await dashboard(context);
    process.kill(pid, "SIGSTOP");
    await terminal.shows(/Stopped/);
    terminal.type("clear");
    terminal.type("bg");
    await eventually("it waits for the terminal", () => stateOf(pid) === "T");
    terminal.type("echo scribbled $((6 * 7)) over it");
    const screen = await terminal.shows(/scribbled 42 over it/);
    assert.doesNotMatch(screen, /╭ Builders/);
    terminal.type('fg; echo "status $?"');
    await terminal.shows(/^ buildtop [\s\S]*╭ Builders(?![\s\S]*scribbled)/);
    terminal.press("q");
    await terminal.shows(/status 0\s+shell> *$/);
  });
});
