/**
 * Files as people have them: one value is edited and exactly that value differs, or the file is refused with the reason.
 * There is no third outcome. Where Nix is, its own parser agrees.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { type Edit, positionAt, refusalText } from "../../../src/model/settings/change.ts";
import { editJson } from "../../../src/model/settings/edit-json.ts";
import { addMachine, editMachine, removeMachine } from "../../../src/model/settings/edit-machines.ts";
import { differenceOf, editNixCode, type NixLiteral } from "../../../src/model/settings/edit-nix-code.ts";
import { editNixConf } from "../../../src/model/settings/edit-nix-conf.ts";
import { decodeFile, encodeFile } from "../../../src/model/settings/file-text.ts";
import { machineFields, machineRows } from "../../../src/model/settings/machine-rows.ts";
import { nixOptions } from "../../../src/model/settings/nix-options.ts";
import { settings } from "../../../src/model/settings/settings.ts";
import { nixParser } from "./nix-parse.ts";
import { undone } from "./undo.ts";

const fixtures = resolve(import.meta.dirname, "../../fixtures/settings");
const filesOf = (format: string) => readdirSync(join(fixtures, format)).sort();

/** `line N: was -> put`, several with a comma; or the reason for a refusal. */
type Expected = string | RegExp;

/** Runs an edit on the bytes of a file, and holds it to its word: every other byte is what it was. */
function outcome(
  format: string,
  name: string,
  edit: (text: string) => Edit,
): string | { readonly refusal: string } {
  const bytes = readFileSync(join(fixtures, format, name));
  const file = decodeFile(bytes);
  const result = edit(file.text);
  if (!result.ok) {
    assert.ok(result.reason.length > 10, `${name}: a refusal gives its reason`);
    return { refusal: refusalText(name, result) };
  }
  assert.equal(undone(result), file.text, `${name}: what it says it did is what it did`);
  const written = encodeFile({ ...file, text: result.text });
  assert.ok(written, `${name}: what was edited can be written`);
  const [first, last] = [result.replacements[0], result.replacements.at(-1)];
  if (first && last) {
    const before = encodeFile({ ...file, text: file.text.slice(0, first.at) })!;
    const behind = encodeFile({ ...file, text: file.text.slice(last.at + last.was.length) })!;
    assert.ok(Buffer.from(written).subarray(0, before.length).equals(bytes.subarray(0, before.length)));
    assert.ok(
      Buffer.from(written)
        .subarray(written.length - behind.length)
        .equals(bytes.subarray(bytes.length - behind.length)),
    );
  } else assert.ok(bytes.equals(written), `${name}: nothing changed`);
  return result.replacements
    .map(({ at, was, put }) => `line ${positionAt(file.text, at).line}: ${was} -> ${put}`)
    .join(", ");
}

function holds(format: string, name: string, edit: (text: string) => Edit, expected: Expected) {
  const found = outcome(format, name, edit);
  if (typeof expected === "string") assert.deepEqual(found, expected);
  else assert.match(typeof found === "string" ? `was edited: ${found}` : found.refusal, expected);
}

function coversAll(format: string, told: readonly string[]) {
  it("has a promise for each of its files", () =>
    assert.deepEqual([...new Set(told)].sort(), filesOf(format)));
}

