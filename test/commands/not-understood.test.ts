/** A stream whose records we do not understand is not passed off as one in which nothing was built. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, describe, it } from "node:test";

const root = resolve(import.meta.dirname, "../..");
const cli = join(root, "src/cli.ts");
const directory = mkdtempSync(join(tmpdir(), "buildtop-not-understood-"));
after(() => rmSync(directory, { recursive: true }));

function file(name: string, lines: readonly string[]): string {
  const path = join(directory, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

function buildtop(args: readonly string[], input?: string) {
  return spawnSync(process.execPath, [cli, ...args], { encoding: "utf8", timeout: 60_000, input });
}

const strange = Array.from({ length: 1_500 }, (_, at) => `@nix {"action":"hop${at % 5}","id":${at}}`);

describe("records that are not understood", () => {
  const said =
    /^not seen: 1,500 of 1,500 records, not understood \(action:hop\d, [^)]*…\): not as Nix writes them/m;

  it("are counted by replay", () => {
    const known = '@nix {"action":"start","id":1,"level":3,"parent":0,"text":"building","type":104}';
    const { status, stdout } = buildtop(["replay", file("half-strange", [known, ...strange])]);
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(said.source.replace("of 1,500", "of 1,501"), "m"));
  });

  const none =
    /^buildtop: [^\n]*: not one of its [\d,]+ records is understood: not as Nix writes them, or of a newer Nix\n$/;
  for (const [what, lines] of [
    ["a stream of which not one is known", strange],
    [
      "one of which every record is of a kind of its own",
      strange.map((_, at) => `@nix {"action":"hop${at}","id":1}`),
    ],
    ["the JSON of another program", ['{"action":"click","id":3,"type":"button"}', '{"action":"scroll"}']],
  ] as const)
    for (const how of [[], ["--json"]])
      it(`are no log of Nix to replay ${how.join()} where there is nothing else: ${what}`, () => {
        const { status, stdout, stderr } = buildtop(["replay", ...how, file("none", lines)]);
        assert.deepEqual([status, stdout], [2, ""]);
        assert.match(stderr, none);
      });

  it("leave the other files to be read", () => {
    const log = join(root, "test/fixtures/nix-log/2.34.8/dag.log");
    const { status, stdout, stderr } = buildtop(["replay", log, file("none", strange)]);
    assert.equal(status, 1);
    assert.match(stdout, /30 built/);
    assert.match(
      stderr,
      /^buildtop: [^\n]*none: not one of its 1,500 records is understood: [^\n]*; the others were read\n$/,
    );
  });

  it("are counted by the pipe", () => {
    assert.match(buildtop([], strange.map((line) => `${line}\n`).join("")).stderr, said);
  });

  it("are not spoken of where they are a kind or two of a newer Nix among many", () => {
    const log = readFileSync(join(root, "test/fixtures/nix-log/2.34.8/dag.log"), "utf8")
      .trimEnd()
      .split("\n");
    const { stdout } = buildtop(["replay", file("newer", [...log, strange[0]!])]);
    assert.match(stdout, /✔ done/);
    assert.doesNotMatch(stdout, /not understood/);
  });
});

it("records with blanks between their words, as other programs write JSON, are understood all the same", () => {
  const log = readFileSync(join(root, "test/fixtures/nix-log/2.34.8/fail-stop.log"), "utf8");
  const records = log.split("\n").filter((line) => line.startsWith("@nix "));
  const spread = (line: string) =>
    line.replace(/"(action|id|level|parent|type|fields|text|msg)":/g, '"$1": ');
  const report = (name: string, lines: readonly string[]) =>
    JSON.parse(buildtop(["replay", "--json", file(name, lines)]).stdout);
  const plain = report("plain", records);
  const blanks = report("blanks", records.map(spread));
  assert.ok(plain.counts.failed === 1 && plain.records > 100);
  assert.deepEqual(blanks.counts, plain.counts);
  assert.deepEqual(blanks.unknownRecords, {});
});
