import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Command } from "commander";
import { makeProgram } from "../../src/commands/program.ts";

function all(command: Command): Command[] {
  return [command, ...command.commands.flatMap(all)];
}

describe("--help", () => {
  const helps = all(makeProgram(() => {})).map(
    (command) => [command.name(), command.helpInformation()] as const,
  );

  it("writes in capitals what a person puts in, in every command", () => {
    for (const [name, help] of helps)
      assert.deepEqual(
        help.match(/(?:<[a-z]+>|\[(?!options)[a-z]+(?:\.\.\.)?\])/g),
        null,
        `${name}:\n${help}`,
      );
  });

  it("writes a command's words in the list as in its own usage", () => {
    const usage = (name: string) => /^Usage: (.*)$/m.exec(Object.fromEntries(helps)[name] ?? "")?.[1];
    assert.equal(usage("undo"), "buildtop config undo [options] [HOST]");
    const list = Object.fromEntries(helps).config ?? "";
    for (const line of ["list [HOST]", "get KEY [HOST]", "set KEY VALUE [HOST]", "undo [HOST]"])
      assert.ok(list.includes(`  ${line}  `), list);
  });
});
