import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { commandHelp } from "../../src/hooks/command-help.ts";
import { paletteEntries } from "../../src/hooks/dispatch.ts";
import { keysMarkdown } from "../../src/hooks/key-docs.ts";
import { findBinding, keyTable } from "../../src/hooks/key-table.ts";

describe("the key table", () => {
  it("gives a key one meaning in a scope", () => {
    const seen = new Set<string>();
    for (const { scope, keys } of keyTable)
      for (const key of keys) {
        assert.ok(!seen.has(`${scope} ${key}`), `${key} stands twice in ${scope}`);
        seen.add(`${scope} ${key}`);
      }
  });

  it("binds every command to a key", () => {
    const bound = new Set(keyTable.map(({ id }) => id));
    for (const id of Object.keys(commandHelp)) assert.ok(bound.has(id as never), `no key for ${id}`);
  });

  it("asks the inner scope first", () => {
    assert.equal(findBinding(["log", "panes"], "/")?.id, "search");
    assert.equal(findBinding(["builds", "panes"], "/")?.id, "filter");
    assert.equal(findBinding(["field", "anywhere"], "q"), undefined, "q is a letter while typing");
    assert.equal(
      findBinding(["choice", "anywhere"], "ctrl-c")?.id,
      "interrupt",
      "Ctrl-C holds in every dialog",
    );
  });

  it("has one word for a thing: close and back mean the same in the last row and in the help", () => {
    for (const { id, footer } of keyTable)
      if (footer && /^(?:close|back|cancel|choose|accept)$/.test(footer.label))
        assert.match(commandHelp[id], new RegExp(`^${footer.label}\\b`), id);
  });

  it("is what docs/keys.md says", () => {
    const written = readFileSync(new URL("../../docs/keys.md", import.meta.url), "utf8");
    assert.equal(written, keysMarkdown(), "write it anew: node --import tsx test/support/write-keys.ts");
  });

  it("lets the palette find commands by any of their words", () => {
    assert.deepEqual(
      paletteEntries("watch every", "builds").map(({ id }) => id),
      ["watch"],
    );
    assert.deepEqual(paletteEntries("no such thing", "builds"), []);
    assert.ok(
      !paletteEntries("", "builds").some(({ id }) => id === "search"),
      "only what holds in this pane",
    );
  });
});
