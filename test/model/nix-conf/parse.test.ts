/** nix.conf as Nix reads it. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { parseNixConf } from "../../../src/model/nix-conf/parse.ts";

it("knows settings, comments, includes and the line of each", () => {
  const conf = parseNixConf(
    "# all\ncores = 4 # four\n\ttrusted-users =  a   b\r\nmax-jobs=4\n!include nix.custom.conf\ninclude /x\n",
  );
  assert.deepEqual(conf.settings, [
    { key: "cores", value: "4", lineNumber: 2 },
    { key: "trusted-users", value: "a b", lineNumber: 3 },
  ]);
  assert.deepEqual(conf.includes, [
    { path: "nix.custom.conf", optional: true, lineNumber: 5 },
    { path: "/x", optional: false, lineNumber: 6 },
  ]);
});
