/** What standard input may be. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { resolve } from "node:path";
import { it } from "node:test";

const source = resolve(import.meta.dirname, "../../../src/adapters/nix-log/pipe.ts");
const ask = (stdin: "ignore" | "pipe" | number) =>
  spawnSync(
    process.execPath,
    ["-e", `import(${JSON.stringify(source)}).then((pipe) => console.log(pipe.stdinIsStream()))`],
    { stdio: [stdin, "pipe", "inherit"], encoding: "utf8" },
  ).stdout.trim();

it("a pipe or a file brings a stream, /dev/null brings none", () => {
  assert.equal(ask("pipe"), "true");
  assert.equal(ask("ignore"), "false");
  const file = openSync(source, "r");
  assert.equal(ask(file), "true");
  closeSync(file);
});
