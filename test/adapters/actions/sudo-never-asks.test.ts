/** No sudo of ours may ask behind the screen's back: it would wait for ever for a password that nobody is asked for. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";

const source = resolve(import.meta.dirname, "../../../src");
/** The one question, on the person's own terminal. */
const prompts = [
  { file: "adapters/actions/sudo.ts", text: '"sudo", "-v", "-p", sudoPrompt' },
  { file: "model/actions/relay-script.ts", text: "sudo -v -p $" },
];

function code(): { file: string; lines: string[] }[] {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) =>
    /\.tsx?$/.test(file),
  );
  return files.map((file) => {
    let text = readFileSync(join(source, file), "utf8");
    for (const prompt of prompts) if (prompt.file === file) text = text.replace(prompt.text, "");
    // Comments are prose.
    const bare = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
    return { file, lines: bare.split("\n") };
  });
}

/** `"sudo"` as a word of a command, or in a text that a shell runs. */
function mistakes(pattern: RegExp, files = /./): string[] {
  return code().flatMap(({ file, lines }) =>
    files.test(file)
      ? lines.filter((line) => pattern.test(line)).map((line) => `${file}: ${line.trim()}`)
      : [],
  );
}

describe("every sudo in the source", () => {
  it("has -n as its first option where it is a word of a command", () => {
    // A list of words that begins with it; lists of names (`sudo`, `doas`) and comparisons are no commands.
    assert.deepEqual(
      mistakes(/\[\s*["'`]sudo["'`](?!, "-n"|, "doas")|(?:spawn|spawnSync|execa|ask)\(["'`]sudo/),
      [],
    );
  });
  it("has -n in what shells are given to run", () => {
    // Elsewhere "sudo …" is what a person is told to type.
    const shells = /^(?:adapters\/|model\/actions\/)/;
    assert.deepEqual(mistakes(/(?:exec|then|else|do|if|&&|\|\||\{) *sudo (?!-n\b)/, shells), []);
    assert.deepEqual(mistakes(/["'`]sudo (?!-n\b)/, /^adapters\/hosts\//), []);
  });
  it("asks in exactly two places, which are the two prompts", () => {
    for (const { file, text } of prompts)
      assert.equal(readFileSync(join(source, file), "utf8").split(text).length, 2, file);
    assert.deepEqual(mistakes(/sudo -v -p|"-v", "-p"/), []);
  });
});
