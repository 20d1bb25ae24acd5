/** Which of a person's files sets an option: one plain value in one place, or what to look at. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { findInNixCode } from "../../../src/model/settings/find-nix-code.ts";
import { type NixCode, parseNixCode } from "../../../src/model/settings/nix-code.ts";
import { isNixCodePath, nixCodeGlobs, nixCodePlaces } from "../../../src/model/settings/nix-code-places.ts";

const jobs = ["nix", "linux-builder", "maxJobs"];

function code(files: Readonly<Record<string, string>>, more: Partial<NixCode> = {}): NixCode {
  return {
    files: Object.entries(files).map(([path, text]) => ({ path, text, flake: "/u/nix" })),
    ...{ asked: nixCodePlaces, places: ["/u/nix"], skipped: [], cut: false, ...more },
  };
}

const find = (files: Readonly<Record<string, string>>, more: Partial<NixCode> = {}) =>
  findInNixCode(code(files, more), jobs);

function lines(files: Readonly<Record<string, string>>, kind: string, more: Partial<NixCode> = {}) {
  const found = find(files, more);
  assert.ok(found.kind === kind && found.kind !== "set", JSON.stringify(found));
  return found.lines.join("\n");
}

describe("an option in a person's files", () => {
  it("is found where one file sets it to a plain value", () => {
    assert.deepEqual(
      find({ "/u/nix/a.nix": "{ }", "/u/nix/b.nix": "{\n  nix.linux-builder.maxJobs = 4;\n}" }),
      {
        kind: "set",
        value: 4,
        place: { path: "/u/nix/b.nix", line: 2 },
        flake: "/u/nix",
      },
    );
  });

  it("is not chosen among several files: each is told with its line", () => {
    const set = "{\n  nix.linux-builder.maxJobs = 4;\n}";
    const told = lines({ "/u/nix/a.nix": set, "/u/nix/b.nix": `\n${set}` }, "several");
    assert.match(told, /name the one that counts with --file/);
    assert.match(told, /^\/u\/nix\/a\.nix:2: 4$/m);
    assert.match(told, /^\/u\/nix\/b\.nix:3: 4$/m);
  });

  it("is not chosen where another file computes it", () => {
    const told = lines(
      {
        "/u/nix/a.nix": "{ nix.linux-builder.maxJobs = 4; }",
        "/u/nix/b.nix": "{\n\n nix.linux-builder.maxJobs = cores * 2; }",
      },
      "several",
    );
    assert.match(told, /^\/u\/nix\/b\.nix:3:\d+: .*'cores \* 2', not a bare value/m);
  });

  it("is for the editor where its only value is computed, with the line", () => {
    const found = find({ "/u/nix/a.nix": "{\n  nix.linux-builder = { maxJobs = lib.mkForce 4; };\n}" });
    assert.ok(found.kind === "expression");
    assert.deepEqual(found.places, [{ path: "/u/nix/a.nix", line: 2 }]);
    assert.match(found.lines[1] ?? "", /^\/u\/nix\/a\.nix:2:\d+: .*'lib\.mkForce 4'/);
  });

  it("that nobody sets is told with what comes nearest, and where it was looked for", () => {
    const told = lines({ "/u/nix/a.nix": "{\n  nix.linux-builder.enable = true;\n}" }, "none");
    assert.match(
      told,
      /^\/u\/nix\/a\.nix:2:\d+: .*'nix\.linux-builder\.maxJobs = …;' can be added beside this/m,
    );
    assert.match(told, /^looked for it in: \/u\/nix$/m);
    assert.match(told, /--file FILE/);
    assert.match(
      lines({}, "none", { places: [] }),
      /looked for it in: \/etc\/nix-darwin, .*none of them is there/,
    );
    assert.match(lines({}, "none", { cut: true }), /more Nix code than was looked through/);
    assert.match(lines({}, "none", { skipped: ["/u/nix/big.nix"] }), /\/u\/nix\/big\.nix could not be read/);
  });

  it("may be set in a file that cannot be read as Nix code: then none is changed", () => {
    const set = "{ nix.linux-builder.maxJobs = 4; }";
    lines({ "/u/nix/a.nix": set, "/u/nix/b.nix": `{ x = "; ${set}` }, "several");
    assert.equal(
      find({ "/u/nix/a.nix": set, "/u/nix/b.nix": '{ x = "; }' }).kind,
      "set",
      "it has not the words",
    );
  });
});

describe("the answer of a machine that was asked for Nix code", () => {
  it("becomes files, whatever they hold", () => {
    const said =
      "place /u/nix\nfile /u/nix/a.nix\nflake /u\n {\r\n file /u/x.nix\n end\n }\n\nfile /u/nix/b.nix\n  \n\nskipped /u/c.nix\nmore\nend\n";
    const read = parseNixCode(said);
    assert.deepEqual(read, {
      files: [
        { path: "/u/nix/a.nix", text: "{\r\nfile /u/x.nix\nend\n}\n", flake: "/u" },
        { path: "/u/nix/b.nix", text: " \n", flake: null },
      ],
      ...{ asked: nixCodePlaces, places: ["/u/nix"], skipped: ["/u/c.nix"], cut: true },
    });
    assert.equal(parseNixCode(said.slice(0, -4)), null, "it was cut off");
  });

  it("holds a file once, and none that Nix made or that is no Nix file", () => {
    const paths = ["/u/a.nix", "/u/a.nix", "/nix/store/x-source/a.nix", "/u/a.conf", "/u/\u202ea.nix"];
    const read = parseNixCode(`${paths.map((path) => `file ${path}\n {}\n`).join("\n")}end\n`);
    assert.deepEqual(
      read?.files.map(({ path }) => path),
      ["/u/a.nix"],
    );
  });

  it("is never a reason to fail", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const read = parseNixCode(`${text}\nend\n`);
        for (const { path } of read?.files ?? []) assert.ok(isNixCodePath(path));
        if (read) findInNixCode(read, jobs);
      }),
    );
  });
});

describe("a file of Nix code", () => {
  it("is one by its plain path, and outside of the store", () => {
    for (const path of ["/etc/nix-darwin/flake.nix", "/home/a b/.config/nix/x.nix"])
      assert.ok(isNixCodePath(path), path);
    for (const path of [
      "a.nix",
      "/a/../b.nix",
      "/a/./b.nix",
      "/a//b.nix",
      "/a/.nix",
      "/nix/store/a/b.nix",
      "/a\n.nix",
      "/etc/passwd",
    ])
      assert.ok(!isNixCodePath(path), path);
  });

  it("is looked for by the diagnoses in the same places", () => {
    assert.equal(nixCodeGlobs.split(" ").length, nixCodePlaces.length);
    assert.match(
      nixCodeGlobs,
      /^\/etc\/nix-darwin\/\*\.nix "\$HOME"\/\.config\/nix-darwin\/\*\.nix "\$HOME"\/\.nixpkgs\/\*\.nix /,
    );
  });
});
