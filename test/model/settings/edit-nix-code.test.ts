/** Options in Nix code: the one literal changes, or the user learns where to look. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { refusalText } from "../../../src/model/settings/change.ts";
import {
  differenceOf,
  editNixCode,
  findNixOption,
  type NixLiteral,
} from "../../../src/model/settings/edit-nix-code.ts";
import { nixBindings } from "../../../src/model/settings/nix-bindings.ts";
import { nixTokens } from "../../../src/model/settings/nix-tokens.ts";
import { undone } from "./undo.ts";

const jobs = ["nix", "linux-builder", "maxJobs"];
const disk = ["nix", "linux-builder", "config", "virtualisation", "darwin-builder", "diskSize"];

function edited(text: string, option: readonly string[] = jobs, value: NixLiteral = 8) {
  const edit = editNixCode(text, option, value);
  assert.ok(edit.ok, edit.ok ? "" : edit.reason);
  assert.equal(undone(edit), text);
  return edit.text;
}

function refusal(text: string, option: readonly string[] = jobs, value: NixLiteral = 8) {
  const edit = editNixCode(text, option, value);
  assert.ok(!edit.ok, "it should have been refused");
  return refusalText("configuration.nix", edit);
}

/** The text has one 4, and it becomes 8. */
function changes(text: string, option: readonly string[] = jobs) {
  assert.equal(edited(text, option), text.replace(/\b4\b/, "8"));
}

describe("an option is found", () => {
  it("however its path is written", () => {
    changes("{ nix.linux-builder.maxJobs = 4; }");
    changes("{ nix = { linux-builder = { enable = true; maxJobs = 4; }; }; }");
    changes('{ "nix".linux-builder = rec { "maxJobs"=4; }; }');
    changes("{ config = { nix.linux-builder.maxJobs /* why */ = /* this */ 4 ; }; }");
  });

  it("inside a module that is a function, below with, let and assert", () => {
    changes(
      "{ pkgs, lib ? null, ... }@args: with lib; let x = 1; y = with pkgs; [ x ]; in assert x == 1; { nix.linux-builder.maxJobs = 4; }",
    );
    changes("args@{ ... }: { nix.linux-builder.maxJobs = 4; }");
    changes("{ lib, ... }: (_: { nix.linux-builder.maxJobs = 4; })");
  });

  it("in the configuration of the guest, set or function", () => {
    changes(
      "{ nix.linux-builder.config = { pkgs, ... }: { virtualisation.darwin-builder.diskSize = 4; }; }",
      disk,
    );
    changes(
      "{ nix.linux-builder.config = ({ ... }: { imports = [ ./x.nix { virtualisation.darwin-builder = { diskSize = 4; }; } ]; }); }",
      disk,
    );
    changes(
      "{ nix.linux-builder = { config.virtualisation = { darwin-builder = { diskSize = 4; }; }; }; }",
      disk,
    );
  });

  it("in the modules of a flake, written there, in let, or joined from lists", () => {
    changes(
      "{ outputs = { self, darwin, ... }: { darwinConfigurations.mac = darwin.lib.darwinSystem { modules = [ ./a.nix { nix.linux-builder.maxJobs = 4; } ]; }; }; }",
    );
    changes(
      "{ outputs = inputs: let configuration = { pkgs, ... }: { nix.linux-builder.maxJobs = 4; }; in { darwinConfigurations.mac = inputs.darwin.lib.darwinSystem { modules = [ configuration ]; }; }; }",
    );
    changes(
      "{ outputs = i: { a = 1; } // { x = i.f { modules = shared ++ [ ({ ... }: { nix.linux-builder.maxJobs = 4; }) ]; }; }; }",
    );
  });

  it("of each kind of literal, and gets one of the same kind", () => {
    const enable = ["nix", "linux-builder", "enable"];
    assert.equal(
      edited("{ nix.linux-builder.enable = true; }", enable, false),
      "{ nix.linux-builder.enable = false; }",
    );
    const state = ["determinateNix", "determinateNixd", "builder", "state"];
    assert.equal(
      edited('{ determinateNix.determinateNixd.builder.state = "enabled"; }', state, "disabled"),
      '{ determinateNix.determinateNixd.builder.state = "disabled"; }',
    );
    assert.match(refusal("{ nix.linux-builder.enable = true; }", enable, 8), /is a true or false here/);
    assert.match(refusal('{ a.b = "x"; }', ["a", "b"], "y$z"), /cannot be written as a plain value/);
  });

  it("with its line and its value", () => {
    const found = findNixOption("{\n  nix.linux-builder.maxJobs = 4;\n}\n", jobs);
    assert.deepEqual(found.ok && [found.value, found.line], [4, 2]);
  });
});

