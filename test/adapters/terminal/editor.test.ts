import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { editorArguments, openInEditor } from "../../../src/adapters/terminal/editor.ts";

describe("the editor", () => {
  it("is given the line as it wants it", () => {
    assert.deepEqual(editorArguments("vim", "/etc/a b.nix", 12), ["+12", "/etc/a b.nix"]);
    assert.deepEqual(editorArguments("/usr/bin/emacs -nw", "a.nix", 3), ["+3", "a.nix"]);
    assert.deepEqual(editorArguments("hx", "a.nix", 3), ["a.nix:3"]);
    assert.deepEqual(editorArguments("code", "a.nix", 3), ["--wait", "--goto", "a.nix:3"]);
  });

  it("is what VISUAL names, else EDITOR, with its own words", () => {
    const directory = mkdtempSync(join(tmpdir(), "buildtop-editor-"));
    try {
      const said = join(directory, "said");
      const writes = (word: string) => `sh -c 'printf "%s|" ${word} "$@" >${said}' sh`;
      const file = { stdin: 0, stdout: 1, path: "/a b/flake.nix", line: 7 };
      assert.equal(
        openInEditor({ env: { VISUAL: writes("visual"), EDITOR: writes("editor") }, ...file }),
        null,
      );
      assert.equal(readFileSync(said, "utf8"), "visual|+7|/a b/flake.nix|");
      assert.equal(openInEditor({ env: { VISUAL: "", EDITOR: writes("editor") }, ...file }), null);
      assert.equal(readFileSync(said, "utf8"), "editor|+7|/a b/flake.nix|");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("that is not there is told by its name", () => {
    const told = openInEditor({
      env: { EDITOR: "no-such-editor 2>/dev/null" },
      ...{ stdin: 0, stdout: 1, path: "a.nix", line: 1 },
    });
    assert.match(told ?? "", /There is no editor "no-such-editor/);
  });
});
