/** Two of us at once: one saves, the other is told who does. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";

const lock = new URL("../../../src/adapters/config/save-lock.ts", import.meta.url).href;

/** Waits for the word, tries to take it, says what came of it, and keeps it until the end of its input. */
const program = (path: string) => `
  import { takeLock } from ${JSON.stringify(lock)};
  process.stdin.once("data", () => {
    const taken = takeLock(${JSON.stringify(path)});
    console.log(taken.ok ? "mine" : taken.by);
    process.stdin.once("end", () => taken.ok && taken.release());
    process.stdin.resume();
  });
  console.log("ready");
`;

it("of many processes that want it at the same moment one gets it, and the others are told whose it is", async () => {
  const directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
  const path = join(directory, "lock");
  const children = Array.from({ length: 6 }, () => {
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "--eval", program(path)],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    let said = "";
    child.stdout.on("data", (bytes: Buffer) => {
      said += bytes;
    });
    const says = async (pattern: RegExp) => {
      while (!pattern.test(said)) await once(child.stdout, "data");
      return said;
    };
    return { child, says };
  });
  await Promise.all(children.map(({ says }) => says(/ready\n/)));
  for (const { child } of children) child.stdin.write("now\n");
  const words = await Promise.all(children.map(({ says }) => says(/ready\n.+\n/)));
  const winner = children[words.findIndex((each) => each.endsWith("mine\n"))];
  assert.equal(words.filter((each) => each.endsWith("mine\n")).length, 1, words.join(""));
  for (const each of words.filter((text) => !text.endsWith("mine\n")))
    assert.match(each, new RegExp(`another buildtop(?: \\(process ${winner?.child.pid}\\b.*\\))?\\n$`));
  for (const { child } of children) child.stdin.end();
  await Promise.all(children.map(({ child }) => once(child, "close")));
  assert.deepEqual(readdirSync(directory), []);
  rmSync(directory, { recursive: true });
});
