/** More than anybody could read, without an end: the dashboard stays usable and small, and says what it let go. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { nodeFlags } from "../bench/terminal-program.ts";
import { terminalSkipReason } from "../support/lab-terminal.ts";
import { Terminal } from "../support/terminal.ts";

const program = join(resolve(import.meta.dirname, "../.."), "dist/buildtop.js");
const skip =
  terminalSkipReason() ||
  (process.platform !== "linux" && "needs Linux' /proc") ||
  (existsSync(program) ? false : "needs npm run build");

/** MiB that the dashboard may take in any flood; a dashboard at rest takes half of it. */
const mostMemory = 230;

const drv = "/nix/store/8n9vhsd5ficxwx4advk48z5dbmw5xbgr-noisy-1.0.drv";
const record = (value: object) => `@nix ${JSON.stringify(value)}`;
const build = record({
  ...{ action: "start", id: 1, level: 3, parent: 0, type: 105, text: `building '${drv}'` },
  fields: [drv, "", 1, 1],
});
/** A hundred lines of a log, each as long as those of a compiler. */
const block = Array.from({ length: 100 }, (_, at) =>
  record({
    action: "result",
    id: 1,
    type: 101,
    fields: [`cc -O2 -o part-${at}.o ${"-I/nix/store/x ".repeat(8)}`],
  }),
).join("\n");

interface Scene {
  readonly terminal: Terminal;
  /** Resident memory of the dashboard, in MiB. */
  readonly memory: () => number;
}

/** The dashboard on the end of a pipe that never stops. */
async function scene(context: TestContext): Promise<Scene> {
  const directory = mkdtempSync(join(tmpdir(), "buildtop-flood-"));
  context.after(() => rmSync(directory, { recursive: true }));
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text, { mode: 0o755 });
    return join(directory, name);
  };
  const stream = file(
    "flood",
    `#!/bin/sh\ncat ${file("build", `${build}\n`)}\nyes "$(cat ${file("block", block)})"\n`,
  );
  const pager = file("pager", '#!/bin/sh\nhead -n 1 "$1"\nread -r _ </dev/tty\n');
  const node = [process.execPath, ...nodeFlags(), program].join(" ");
  const terminal = Terminal.open(["bash", "--norc", "--noprofile"], {
    PATH: process.env.PATH ?? "",
    PAGER: pager,
    PS1: "here> ",
    XDG_CONFIG_HOME: directory,
  });
  context.after(() => terminal.close());
  await terminal.shows(/here> *$/);
  const pidFile = join(directory, "pid");
  terminal.type(`${stream} | (echo $BASHPID >${pidFile}; exec ${node})`);
  await terminal.shows(/noisy-1\.0[\s\S]*part-\d+/);
  const pid = Number(readFileSync(pidFile, "utf8"));
  return {
    terminal,
    memory: () =>
      Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024,
  };
}

describe("a log that floods", { skip }, () => {
  it("leaves the keys answered, is let go of at its beginning, and that is said", async (context) => {
    const { terminal, memory } = await scene(context);
    for (let times = 0; times < 3; times++) {
      terminal.press("?");
      await terminal.shows(/next pane/);
      terminal.press("Escape");
      await terminal.shows(/^(?![\s\S]*next pane)[\s\S]*part-\d+/);
    }
    await terminal.shows(/\d,\d{3},\d{3} lines/, 120_000);
    // Nobody stands still: what is read is looked at and let go of.
    assert.ok(memory() < mostMemory, `${memory()} MiB`);
    terminal.press("o");
    const screen = await terminal.shows(/earlier lines are no longer kept/);
    const dropped = Number(/\(([\d,]+) earlier lines/.exec(screen)?.[1]?.replaceAll(",", ""));
    assert.ok(dropped > 10_000, String(dropped));
    terminal.press("Enter");
    await terminal.shows(/part-\d+/);
    await terminal.shows(/[2-9],\d{3},\d{3} lines/, 120_000);
    assert.ok(memory() < mostMemory, `${memory()} MiB`);
    terminal.press("C-c");
    await terminal.shows(/stopped · 1 still running[\s\S]*here> *$/);
  });
});