describe("what only looks like the option", () => {
  it("in strings, comments and interpolations is passed over", () => {
    changes(
      `{
        # nix.linux-builder.maxJobs = 1;
        /* nix.linux-builder.maxJobs = 2; */
        a = "nix.linux-builder.maxJobs = 3; \${toString { nix.linux-builder.maxJobs = 5; }}\\"";
        b = '' '''nix.linux-builder.maxJobs = 6; ''\${ '\${"x"}' $\${ ''\\n '';
        c = ./a/\${x}/b + ~/c + <nixpkgs/lib> + a://b.c/d;
        nix.linux-builder.maxJobs = 4;
      }`,
    );
  });

  it("a name that is longer, shorter, or computed is another one", () => {
    assert.match(
      refusal("{ nix.linux-builder.maxJobsX = 4; nix.linux-builder.max = 4; x.linux-builder.maxJobs = 4; }"),
      /not set here/,
    );
    assert.match(refusal(`{ nix.\${"linux-builder"}.maxJobs = 4; }`), /not set here/);
  });

  it("a variable of let is not the option, even where it is inherited", () => {
    assert.match(
      refusal("{ nix.linux-builder =\n let maxJobs = 4; in { inherit maxJobs; }; }"),
      /configuration.nix:2:32: nix.linux-builder.maxJobs is inherited/,
    );
  });
});