describe("config.json of Determinate: memoryBytes becomes 16 GiB", () => {
  const cases: readonly (readonly [string, Expected])[] = [
    ["vendor-example.json", "line 4: 8589934592 -> 17179869184"],
    ["four-blanks.json", 'line 8:  -> ,\n        "memoryBytes": 17179869184'],
    ["tabs-allman.json", "line 4: 12884901888 -> 17179869184"],
    ["minified-by-nix.json", "line 1: 8589934592 -> 17179869184"],
    ["crlf-bom.json", "line 3: 4294967296 -> 17179869184"],
    ["comments-everywhere.json", "line 6: 8589934592 -> 17179869184"],
    ["comment-behind-last.json", 'line 4:  -> ,, line 4:  -> \n    "memoryBytes": 17179869184'],
    ["trailing-commas.json", 'line 3:  -> \n    "memoryBytes": 17179869184'],
    ["big-numbers.json", "line 2: 8589934592 -> 17179869184"],
    ["empty-object.json", 'line 1:  -> \n  "builder": {\n    "memoryBytes": 17179869184\n  }\n'],
    ["empty-builder.json", 'line 2:  -> \n    "memoryBytes": 17179869184\n  '],
    ["no-final-newline.json", "line 3: 8589934592 -> 17179869184"],
    ["unicode-keys.json", "line 3: 8589934592 -> 17179869184"],
    ["escaped-key.json", "line 1: 8589934592 -> 17179869184"],
    ["memory-as-string.json", 'line 3: "8589934592" -> 17179869184'],
    ["memory-null.json", "line 2: null -> 17179869184"],
    ["latin1.json", "line 1: 8589934592 -> 17179869184"],
    ["twice.json", /^twice.json:3:3: "builder" is there twice \(first in line 2\)/],
    ["cut-off.json", /^cut-off.json:4:26: a closing } is missing.*cut off/],
    ["list-root.json", /^list-root.json:1:1: it is a list/],
    ["builder-is-word.json", /^builder-is-word.json:1:14: builder is a string here/],
    ["missing-comma.json", /^missing-comma.json:4:5: a comma is missing here/],
    ["not-json.json", /^not-json.json:1:1: here stands a word/],
    ["nothing.json", /^nothing.json:1:1: it is empty/],
  ];
  for (const [name, expected] of cases)
    it(name, () =>
      holds("json", name, (text) => editJson(text, ["builder", "memoryBytes"], 17179869184), expected),
    );
  coversAll(
    "json",
    cases.map(([name]) => name),
  );
});

describe("nix.conf: max-jobs becomes 8", () => {
  const cases: readonly (readonly [string, Expected])[] = [
    ["installer.conf", "line 4: auto -> 8"],
    ["no-final-newline.conf", "line 2: 4 -> 8"],
    ["crlf-tabs.conf", "line 1: 4 -> 8"],
    ["comments-everywhere.conf", "line 5: 4 -> 8"],
    ["said-twice.conf", "line 3: 4 -> 8"],
    ["extra-before-and-after.conf", "line 4:  -> max-jobs = 8\n"],
    ["old-names.conf", "line 1: 2 -> 8"],
    ["indented.conf", "line 1: 4 -> 8"],
    ["includes-late.conf", "line 1: 4 -> 8"],
    ["late.conf", "line 1: 1 -> 8"],
    ["secrets.conf", "line 3: 4 -> 8"],
    ["builders-line.conf", "line 2: 4 -> 8"],
    ["latin1.conf", "line 2: 4 -> 8"],
    ["only-comments.conf", "line 3:  -> max-jobs = 8\n"],
    ["empty.conf", "line 1:  -> max-jobs = 8\n"],
    ["glued-equals.conf", /^glued-equals.conf:2:1: Nix cannot read 'max-jobs=4'.*'max-jobs = 4'/],
    ["continued.conf", /^continued.conf:2:3: Nix cannot read 'ada bob'/],
    ["yaml.conf", /^yaml.conf:1:1: Nix cannot read 'max-jobs: 4'/],
  ];
  const edit = (text: string) =>
    editNixConf({ text, path: "/etc/nix/nix.conf", key: "max-jobs", value: "8" });
  for (const [name, expected] of cases) it(name, () => holds("nix-conf", name, edit, expected));
  coversAll(
    "nix-conf",
    cases.map(([name]) => name),
  );

  it("and an included file that sets it later is said to win", () => {
    const read = (path: string) =>
      readFileSync(join(fixtures, "nix-conf", path.replace("/etc/nix/", "")), "utf8");
    const text = read("includes-late.conf");
    const edited = editNixConf({
      text,
      path: "/etc/nix/includes-late.conf",
      key: "max-jobs",
      value: "8",
      readFile: read,
    });
    assert.match(
      edited.ok ? (edited.notes[0]?.text ?? "") : "",
      /late.conf, line 1, sets max-jobs later and wins: 1/,
    );
  });
});

describe("machines: maxJobs of the last row becomes 8", () => {
  const cases: readonly (readonly [string, Expected])[] = [
    ["nix-darwin", "line 1: 4 -> 8"],
    ["comments", "line 4: 4 -> 8"],
    ["short-rows", "line 2:  ->  - 8"],
    ["semicolons", "line 1: 4 -> 8"],
    ["tabs-crlf", "line 2:  ->  - 8"],
    ["includes", "line 2: 4 -> 8"],
    ["bad-neighbour", "line 2: 4 -> 8"],
    ["no-final-newline", "line 1: 4 -> 8"],
    ["dashes", "line 1: - -> 8"],
    ["commented-out", /^commented-out: there is no row 0; there are 0/],
  ];
  for (const [name, expected] of cases)
    it(name, () =>
      holds(
        "machines",
        name,
        (text) => editMachine(text, machineRows(text).length - 1, "maxJobs", "8"),
        expected,
      ),
    );
  coversAll(
    "machines",
    cases.map(([name]) => name),
  );
});

