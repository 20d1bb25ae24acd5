/** The command line as a person meets it: the built-in parts of it that need no Nix and no terminal. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";

const cli = resolve(import.meta.dirname, "../../src/cli.ts");
const recording = resolve(import.meta.dirname, "../fixtures/nix-log/2.34.8/fail-stop.log");

function buildtop(args: string[], input?: string | Buffer) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    ...(input === undefined ? { stdio: ["ignore", "pipe", "pipe"] } : { input }),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    timeout: 60_000,
    env: { ...process.env, NO_COLOR: "", FORCE_COLOR: undefined },
  });
  return { status, stdout, stderr };
}

/** Refused with one line that holds all of `words`, and with nothing on stdout. */
function refused(args: string[], words: RegExp, input?: string | Buffer, status = 2) {
  const ended = buildtop(args, input);
  assert.equal(ended.status, status, `${args.join(" ")}: ${ended.stderr}`);
  assert.equal(ended.stdout, "");
  assert.match(ended.stderr, /^buildtop: [^\n]+\n$/);
  assert.match(ended.stderr, words);
  assert.doesNotMatch(ended.stderr, /\p{Cc}(?<!\n)/u);
}

describe("wrong use is answered with one line that says what to write, and 2", () => {
  it("for a command that does not exist", () => {
    refused(["repaly", "x"], /there is no command "repaly"; did you mean "replay"\?/);
    refused(["wach"], /did you mean "watch"\?/);
  });
  it("for a word that can be neither a command nor a machine", () => {
    refused(["-oProxyCommand=x"], /unknown option/);
    refused(["two words"], /two words/);
    refused(["$(reboot)"], /\$\(reboot\)/);
  });
  it("for an option that does not exist or has no such value", () => {
    refused(["--frob"], /unknown option "--frob"/);
    refused(["--theme", "neon"], /auto, mono/);
    refused(["replay", "--speed", "0", recording], /factor such as 2/);
    refused(["--interval", "never"], /0\.5 to 3600/);
  });
  it("for a command without what it is about", () => {
    refused(["run"], /buildtop run -- nix build/);
    refused(["replay"], /buildtop replay FILE/);
    refused(["watch"], /buildtop watch on/);
    refused(["watch", "onn"], /buildtop watch on/);
    refused(["completions", "tcsh"], /bash, zsh, fish/);
  });
});

describe("input that is no Nix log is answered with one line, and 2", () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
  });
  after(() => rmSync(directory, { recursive: true }));
  const file = (name: string, content: string | Buffer) => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };

  it("an empty pipe, and one with something else", () => {
    refused([], /nothing came on standard input.*internal-json/, "");
    refused([], /standard input \(2 lines\) is no Nix log/, "hello\nworld\n");
    refused([], /standard input \(1 line\) is no Nix log/, "hello\n");
  });
  it("a directory, a missing file, an empty file, text, bytes that are no text, one line of 100 MB", () => {
    refused(["replay", directory], /is a directory/);
    refused(["replay", join(directory, "none")], /there is no such file/);
    refused(["replay", file("empty", "")], /holds no record of Nix/);
    refused(["replay", "--json", file("text", "hello\n")], /holds no record of Nix/);
    refused(
      ["replay", file("binary", Buffer.from([0xff, 0xfe, 0x1b, 0x5d, 0x0a, 0x80]))],
      /holds no record of Nix/,
    );
    refused(["replay", file("long", Buffer.alloc(100 * 1024 * 1024, "x"))], /holds no record of Nix/);
  });
  it("names with control characters are cleaned", () => {
    refused(["replay", "no\u001b]0;such\u0007file"], /no.*file: there is no such file/);
  });
  it("where only one of several files is none, the others are read: 1", () => {
    const { status, stdout, stderr } = buildtop(["replay", "--json", recording, file("other", "hello\n")]);
    assert.equal(status, 1);
    assert.equal(JSON.parse(stdout).counts.failed, 1);
    assert.match(stderr, /^buildtop: .*other: holds no record of Nix[^\n]*\n$/);
  });
});

describe("replay", () => {
  it("--json prints one object that says what happened", () => {
    const { status, stdout, stderr } = buildtop(["replay", "--json", recording]);
    assert.equal(status, 0, stderr);
    const report = JSON.parse(stdout);
    assert.equal(report.version, 1);
    assert.equal(report.outcome, "failed");
    assert.deepEqual(
      report.failures.map(({ drv }: { drv: string }) => drv.slice(44)),
      ["broken-0.9.drv"],
    );
  });
  it("without a terminal tells it in lines, and ends 0: looking at a failure is none", () => {
    const { status, stdout } = buildtop(["replay", recording]);
    assert.equal(status, 0);
    assert.match(stdout, /failed {3}broken-0\.9/);
    assert.match(stdout, /^✖ failed · 1 failed/m);
    assert.doesNotMatch(stdout, /\p{Cc}(?<!\n)/u);
  });
  it("with --ascii says the same without a glyph", () => {
    const { stdout } = buildtop(["replay", "--ascii", recording]);
    assert.match(stdout, /^x failed - 1 failed/m);
  });
});

describe("a stream on standard input without a terminal", () => {
  it("is told on stderr; the end is 1 where something failed", async () => {
    const { readFileSync } = await import("node:fs");
    const { status, stdout, stderr } = buildtop([], readFileSync(recording));
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /broken-0\.9/);
  });
});

describe("what is the same everywhere", () => {
  it("--demo without a terminal prints one look at the demonstration, and ends 0", () => {
    const { status, stdout, stderr } = buildtop(["--demo"]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /openssl-3\.4\.0 .*builder failed with exit code 2/);
    assert.match(stdout, /no Nix is asked/);
  });
  it("--help names every command and every exit status", () => {
    const { status, stdout } = buildtop(["--help"]);
    assert.equal(status, 0);
    for (const word of ["run", "build", "replay", "watch", "completions", "126, 127", "130"]) {
      assert.ok(stdout.includes(word), word);
    }
  });
  it("completions are scripts that their shell accepts, and know the commands", () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const { status, stdout } = buildtop(["completions", shell]);
      assert.equal(status, 0);
      assert.match(stdout, /replay/);
      assert.match(stdout, /--system|-l system/);
    }
    const { stdout } = buildtop(["completions", "bash"]);
    const ask = (words: string[]) =>
      spawnSync(
        "bash",
        [
          "-c",
          `${stdout}\nCOMP_WORDS=(${words.join(" ")} "")\nCOMP_CWORD=${words.length}\n_buildtop\necho "\${COMPREPLY[*]}"`,
        ],
        {
          encoding: "utf8",
        },
      ).stdout;
    assert.match(ask(["buildtop"]), /\brun\b.*\bwatch\b/);
    assert.match(ask(["buildtop", "watch"]), /^on off status/);
    assert.match(ask(["buildtop", "watch", "on"]), /--system/);
  });
});
