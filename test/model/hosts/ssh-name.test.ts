/** What may be written for a machine, and what is turned away before any program sees it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseSshName } from "../../../src/model/hosts/ssh-name.ts";

describe("the name of a machine", () => {
  it("is an alias, a name or an address, with a user and a port where they are wanted", () => {
    const parts = (name: string) => {
      const parsed = parseSshName(name);
      return "refused" in parsed ? parsed.refused : [parsed.user, parsed.host, parsed.port];
    };
    assert.deepEqual(parts("mini"), [null, "mini", null]);
    assert.deepEqual(parts("me@mini.local"), ["me", "mini.local", null]);
    assert.deepEqual(parts("me@mini:2222"), ["me", "mini", 2222]);
    assert.deepEqual(parts("[::1]:22"), [null, "::1", 22]);
    assert.deepEqual(parts("me@[fe80::1%en0]"), ["me", "fe80::1%en0", null]);
    assert.deepEqual(parts("fe80::1"), [null, "fe80::1", null]);
    assert.deepEqual(parts("192.0.2.7"), [null, "192.0.2.7", null]);
  });

  const refused = [
    "",
    "-oProxyCommand=touch x",
    "me@-oProxyCommand=x",
    "-l@mini",
    "$(id)",
    "`id`",
    "a b",
    "a\nb",
    "a\u001b[2J",
    "a;b",
    "a'b",
    "%h",
    "mini:0",
    "mini:70000",
    "mini:x",
    "mini:",
    "@mini",
    "me@",
    "[::1",
    "[]:22",
    "x".repeat(300),
  ];
  for (const name of refused) {
    it(`is not ${JSON.stringify(name.slice(0, 30))}`, () => {
      assert.ok("refused" in parseSshName(name));
    });
  }
});
