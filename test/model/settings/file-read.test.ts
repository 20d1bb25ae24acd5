/** What a machine answers about a file is taken whole or not at all. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseFileRead } from "../../../src/model/settings/file-read.ts";
import { parsePutResult, putWords } from "../../../src/model/settings/put-result.ts";

/** As od(1) of Linux and of macOS print it: with other blanks. */
function answer(bytes: Uint8Array, blank = " "): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 16)
    rows.push(
      [...bytes.subarray(at, at + 16)].map((byte) => blank + byte.toString(16).padStart(2, "0")).join(""),
    );
  return [
    "part lrwxr-xr-x@ 0 /etc",
    "link private/etc",
    "part drwxr-xr-x 0 /etc/nix",
    "part -rw-r--r--+ 0 /etc/nix/nix.conf",
    `size ${bytes.length}`,
    ...rows,
    "end",
    "",
  ].join("\n");
}

test("the bytes come back as they were, with each part of the path", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(" ", "  ", "           "),
      (bytes, blank) => {
        const read = parseFileRead(answer(bytes, blank));
        assert.ok(read?.kind === "file");
        assert.deepEqual(Buffer.from(read.bytes), Buffer.from(bytes));
        assert.deepEqual(read.chain[0], { path: "/etc", mode: "lrwxr-xr-x@", uid: 0, target: "private/etc" });
        assert.equal(read.chain.length, 3);
      },
    ),
  );
});

test("an answer that was cut off anywhere is none", () => {
  const whole = answer(Buffer.from("max-jobs = 4\nbuilders = @/etc/nix/machines\n"));
  for (let at = 0; at < whole.length - 1; at++)
    assert.equal(parseFileRead(whole.slice(0, at)), null, String(at));
});

test("a byte order mark stays, and what is no UTF-8 is no text", () => {
  const read = parseFileRead(answer(Buffer.from("\uFEFF{}")));
  assert.ok(read?.kind === "file" && read.text === "\uFEFF{}");
  const latin = parseFileRead(answer(Buffer.from([0x23, 0xe4])));
  assert.ok(latin?.kind === "file" && latin.text === null);
});

test("garbage is no answer", () => {
  fc.assert(fc.property(fc.string(), (text) => assert.equal(parseFileRead(`x${text}`), null)));
  for (const text of [
    "size 4\nzz zz zz zz\nend\n",
    "size -1\nend\n",
    "size 1e9\nend\n",
    "size 1\n00 00\nend\n",
  ])
    assert.equal(parseFileRead(text), null, text);
});

test("what the writer says is understood, whatever stands before it, and always a sentence", () => {
  assert.deepEqual(parsePutResult("Welcome!\nbt-put no-space\n", "bt-put"), { kind: "no-space" });
  assert.deepEqual(parsePutResult("bt-put refused it cannot be copied: cp:\x1b[2J no\n", "bt-put"), {
    kind: "refused",
    why: "it cannot be copied: cp: no",
  });
  assert.deepEqual(parsePutResult("bt-put wr", "bt-put"), { kind: "refused", why: "wr" });
  assert.equal(parsePutResult("written\n", "bt-put"), null);
  assert.equal(parsePutResult("", "bt-put"), null);
  for (const said of [
    "changed",
    "symlink",
    "not-regular",
    "no-space",
    "immutable",
    "read-only",
    "short-read",
  ]) {
    const result = parsePutResult(`bt-put ${said}\n`, "bt-put");
    assert.ok(result && result.kind === said);
    assert.match(putWords(result, "/etc/nix/nix.conf"), /nothing was written$/);
  }
});