describe("Nix code: an option gets another value of its kind", () => {
  const jobs = "nix.linux-builder.maxJobs";
  const guest = "nix.linux-builder.config.virtualisation";
  const memory = "determinateNix.determinateNixd.builder.memoryBytes";
  const cases: readonly (readonly [string, string, NixLiteral, Expected])[] = [
    ["nix-darwin-flake-template.nix", jobs, 8, "line 23: 4 -> 8"],
    ["nix-darwin-flake-template.nix", "nix.linux-builder.enable", false, "line 22: true -> false"],
    ["nixfmt-flake.nix", jobs, 8, "line 44: 4 -> 8"],
    ["nixfmt-flake.nix", `${guest}.cores`, 8, "line 47: 6 -> 8"],
    ["nixfmt-flake.nix", `${guest}.darwin-builder.memorySize`, 16384, "line 50: 8192 -> 16384"],
    [
      "nixfmt-flake.nix",
      `${guest}.darwin-builder.diskSize`,
      81920,
      /:49:36: .*diskSize is '40 \* 1024', not a bare value/,
    ],
    ["alejandra-module.nix", jobs, 8, "line 21: 4 -> 8"],
    ["alejandra-module.nix", "nix.settings.max-jobs", 8, "line 15: 4 -> 8"],
    ["alejandra-module.nix", `${guest}.darwin-builder.diskSize`, 81920, "line 26: 51200 -> 81920"],
    ["dotted-one-line.nix", jobs, 8, "line 1: 4 -> 8"],
    ["dotted-one-line.nix", `${guest}.darwin-builder.diskSize`, 81920, "line 1: 40960 -> 81920"],
    ["comments-everywhere.nix", jobs, 8, "line 8: 4 -> 8"],
    ["strings-and-paths.nix", jobs, 8, "line 15: 4 -> 8"],
    ["with-let-assert.nix", jobs, 8, "line 19: 4 -> 8"],
    ["with-let-assert.nix", "nix.linux-builder.speedFactor", 2, /:20:21: .*is 'maxJobs', not a bare value/],
    ["determinate-module.nix", memory, 17179869184, "line 11: 8589934592 -> 17179869184"],
    [
      "determinate-module.nix",
      "determinateNix.determinateNixd.builder.state",
      "disabled",
      'line 10: "enabled" -> "disabled"',
    ],
    [
      "determinate-module.nix",
      "determinateNix.determinateNixd.builder.cpuCount",
      1,
      /:9:5: .*cpuCount is not set here; .*can be added/,
    ],
    ["determinate-module.nix", "determinateNix.nixosVmBasedLinuxBuilder.maxJobs", 8, "line 19: 4 -> 8"],
    ["determinate-dotted.nix", memory, 17179869184, /:7:60: .*not a bare value/],
    [
      "determinate-dotted.nix",
      "determinateNix.determinateNixd.builder.state",
      "disabled",
      'line 6: "enabled" -> "disabled"',
    ],
    ["mkif-config.nix", jobs, 8, /:11:17: .*stands under lib.mkIf/],
    ["mkmerge.nix", jobs, 8, /:4:31: .*stands under lib.mkMerge/],
    ["mkforce.nix", jobs, 8, /:5:15: .*'lib.mkForce 4', not a bare value/],
    ["mkforce.nix", "nix.linux-builder.enable", false, /:4:14: .*'lib.mkDefault true'/],
    ["let-variable.nix", jobs, 8, /:10:3: .*nix.linux-builder is 'builder': look there/],
    ["inherit.nix", jobs, 8, /:5:32: .*is inherited/],
    ["two-hosts.nix", jobs, 8, /:15:15: .*is set 2 times \(lines 9, 15\)/],
    [
      "imported-builder.nix",
      jobs,
      8,
      /:3:3: .*'import .\/linux-builder.nix \{ inherit pkgs; \}': look there/,
    ],
    ["wrong-guest-keys.nix", jobs, 8, "line 11: 4 -> 8"],
    [
      "wrong-guest-keys.nix",
      `${guest}.darwin-builder.memorySize`,
      16384,
      /:5:7: .*'darwin-builder.memorySize = …;' can be added/,
    ],
    ["config-in-parentheses.nix", `${guest}.darwin-builder.memorySize`, 16384, "line 8: 8192 -> 16384"],
    ["flake-utils-update.nix", jobs, 8, "line 12: 4 -> 8"],
    [
      "flake-utils-update.nix",
      "nix.linux-builder.speedFactor",
      3,
      /:15:\d+: .*stands under inputs.nixpkgs.lib.optionals/,
    ],
    ["update-of-defaults.nix", jobs, 8, /:4:15: .*stands under \/\//],
    ["if-then-else.nix", jobs, 8, /:3:\d+: .*stands under if/],
    ["quoted-names.nix", jobs, 8, "line 2: 4 -> 8"],
    ["quoted-names.nix", "nix.settings.max-jobs", 8, /not set here/],
    ["crlf.nix", jobs, 8, "line 4: 4 -> 8"],
    ["cut-off.nix", jobs, 8, /:2:23: this { is never closed/],
    ["missing-semicolon.nix", jobs, 8, /missing-semicolon.nix:/],
    ["open-string.nix", jobs, 8, /:2:28: this string is never closed/],
    ["no-builder.nix", jobs, 8, /^no-builder.nix: .*is not set here$/],
  ];
  for (const [name, option, value, expected] of cases)
    it(`${name}: ${option}`, () =>
      holds("nix-code", name, (text) => editNixCode(text, option.split("."), value), expected));
  coversAll(
    "nix-code",
    cases.map(([name]) => name),
  );
});

describe("every file with every setting of its format", () => {
  it("is edited exactly, or refused with a reason", () => {
    let [edited, refused] = [0, 0];
    const count = (format: string, name: string, edit: (text: string) => Edit) => {
      if (typeof outcome(format, name, edit) === "string") edited += 1;
      else refused += 1;
    };
    for (const { place } of settings) {
      if (place.format === "json")
        for (const name of filesOf("json"))
          for (const value of ["x", 7, true, null, ["a", "b"]])
            count("json", name, (text) => editJson(text, place.path, value));
      if (place.format === "nix-conf")
        for (const name of filesOf("nix-conf"))
          for (const value of ["7", "", "a b"])
            count("nix-conf", name, (text) => editNixConf({ text, path: name, key: place.key, value }));
      if (place.format === "nix-code")
        for (const name of filesOf("nix-code"))
          for (const value of [7, "x", true])
            count("nix-code", name, (text) => editNixCode(text, place.option, value));
    }
    for (const name of filesOf("machines"))
      for (let row = 0; row < 4; row += 1) {
        for (const field of machineFields)
          for (const value of ["7", "/key", "ssh://x", "i686-linux", null])
            count("machines", name, (text) => editMachine(text, row, field, value));
        count("machines", name, (text) => removeMachine(text, row));
        count("machines", name, (text) => addMachine(text, { uri: "ssh-ng://new", systems: "i686-linux" }));
      }
    assert.ok(edited > 500 && refused > 500, `${edited} edited, ${refused} refused`);
  });
});

const parser = nixParser();

describe("Nix's own parser", { skip: typeof parser === "string" ? parser : false }, () => {
  const parse = typeof parser === "string" ? () => ({ ok: false, output: "" }) : parser;
  const before = new Map<string, ReturnType<typeof parse>>();
  const textOf = (name: string) => decodeFile(readFileSync(join(fixtures, "nix-code", name))).text;
  const parsed = (name: string) => {
    const known = before.get(name) ?? parse(textOf(name));
    before.set(name, known);
    return known;
  };

  it("reads what we read, and refuses what we refuse as broken", () => {
    for (const name of filesOf("nix-code"))
      assert.equal(
        parsed(name).ok,
        !/^(?:cut-off|missing-semicolon|open-string)\.nix$/.test(name),
        `${name}: ${parsed(name).output}`,
      );
  });

  for (const name of filesOf("nix-code")) {
    const text = textOf(name);
    const edits = nixOptions.flatMap(({ place }) =>
      place.format === "nix-code"
        ? [12345, "other", true, false].map((value) => editNixCode(text, place.option, value))
        : [],
    );
    const made = edits.flatMap((edit) =>
      edit.ok && edit.replacements[0] ? [{ ...edit, replaced: edit.replacements[0] }] : [],
    );
    if (made.length === 0) continue;
    it(`sees one value differ after each edit of ${name}`, () => {
      for (const { text: edited, replaced } of made) {
        const after = parse(edited);
        assert.ok(after.ok, after.output);
        assert.deepEqual(differenceOf(parsed(name).output, after.output), {
          was: replaced.was,
          now: replaced.put,
        });
      }
    });
  }
});