describe("what is left to the editor", () => {
  for (const [what, text, words] of [
    [
      "an expression",
      "{\n nix.linux-builder.maxJobs = 2 * 2; }",
      /configuration.nix:2:30: nix.linux-builder.maxJobs is '2 \* 2', not a bare value/,
    ],
    ["mkForce", "{ nix.linux-builder.maxJobs = lib.mkForce 4; }", /is 'lib.mkForce 4', not a bare value/],
    ["a value in parentheses", "{ nix.linux-builder.maxJobs = (4); }", /is '\(4\)'/],
    ["a negative number", "{ nix.linux-builder.maxJobs = -4; }", /is '-4'/],
    ["a variable", "{ nix.linux-builder = { maxJobs = n; }; }", /is 'n', not a bare value/],
    [
      "two of them",
      "{\n nix.linux-builder.maxJobs = 4;\n nix.linux-builder = { maxJobs = 4; };\n}",
      /:3:24: .* is set 2 times \(lines 2, 3\)/,
    ],
    [
      "a condition around the set",
      "{ nix.linux-builder = lib.mkIf x { maxJobs = 4; }; }",
      /stands under lib.mkIf/,
    ],
    [
      "a condition around the module",
      "{ config = lib.mkIf cfg.enable { nix.linux-builder.maxJobs = 4; }; }",
      /stands under lib.mkIf/,
    ],
    [
      "a condition in a list of modules",
      "{ x = f { modules = [ (lib.mkIf y { nix.linux-builder.maxJobs = 4; }) ]; }; }",
      /stands under lib.mkIf/,
    ],
    [
      "optional modules",
      "{ x = f { modules = [ ] ++ lib.optionals y [ { nix.linux-builder.maxJobs = 4; } ]; }; }",
      /stands under lib.optionals/,
    ],
    ["mkMerge", "{ nix = lib.mkMerge [ { linux-builder.maxJobs = 4; } ]; }", /stands under lib.mkMerge/],
    ["if", "{ nix.linux-builder = if a then { maxJobs = 4; } else { }; }", /stands under if/],
    ["an update", "{ nix.linux-builder = { maxJobs = 4; } // x; }", /stands under \/\//],
    [
      "a set of which one part is taken",
      "{ nix.linux-builder = { a = 1; maxJobs = 4; }.a; }",
      /stands under/,
    ],
    ["an unknown function", "x: mkIfElse x { nix.linux-builder.maxJobs = 4; } { }", /stands under mkIfElse/],
    [
      "a set elsewhere",
      "{\n  nix.linux-builder = import ./builder.nix;\n}",
      /:2:3: .*not set here; nix.linux-builder is 'import .\/builder.nix': look there/,
    ],
    [
      "a set without it",
      "{ nix.linux-builder = { enable = true; }; }",
      /'maxJobs = …;' can be added to nix.linux-builder/,
    ],
    [
      "a dotted neighbour",
      "{\n nix.linux-builder.enable = true; }",
      /:2:2: .*'nix.linux-builder.maxJobs = …;' can be added beside this/,
    ],
    ["nothing like it", "{ }", /^configuration.nix: nix.linux-builder.maxJobs is not set here$/],
    [
      "a number that is too large",
      "{ nix.linux-builder.maxJobs = 99999999999999999999; }",
      /not a bare value/,
    ],
    ["a string with something in it", `{ nix.linux-builder.maxJobs = "\${x}"; }`, /not a bare value/],
    ["a bracket that is not closed", "{ nix.linux-builder.maxJobs = 4; ", /:1:1: this { is never closed/],
    ["a bracket too many", "{ }\n}", /:2:1: this } closes nothing/],
    ["a string that is not closed", '{ a = "x; }', /this string is never closed/],
    ["a missing semicolon", "{ nix.linux-builder.maxJobs = 4 }", /cannot be followed/],
    ["a missing equals sign", "{ nix.linux-builder.maxJobs 4; }", /cannot be followed/],
    ["what is no Nix at all", "\u00a7", /a character that Nix does not know/],
  ] as const)
    it(`${what}, with the place`, () => assert.match(refusal(text), words));
});

describe("whatever is thrown at it", () => {
  const piece = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "''",
    '"',
    "${",
    "$",
    "\\",
    ";",
    "=",
    ".",
    ":",
    "@",
    ",",
    "let ",
    " in ",
    "with ",
    "inherit ",
    "rec ",
    "if ",
    "nix",
    "linux-builder",
    "maxJobs",
    " 4",
    "/",
    "//",
    "++",
    "/*",
    "*/",
    "#",
    "\n",
    "a b",
    "<x>",
    "~/",
  );
  const anyText = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.array(piece, { maxLength: 40 }).map((each) => each.join("")),
  );

  it("no text makes it throw", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const edit = editNixCode(text, jobs, 8);
        if (edit.ok) assert.equal(undone(edit), text);
        else assert.notEqual(edit.reason, "");
      }),
      { numRuns: 5000 },
    );
  });

  it("tokens and what is between them are the text, and only blanks and comments are between", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const code = nixTokens(text);
        if (!code.ok) return;
        let last = 0;
        for (const { at, end } of [...code.tokens, { at: text.length, end: text.length }]) {
          assert.match(text.slice(last, at), /^(?:[ \t\r\n]|#[^\n]*(?:\n|$)|\/\*(?:.|\n|\r)*?\*\/)*$/);
          last = end;
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("code without end is refused, however it nests", () => {
    for (const text of [
      "{a=",
      "[",
      "(",
      "let a = ",
      "a: ",
      '"${',
      "''${",
      "with a; ",
      "a@{",
      "a.",
      "x.${",
      "if a then ",
    ])
      assert.equal(editNixCode(text.repeat(20_000), jobs, 8).ok, false);
  });

  it("a value at any depth is found by its own path", () => {
    const name = fc.constantFrom("a", "b-c", "d'", "_e");
    fc.assert(
      fc.property(
        fc.array(name, { minLength: 1, maxLength: 6 }),
        fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
        fc.nat(),
        (path, dots, value) => {
          const text = path.reduceRight((inner, each, at) => {
            const last = at === path.length - 1;
            const entry = last
              ? `${each} = ${inner};`
              : dots[at]
                ? `${each}.${inner}`
                : `${each} = { ${inner} };`;
            return entry;
          }, String(value));
          const found = findNixOption(`{ ${text} }`, path);
          // A path that is a tail of itself stands there once all the same.
          assert.deepEqual(found.ok && found.value, value);
        },
      ),
    );
  });
});

describe("two parses", () => {
  it("differ in the one value that was edited", () => {
    assert.deepEqual(differenceOf("{ a = 4; }", "{ a = 8; } # x"), { was: "4", now: "8" });
    assert.equal(differenceOf("{ a = 4; }", "{ a = 4; }"), null);
    assert.equal(differenceOf("{ a = 4; b = 4; }", "{ a = 8; b = 8; }"), null);
    assert.equal(differenceOf("{ a = 4; }", "{ a = 8; b = 1; }"), null);
  });

  it("show every binding of a file", () => {
    const code = nixTokens("{ a.b = { c = 1; }; d = x: { inherit (x) e; }; }");
    const found = code.ok ? nixBindings(code) : code;
    assert.deepEqual(found.ok && found.bindings.map(({ path }) => path.join(".")), [
      "a.b",
      "a.b.c",
      "d",
      "d.e",
    ]);
  });
});
