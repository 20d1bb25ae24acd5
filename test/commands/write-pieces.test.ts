/** A long report reaches standard output whole, whatever its pieces are. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";

const pieces = `["", "{", ..."abc".repeat(9_000), "日本".repeat(5_000), "x".repeat(200_000), "é".repeat(21_846), "end\\n"]`;
const script = `
  import { writePieces } from "./src/commands/output.ts";
  const said = await writePieces(${pieces});
  process.exitCode = said ? 0 : 3;
`;
const argv = ["--import", "tsx", "--input-type=module", "-e", script];
const whole = [
  "{",
  "abc".repeat(9_000),
  "日本".repeat(5_000),
  "x".repeat(200_000),
  "é".repeat(21_846),
  "end\n",
];

describe("pieces of a report", () => {
  it("arrive in order in a pipe", () => {
    const { status, stdout } = spawnSync(process.execPath, argv, { encoding: "utf8" });
    assert.equal(status, 0);
    assert.equal(stdout, whole.join(""));
  });

  it("arrive in order in a file", (context) => {
    const directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
    context.after(() => rmSync(directory, { recursive: true }));
    const file = openSync(join(directory, "report"), "w");
    const { status } = spawnSync(process.execPath, argv, { stdio: ["ignore", file, "inherit"] });
    closeSync(file);
    assert.equal(status, 0);
    assert.equal(readFileSync(join(directory, "report"), "utf8"), whole.join(""));
  });
});
