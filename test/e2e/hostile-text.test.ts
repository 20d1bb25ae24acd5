/** Text that others wrote, drawn on a real terminal: nothing of it is obeyed, hidden or turned around. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { eventually } from "../support/lab-buildtop.ts";

const root = resolve(import.meta.dirname, "../..");
const program = join(root, "dist/buildtop.js");
const skip =
  (existsSync(program) ? false : "needs npm run build") ||
  (process.platform === "linux" && spawnSync("script", ["--version"]).status === 0
    ? false
    : "needs script of util-linux");

/** A title, the clipboard, a link, hidden text, another order of letters, a cleared screen, a device's control string. */
const hostile =
  "\u001b]0;evil\u0007\u001b]52;c;ZXZpbA==\u0007\u001b]8;;mailto:evil\u0007link\u001b]8;;\u0007\u001b[8mhidden\u001b[0m\u202eback\u202c\u001b[2J\u001bPq#evil\u001b\\\u009d0;evil\u009c\u0007";

/** What must not come out, however it is cut. */
const obeyed = /\u001b\[8m|\u001b\](?:0|8|52);|\u001bP|\u0007|[\u202a-\u202e\u2066-\u2069\u0080-\u009f]/u;

describe("text of others", { skip }, () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "buildtop-hostile-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  /** All that is written to a terminal of 120 columns until `shown` stands there; then the keys are pressed. */
  async function drawn(args: readonly string[], shown: RegExp, env: Record<string, string> = {}) {
    const words = [process.execPath, program, ...args].map((word) => `'${word}'`).join(" ");
    const child = spawn("script", ["-qfc", `stty cols 120 rows 36; exec ${words}`, "/dev/null"], {
      env: { ...process.env, TERM: "xterm-256color", SHELL: "/bin/sh", LANG: "C.UTF-8", ...env },
    });
    let written = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      written += text;
    });
    const ended = once(child, "exit");
    await eventually(`${shown} in ${words}`, () => shown.test(written)).catch((error: Error) => {
      child.kill("SIGKILL");
      throw new Error(`${error.message}\n${JSON.stringify(written.slice(-2000))}`);
    });
    child.stdin.on("error", () => {});
    child.stdin.write("q");
    const [code] = await ended;
    return { written, code };
  }

  it("in names and logs of builds is shown as plain text", async () => {
    const drv = `/nix/store/8n9vhsd5ficxwx4advk48z5dbmw5xbgr-${hostile}name-1.0.drv`;
    const record = (value: object) => `@nix ${JSON.stringify(value)}\n`;
    const stream = [
      record({
        ...{ action: "start", id: 1, level: 3, parent: 0, type: 105 },
        text: `building '${drv}'`,
        fields: [drv, `ssh://${hostile}`, 1, 1],
      }),
      record({ action: "result", id: 1, type: 101, fields: [`${hostile}the last words`] }),
      record({ action: "result", id: 1, type: 104, fields: [`${hostile}buildPhase`] }),
      record({ action: "msg", level: 1, msg: `${hostile}a warning` }),
      `${hostile}not a record\n`,
    ].join("");
    const file = join(directory, "hostile.log");
    writeFileSync(file, stream);
    const { written } = await drawn(["replay", file], /the last words/);
    assert.doesNotMatch(written, obeyed);
    assert.match(written, /linkhiddenback/, "the words themselves are there");
  });

  it("in processes, paths and names of a machine is shown as plain text", async () => {
    const recording = join(directory, "recording");
    cpSync(join(root, "test/fixtures/recordings/container-building"), recording, { recursive: true });
    const file = join(recording, "answers.jsonl");
    const inJson = JSON.stringify(hostile).slice(1, -1);
    const text = readFileSync(file, "utf8");
    // Into words of every answer, where each of them begins with a path.
    writeFileSync(
      file,
      text
        .replaceAll("/Applications/", `/Applications/${inJson}`)
        .replaceAll("docker-builder", `docker${inJson}builder`),
    );
    for (const command of ["status", "doctor"]) {
      const { stdout, stderr } = spawnSync(process.execPath, [program, command, "--recording", recording], {
        encoding: "utf8",
        timeout: 60_000,
      });
      assert.notEqual(stdout, "", stderr);
      assert.doesNotMatch(stdout + stderr, /(?!\n)\p{Cc}|\p{Bidi_Control}/u);
    }
    const { written } = await drawn(["--recording", recording], /Builders/);
    assert.doesNotMatch(written, obeyed);
  });

  it("is answered in lines on a terminal that can do nothing, with no sequence at all", async () => {
    const { written, code } = await drawn(["--demo"], /studio/, { TERM: "dumb" });
    assert.equal(code, 0);
    assert.doesNotMatch(written, /\u001b/);
  });
});
