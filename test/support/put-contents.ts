/** What a file is written with by turns, and what may lie about afterwards. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Long enough to be seen half written. */
export const contents: readonly [Buffer, Buffer] = [
  Buffer.alloc(200_000, "old\n"),
  Buffer.alloc(300_000, "new\n"),
];

/** Nothing but the file, its backup and, after a kill, what the next save sweeps away. */
export function assertWhole(directory: string, allowed: readonly Buffer[], temporary: boolean): void {
  const content = readFileSync(join(directory, "config.json"));
  assert.ok(
    allowed.some((each) => content.equals(each)),
    `a mixture of ${content.length} bytes`,
  );
  for (const name of readdirSync(directory)) {
    if (name === "config.json") continue;
    if (name === "config.json.buildtop-bak") {
      const backup = readFileSync(join(directory, name));
      assert.ok(
        allowed.some((each) => backup.equals(each)),
        "the backup is a mixture",
      );
    } else assert.ok(temporary && name.startsWith(".config.json.bt."), `${name} was left behind`);
  }
}
