/** Every line of an error begins with who says it; one of a refusal says that nothing was done. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { failureLines, refusalLines } from "../../src/commands/config-lines.ts";

const texts = (lines: ReturnType<typeof failureLines>) => lines.map(({ text }) => text);

test("a failure says what is true now under our name, and what tools said below it", () => {
  assert.deepEqual(texts(failureLines(["it is saved, but down", "exit code 1"])), [
    "buildtop: it is saved, but down",
    "  exit code 1",
  ]);
});

test("a refusal says that nothing was written, once", () => {
  assert.deepEqual(texts(refusalLines(["sudo asks for a password"], "nothing was written")), [
    "buildtop: nothing was written: sudo asks for a password",
  ]);
  assert.deepEqual(
    texts(refusalLines(["somebody has changed it: nothing is taken back"], "nothing was written")),
    ["buildtop: somebody has changed it: nothing is taken back"],
  );
});
