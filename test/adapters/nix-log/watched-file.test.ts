/** A json-log-path file, followed whatever happens to it. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { WatchedFile, type WatchedFileOptions } from "../../../src/adapters/nix-log/watched-file.ts";

describe("a watched file", () => {
  let directory: string;
  let path: string;
  let read: string;
  let open: number[];
  let troubles: (string | null)[];
  let file: WatchedFile;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
    path = join(directory, "log");
    read = "";
    open = [];
    troubles = [];
  });
  afterEach(async () => {
    await file.stop();
    rmSync(directory, { recursive: true });
  });

  const follow = async (more: Partial<WatchedFileOptions> = {}) => {
    file = new WatchedFile({
      ...{ path, tailBytes: 1e6, emptyAbove: null, now: () => 0, ...more },
      stream: {
        feed: (chunk) => {
          read += Buffer.from(chunk).toString();
        },
        end: () => {},
        openProcesses: () => open,
        processEnded: () => {},
        nameProcess: () => {},
      },
      onTrouble: (line) => troubles.push(line),
    });
    await file.start();
  };

  it("is read as far as it goes, and then as it grows", async () => {
    writeFileSync(path, "one\n");
    await follow();
    assert.equal(read, "one\n");
    appendFileSync(path, "two\nthr");
    await file.read();
    appendFileSync(path, "ee\n");
    await file.read();
    assert.equal(read, "one\ntwo\nthree\n");
  });

  it("need not be there yet", async () => {
    await follow();
    writeFileSync(path, "one\n");
    await file.read();
    assert.equal(read, "one\n");
    assert.deepEqual(troubles, []);
  });

  it("begins at a whole line near its end when it is long", async () => {
    writeFileSync(path, "a long first line\nsecond\nthird\n");
    await follow({ tailBytes: 10 });
    assert.equal(read, "third\n");
  });

  it("begins with the line that starts exactly there", async () => {
    writeFileSync(path, "first\nthird\n");
    await follow({ tailBytes: 6 });
    assert.equal(read, "third\n");
  });

  it("that is emptied goes on from its new beginning, and no line is glued to another", async () => {
    writeFileSync(path, "one\nhalf a li");
    await follow();
    truncateSync(path);
    await file.read();
    appendFileSync(path, "two\n");
    await file.read();
    assert.equal(read, "one\nhalf a li\ntwo\n");
  });

  it("that is replaced is read to its end first, then the new one from its beginning", async () => {
    writeFileSync(path, "one\n");
    await follow();
    appendFileSync(path, "last words\n");
    writeFileSync(join(directory, "new"), "two\n");
    renameSync(join(directory, "new"), path);
    await file.read();
    assert.equal(read, "one\nlast words\ntwo\n");
  });

  it("that is removed and made again is followed on", async () => {
    writeFileSync(path, "one\n");
    await follow();
    rmSync(path);
    await file.read();
    writeFileSync(path, "two\n");
    await file.read();
    assert.equal(read, "one\ntwo\n");
  });

  it("that cannot be read is told once, and once more when it can", async () => {
    symlinkSync(path, path);
    await follow();
    await file.read();
    rmSync(path);
    writeFileSync(path, "one\n");
    await file.read();
    assert.equal(troubles.length, 2);
    assert.match(troubles[0] ?? "", /^\/.*log: ELOOP/);
    assert.equal(troubles[1], null);
    assert.equal(read, "one\n");
  });

  it("that is a directory is told in one line", async () => {
    mkdirSync(path);
    await follow();
    assert.deepEqual(troubles, [`${path}: is no regular file`]);
  });

  it("is emptied once it was read and is large, when nobody writes", async () => {
    writeFileSync(path, "0123456789\n");
    open = [4711];
    await follow({ emptyAbove: 10 });
    assert.equal(statSync(path).size, 11);
    open = [];
    await file.read();
    assert.equal(statSync(path).size, 0);
    appendFileSync(path, "two\n");
    await file.read();
    assert.equal(read, "0123456789\ntwo\n");
  });

  it("is emptied in spite of a writer before it fills the disk", async () => {
    writeFileSync(path, `${"0123456789\n".repeat(4)}`);
    open = [4711];
    await follow({ emptyAbove: 10 });
    assert.equal(statSync(path).size, 0);
  });
});
