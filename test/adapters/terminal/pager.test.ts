import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { type PagerOptions, showInPager } from "../../../src/adapters/terminal/pager.ts";

const directory = mkdtempSync(join(tmpdir(), "buildtop-pager-test-"));
after(() => rmSync(directory, { recursive: true }));
const seen = join(directory, "seen");
const output = openSync(join(directory, "output"), "w");

function script(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A pager that writes down what it was given. */
const pager = script("pager", `for file; do :; done; cat "$file" > ${seen}`);

function page(options: Partial<PagerOptions>): string | null {
  return showInPager({
    env: { PAGER: pager },
    stdin: openSync("/dev/null", "r"),
    stdout: output,
    command: null,
    lines: ["one", "two"],
    incomplete: null,
    ...options,
  });
}

describe("the pager", () => {
  it("gets the lines we keep", () => {
    assert.equal(page({}), null);
    assert.equal(readFileSync(seen, "utf8"), "one\ntwo\n");
  });

  it("gets the whole text from a command where ours is not whole", () => {
    assert.equal(page({ command: [script("nix-log", "echo whole"), "x.drv"] }), null);
    assert.equal(readFileSync(seen, "utf8"), "whole\n");
  });

  it("gets ours with a word about what is missing, if that command fails; the person is told why", () => {
    const failing = script("failing", "echo 'error: no log for x' >&2; exit 1");
    const problem = page({ command: [failing], incomplete: "(7 earlier lines are no longer kept)" });
    assert.match(problem ?? "", /did not give the whole log: error: no log for x/);
    assert.equal(readFileSync(seen, "utf8"), "(7 earlier lines are no longer kept)\none\ntwo\n");
  });

  it("that is not there is one line", () => {
    assert.match(
      page({ env: { PAGER: join(directory, "none") } }) ?? "",
      /^There is no pager ".*none": set PAGER/,
    );
  });

  it("may be a command with options", () => {
    assert.equal(page({ env: { PAGER: `${pager} -R --` } }), null);
  });
});
