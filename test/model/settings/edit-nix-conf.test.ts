/** One value in a nix.conf changes, and the user learns which line decides. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseNixConf } from "../../../src/model/nix-conf/parse.ts";
import { refusalText } from "../../../src/model/settings/change.ts";
import { editNixConf, type NixConfRequest } from "../../../src/model/settings/edit-nix-conf.ts";
import { settingOrigins } from "../../../src/model/settings/nix-conf-origin.ts";
import { undone } from "./undo.ts";

const path = "/etc/nix/nix.custom.conf";

function edit(text: string | null, key: string, value: string, more: Partial<NixConfRequest> = {}) {
  const result = editNixConf({ text, path, key, value, ...more });
  assert.ok(result.ok, result.ok ? "" : result.reason);
  assert.equal(undone(result), text ?? "");
  return result;
}

function refusal(text: string, key: string, value: string) {
  const result = editNixConf({ text, path, key, value });
  assert.ok(!result.ok, "it should have been refused");
  return refusalText("nix.conf", result);
}

const notes = (result: ReturnType<typeof edit>) =>
  result.notes.map(({ level, text }) => `${level}: ${text}`).join("\n");

describe("a setting that is there", () => {
  it("gets its new value in place; comment, blanks and line ends stay", () => {
    assert.equal(
      edit("max-jobs = 4   # half of them\r\ncores\t=\t2\r\n", "max-jobs", "8").text,
      "max-jobs = 8   # half of them\r\ncores\t=\t2\r\n",
    );
    assert.equal(edit("max-jobs = 4# x", "max-jobs", "auto").text, "max-jobs = auto# x");
  });

  it("is changed in its last line, which is the one that counts", () => {
    const result = edit("max-jobs = 2\ncores = 1\nmax-jobs = 4\n", "max-jobs", "8");
    assert.equal(result.text, "max-jobs = 2\ncores = 1\nmax-jobs = 8\n");
  });

  it("may have several words, or none", () => {
    assert.equal(
      edit("trusted-users = root\t ada # us\n", "trusted-users", "root @admin").text,
      "trusted-users = root @admin # us\n",
    );
    assert.equal(
      edit("builders =\n", "builders", "@/etc/nix/machines").text,
      "builders = @/etc/nix/machines\n",
    );
    assert.equal(edit("builders = @/etc/nix/machines\n", "builders", "").text, "builders = \n");
  });

  it("is found under its older name", () => {
    assert.equal(edit("build-max-jobs = 2\n", "max-jobs", "8").text, "build-max-jobs = 8\n");
  });

  it("needs nothing to be saved if it is so already", () => {
    assert.deepEqual(edit("max-jobs =  8\n", "max-jobs", "8").replacements, []);
  });

  it("is not mistaken for a comment or a longer name that looks like it", () => {
    assert.equal(
      edit("# max-jobs = 1\nmax-jobs-x = 2\nextra-max-jobs = 3\n", "max-jobs", "8").text,
      "# max-jobs = 1\nmax-jobs-x = 2\nextra-max-jobs = 3\nmax-jobs = 8\n",
    );
  });
});

describe("a setting that is not there yet", () => {
  it("gets a line at the end, behind a line end if that was missing", () => {
    assert.equal(edit("cores = 1", "max-jobs", "8").text, "cores = 1\nmax-jobs = 8\n");
    assert.equal(edit("cores = 1\r\n# end", "max-jobs", "8").text, "cores = 1\r\n# end\r\nmax-jobs = 8\r\n");
    assert.equal(edit(null, "max-jobs", "8").text, "max-jobs = 8\n");
  });

  it("with extra- adds a line of its own, and says what else there is", () => {
    const result = edit("experimental-features = nix-command\n", "extra-experimental-features", "flakes");
    assert.equal(result.text, "experimental-features = nix-command\nextra-experimental-features = flakes\n");
    assert.equal(result.takesEffect, true);
  });

  it("warns when the new line drops what was added before", () => {
    const result = edit("extra-trusted-users = ada\n", "trusted-users", "root");
    assert.match(notes(result), /warning: line 1 \(extra-trusted-users = ada\) counts no more/);
  });
});

describe("several files", () => {
  const files: Record<string, string> = {
    "/etc/nix/nix.conf": "max-jobs = 2\n!include nix.custom.conf\n",
    "/etc/nix/late.conf": "max-jobs = 1\n",
  };
  const readFile = (each: string) => files[each] ?? null;

  it("an including file that sets it before is said, and loses", () => {
    const result = edit("", "max-jobs", "8", { root: "/etc/nix/nix.conf", readFile });
    assert.equal(result.takesEffect, true);
    assert.match(
      notes(result),
      /info: \/etc\/nix\/nix.conf, line 1, sets max-jobs to 2; the new line comes later and wins/,
    );
  });

  it("a file that is included later wins, and is named", () => {
    const result = edit("max-jobs = 4\ninclude late.conf\n", "max-jobs", "8", { readFile });
    assert.equal(result.takesEffect, false);
    assert.deepEqual(result.inForce, [
      { path: "/etc/nix/late.conf", line: 1, key: "max-jobs", value: "1", adds: false },
    ]);
    assert.match(notes(result), /warning: \/etc\/nix\/late.conf, line 1, sets max-jobs later and wins: 1/);
  });

  it("an included file that must be there and is not is said", () => {
    assert.match(
      notes(edit("include gone.conf\n", "cores", "1", { readFile })),
      /gone.conf is included and is not there/,
    );
  });

  it("a file that nobody includes is said to have no effect", () => {
    const result = edit("", "cores", "1", { root: "/etc/nix/other.conf", readFile });
    assert.match(notes(result), /is not read/);
  });

  it("files that include each other come to an end", () => {
    const loop = settingOrigins("/a", "cores", () => "include a\ninclude a\ncores = 1\n");
    assert.ok(loop.all.length < 1001);
  });

  it("secrets of included files are not told", () => {
    const { all } = settingOrigins("/a", "access-tokens", () => "access-tokens = github.com=ghp_abc\n");
    assert.equal(all[0]?.value, "…");
  });
});

describe("lines that add", () => {
  it("behind the edited one are told", () => {
    const result = edit("trusted-users = root\nextra-trusted-users = ada\n", "trusted-users", "root bob");
    assert.match(notes(result), /info: line 2 adds to it: extra-trusted-users = ada/);
  });

  it("that a later line drops are edited, with a warning that it is in vain", () => {
    const result = edit("extra-trusted-users = ada\ntrusted-users = root\n", "extra-trusted-users", "bob");
    assert.equal(result.takesEffect, false);
    assert.match(notes(result), /warning: line 2 sets trusted-users later and wins: root/);
  });

  it("extra-platforms is a setting, not an addition", () => {
    assert.equal(
      edit("extra-platforms = i686-linux\n", "extra-platforms", "x86_64-darwin").takesEffect,
      true,
    );
  });
});

describe("what is left alone", () => {
  for (const [what, text, key, value, words] of [
    [
      "a file with a line that Nix cannot read",
      "cores = 1\nmax-jobs=4\n",
      "max-jobs",
      "8",
      /nix.conf:2:1: Nix cannot read 'max-jobs=4': the = must stand alone, as in 'max-jobs = 4'/,
    ],
    ["a word alone", "cores\n", "max-jobs", "8", /Nix cannot read 'cores'/],
    [
      "a broken line with a secret, which is not told",
      "access-tokens=github.com=ghp_abc\n",
      "cores",
      "1",
      /Nix cannot read 'access-tokens=…'/,
    ],
    ["a value with a comment sign", "", "builders", "ssh://a#b", /# would begin a comment/],
    ["a value of two lines", "", "builders", "a\nb", /one line/],
    ["a value with blanks that would be lost", "", "builders", "a  b", /single blanks/],
    ["a name that is none", "", "max jobs", "1", /no name of a setting/],
    ["a secret", "access-tokens = x\n", "access-tokens", "y", /not edited here/],
  ] as const)
    it(what, () => {
      const said = refusal(text, key, value);
      assert.match(said, words);
      assert.doesNotMatch(said, /ghp_abc/);
    });
});

describe("whatever is thrown at it", () => {
  const piece = fc.constantFrom(
    "max-jobs",
    " ",
    "\t",
    "=",
    "4",
    "#",
    "\n",
    "\r\n",
    "include",
    "!include",
    "x",
    "extra-max-jobs",
    "\uFEFF",
    "\0",
  );
  const anyText = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 30 }).map((each) => each.join("")),
  );

  it("it says what it changed, exactly, and Nix reads the new value", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom("8", "auto", "a b", ""), (text, value) => {
        const result = editNixConf({ text, path, key: "max-jobs", value });
        if (!result.ok) return assert.notEqual(result.reason, "");
        assert.equal(undone(result), text);
        assert.ok(result.replacements.length <= 1);
        assert.equal(
          parseNixConf(result.text).settings.findLast(({ key }) => key === "max-jobs")?.value,
          value,
        );
      }),
      { numRuns: 3000 },
    );
  });

  it("no name and no value makes it throw", () => {
    fc.assert(
      fc.property(anyText, fc.string(), fc.string({ unit: "binary" }), (text, key, value) => {
        const result = editNixConf({ text, path, key, value });
        assert.equal(typeof result.ok, "boolean");
      }),
    );
  });
});
