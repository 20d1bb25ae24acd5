/** Every command says which words it takes: one too many is never left out of account. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import type { Command } from "commander";
import { makeProgram } from "../../src/commands/program.ts";

const cli = resolve(import.meta.dirname, "../../src/cli.ts");

function buildtop(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

function refused(words: readonly string[], says: RegExp) {
  const { status, stdout, stderr } = buildtop(...words);
  assert.deepEqual([status, stdout], [2, ""], `${words.join(" ")}: ${stderr}`);
  assert.match(stderr, /^buildtop: [^\n]+\n$/);
  assert.match(stderr, says);
}

/** Every command that acts: its words, and how many more it takes. `null`: as many as one likes. */
function actingCommands(): { path: string[]; takes: number | null }[] {
  const below = (command: Command, path: string[]): { path: string[]; takes: number | null }[] => {
    if (command.commands.length > 0)
      return command.commands.flatMap((each) => below(each, [...path, each.name()]));
    const { registeredArguments } = command;
    return [{ path, takes: registeredArguments.at(-1)?.variadic ? null : registeredArguments.length }];
  };
  return below(
    makeProgram(() => {}),
    [],
  );
}

describe("a word too many", () => {
  const limited = actingCommands().flatMap(({ path, takes }) => (takes === null ? [] : [{ path, takes }]));

  it("is refused by every command, which says what to write", () => {
    assert.ok(limited.length >= 12, `${limited.length} commands`);
    for (const { path, takes } of limited) {
      // A shell's name is judged before words are counted.
      const words =
        path[0] === "completions" ? ["bash"] : Array.from({ length: takes }, (_, at) => `word${at}`);
      refused(
        [...path, ...words, "surplus"],
        /"surplus" is one word too many: write buildtop .*nothing was done/,
      );
    }
  });

  it("behind a change of a setting names the form of one machine", () => {
    refused(
      ["config", "set", "builder.cpuCount", "2", "one-mac", "other-mac", "--yes", "--no-restart"],
      /"other-mac" .* write buildtop config set KEY VALUE \[HOST\]; nothing was done/,
    );
  });

  it("is no machine beside the demonstration", () => {
    refused(["--demo", "my-mac"], /--demo shows made-up machines/);
    refused(["--demo", "--recording", "x"], /--demo shows made-up machines/);
  });

  it("that looks like an option is no value and no machine", () => {
    refused(["config", "set", "cores", "2", "--yess"], /unknown option "--yess"; nothing was done/);
    refused(["config", "set", "cores", "-1"], /write a whole number/);
  });
});

describe("a wrong value of an option or of a word", () => {
  it("is quoted, with what to write instead, in no parser's words", () => {
    refused(["completions", "tcsh"], /"tcsh" is no shell that is known; write one of: bash, zsh, fish$/m);
    refused(["completions"], /write for which shell: buildtop completions bash/);
    refused(["--interval", "abc"], /--interval cannot be "abc"; write seconds from 0\.5 to 3600$/m);
    refused(["record-host", "--seconds", "abc", "d"], /--seconds cannot be "abc"; write seconds from 1/);
    refused(["--theme", "neon"], /--theme cannot be "neon"; write one of: auto, mono$/m);
    refused(["--recording"], /--recording needs a word behind it: --recording DIR$/m);
    refused(["--thme", "auto"], /unknown option "--thme"; did you mean --theme\?$/m);
  });
});

describe("--help", () => {
  it("of every command fits in 80 columns", () => {
    const every = [[], ...actingCommands().map(({ path }) => path), ["config"], ["watch"]];
    for (const path of every) {
      const { status, stdout } = buildtop(...path, "--help");
      assert.equal(status, 0);
      for (const line of stdout.split("\n")) assert.ok([...line].length <= 80, `${path.join(" ")}: ${line}`);
    }
  });
});
