/** The switches of Login Items & Extensions, as `sfltool dumpbtm` prints them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseDisallowedDaemons } from "../../../src/model/machine/background-items.ts";

const item = (number: number, disposition: string, url: string) => ` #${number}:
                 UUID: 0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0
                 Name: sh
       Developer Name: (null)
                 Type: legacy daemon (0x10010)
          Disposition: [${disposition}] (0x9)
           Identifier: 16.sh
                  URL: ${url}
      Executable Path: /bin/sh
`;
const daemon = (label: string) => `file:///Library/LaunchDaemons/${label}.plist`;

test("a daemon whose switch is off is told by its label", () => {
  const text =
    item(1, "enabled, allowed, notified", daemon("org.nixos.nix-daemon")) +
    item(2, "enabled, disallowed, visible, notified", daemon("org.nixos.linux-builder"));
  assert.deepEqual([...parseDisallowedDaemons(text)], ["org.nixos.linux-builder"]);
});

test("an agent of a person that is switched off is none of ours", () => {
  const text = item(1, "enabled, disallowed", "file:///Users/ada/Library/LaunchAgents/a.plist");
  assert.equal(parseDisallowedDaemons(text).size, 0);
});

test("nothing throws: cut or garbled output names fewer", () => {
  const text = item(1, "enabled, disallowed", daemon("100%-sure"));
  assert.ok(parseDisallowedDaemons(text).has("100%-sure"));
  fc.assert(fc.property(fc.nat(text.length), (end) => parseDisallowedDaemons(text.slice(0, end)).size <= 1));
  fc.assert(fc.property(fc.string(), (any) => parseDisallowedDaemons(any).size === 0));
});
