/** Which Nix can write its log to a file. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { parseNixVersion, withoutJsonLogPath } from "../../../src/model/nix-conf/nix-version.ts";

it("tells Nix, Determinate Nix and Lix apart, and since when each can write its log", () => {
  const can = (text: string) => {
    const version = parseNixVersion(text);
    assert.ok(version, text);
    return [version.name, withoutJsonLogPath(version) === null];
  };
  assert.deepEqual(can("nix (Nix) 2.34.8\n"), ["Nix 2.34.8", true]);
  assert.deepEqual(can("nix (Nix) 2.30.0\n"), ["Nix 2.30.0", true]);
  assert.deepEqual(can("nix (Nix) 2.29.1\n"), ["Nix 2.29.1", false]);
  assert.deepEqual(can("nix (Nix) 2.36.0pre20260822_88b09c6"), ["Nix 2.36.0pre20260822_88b09c6", true]);
  assert.deepEqual(can("nix (Determinate Nix 3.22.2) 2.35.2"), ["Determinate Nix 3.22.2", true]);
  assert.deepEqual(can("nix (Lix, like Nix) 2.93.3\nSystem type: x86_64-linux"), ["Lix 2.93.3", false]);
  assert.equal(parseNixVersion("nix: command not found"), null);
});
