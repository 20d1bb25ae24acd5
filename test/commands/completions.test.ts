/** Completions offer what a command takes: machines of ssh's configuration, builders, settings; and ask no machine for it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { completions } from "../../src/commands/completions.ts";
import { makeProgram } from "../../src/commands/program.ts";

const home = mkdtempSync(join(tmpdir(), "buildtop-completions-"));
after(() => rmSync(home, { recursive: true }));
const trap = join(home, "trapped");
const machines = join(home, "machines");
mkdirSync(join(home, ".ssh"));
writeFileSync(
  join(home, ".ssh/config"),
  `Host mini studio\n  User ada\nhost=attic\nHost *.lan !old\nHost $(touch ${trap})\n`,
);
writeFileSync(
  machines,
  `# ours\nssh-ng://builder@linux-builder aarch64-linux\nssh://ada@shed.example.net:2222?x=1 x86_64-linux\nssh://\`touch\${IFS}${trap}\` x\n`,
);

function script(shell: "bash" | "zsh" | "fish"): string {
  const program = makeProgram(() => {});
  return completions(shell, program).replaceAll("/etc/nix/machines", machines);
}

function run(program: string, ...args: string[]): string {
  const ended = spawnSync(program, args, { encoding: "utf8", env: { ...process.env, HOME: home } });
  assert.equal(ended.status, 0, ended.stderr);
  return ended.stdout;
}

describe("bash", () => {
  const offers = (...words: string[]): string[] => {
    const ask = `${script("bash")}\nCOMP_WORDS=("$@" "")\nCOMP_CWORD=$#\n_buildtop\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    return run("bash", "-c", ask, "bash", "buildtop", ...words)
      .trim()
      .split("\n")
      .filter((word) => !word.startsWith("-"));
  };
  const hosts = ["mini", "studio", "attic"];
  const builders = ["linux-builder", "shed.example.net"];

  it("offers the daemon, builders and then machines for restart, and builders for logs", () => {
    assert.deepEqual(offers("restart"), ["daemon", ...builders]);
    assert.deepEqual(offers("restart", "--yes", "daemon"), hosts);
    assert.deepEqual(offers("logs"), builders);
    assert.deepEqual(offers("logs", "linux-builder"), hosts);
  });

  it("offers machines where machines are named, as many as a command takes", () => {
    assert.deepEqual(offers("doctor"), hosts);
    assert.deepEqual(offers("status", "mini", "studio"), hosts);
    assert.deepEqual(offers("config", "undo"), hosts);
    assert.deepEqual(offers("config", "undo", "mini"), []);
    assert.ok(offers().includes("mini") && offers().includes("restart"));
  });

  it("offers settings by their names", () => {
    assert.ok(offers("config", "set").includes("builder.memoryBytes"));
    assert.deepEqual(offers("config", "set", "cores"), []);
    assert.deepEqual(offers("config", "set", "cores", "4"), hosts);
  });

  it("runs nothing that stands in a file", () => {
    assert.ok(!existsSync(trap));
  });
});

for (const [shell, check] of [
  ["zsh", 'autoload -U compinit && compinit -u -D; source "$1"'],
  ["fish", "source $argv[1]; complete -C 'buildtop restart '; complete -C 'buildtop doctor '"],
] as const) {
  const there = spawnSync(shell, ["-c", "true"]).status === 0;
  it(`${shell} takes the script`, { skip: there ? false : `there is no ${shell}` }, () => {
    const file = join(home, `script.${shell}`);
    writeFileSync(file, script(shell));
    const args = shell === "zsh" ? ["-f", "-c", check, "zsh", file] : ["-c", check, file];
    const said = run(shell, ...args);
    if (shell === "fish") assert.match(said, /^daemon\tthe Nix daemon[\s\S]*^mini$/m);
    assert.ok(!existsSync(trap));
  });
}
