/** A file changed by us is at every moment either the old or the new one, and stays what it was otherwise. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import {
  ChangedMeanwhile,
  readWithHash,
  removeFile,
  replaceFile,
} from "../../../src/adapters/config/safe-write.ts";

describe("a safe write", () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
    path = join(directory, "nix.conf");
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("keeps the mode, and every byte that is no text", () => {
    const bytes = Buffer.from([0x61, 0xff, 0xfe, 0x0d, 0x0a]);
    writeFileSync(path, bytes);
    chmodSync(path, 0o640);
    const { text, hash } = readWithHash(path);
    replaceFile(path, `${text}b\n`, hash);
    assert.deepEqual(readFileSync(path), Buffer.concat([bytes, Buffer.from("b\n")]));
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(directory), ["nix.conf"]);
  });

  it("makes a file that was not there", () => {
    const { text, hash } = readWithHash(path);
    assert.equal(text, "");
    replaceFile(path, "cores = 4\n", hash);
    assert.equal(readFileSync(path, "utf8"), "cores = 4\n");
  });

  it("writes nothing when somebody else was quicker, and leaves nothing lying about", () => {
    writeFileSync(path, "old\n");
    const { hash } = readWithHash(path);
    writeFileSync(path, "theirs\n");
    assert.throws(() => replaceFile(path, "ours\n", hash), ChangedMeanwhile);
    assert.throws(() => removeFile(path, hash), ChangedMeanwhile);
    assert.throws(() => replaceFile(path, "ours\n", "absent"), ChangedMeanwhile);
    assert.equal(readFileSync(path, "utf8"), "theirs\n");
    assert.deepEqual(readdirSync(directory), ["nix.conf"]);
  });

  it("leaves the old file whole when the new one cannot be written", () => {
    const missing = join(directory, "no-such-directory/nix.conf");
    assert.throws(() => replaceFile(missing, "x", "absent"), /ENOENT/);
    assert.deepEqual(readdirSync(directory), []);
  });
});
