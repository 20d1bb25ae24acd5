/** A command line for another machine: whatever the login shell there is, the program gets the words it was sent. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import fc from "fast-check";
import { remoteCommand } from "../../../src/model/hosts/remote-words.ts";

const shells = ["sh", "dash", "bash", "zsh", "fish", "tcsh", "busybox"].map((name) => ({
  name,
  words: name === "busybox" ? ["busybox", "sh"] : [name],
}));
const printWords = "for word do printf '[%s]' \"$word\"; done";

function answer(shell: readonly string[], words: readonly string[]): string {
  const [program = "", ...rest] = shell;
  const line = remoteCommand(words, { marker: "MARK" });
  // As sshd does it: the login shell, -c, one string.
  const { stdout } = spawnSync(program, [...rest, "-c", line], { encoding: "utf8", input: "" });
  return stdout;
}

const hard = [
  "",
  " ",
  "a b",
  "it's",
  '"quoted"',
  ["$HOME `id` $(id) $", "{x}"].join(""),
  "!history !!",
  "back\\slash \\n \\\\ \\0101",
  "two\nlines\n",
  "*.nix ? [a-z] {a,b} ~ ~root",
  "=ls",
  "%1 %d %b%%",
  "^a^b",
  "#not a comment",
  "; rm -rf x & | < >",
  "grüße 世界",
  "\t",
];

for (const shell of shells) {
  const missing = spawnSync(shell.words[0] ?? "", ["-c", "true"]).error !== undefined;
  describe(`through ${shell.name}`, { skip: missing && `${shell.name} is not installed here` }, () => {
    it("plain words arrive", () => {
      assert.equal(answer(shell.words, ["echo", "-n", "a=b", "/x:y@z,+1"]), "MARK\na=b /x:y@z,+1");
    });

    it("every word that shells disagree about arrives", () => {
      const said = answer(shell.words, ["sh", "-c", printWords, "sh", ...hard]);
      assert.equal(said, `MARK\n${hard.map((word) => `[${word}]`).join("")}`);
    });

    it("a long script arrives", () => {
      const long = "x'y ".repeat(2000);
      assert.equal(answer(shell.words, ["sh", "-c", printWords, "sh", long]), `MARK\n[${long}]`);
    });

    it("the locale is C and Nix is found", () => {
      const [, locale, path] = answer(shell.words, ["sh", "-c", 'echo "$LC_ALL"; echo "$PATH"']).split("\n");
      assert.equal(locale, "C");
      assert.match(path ?? "", /^\/.*:\/nix\/var\/nix\/profiles\/default\/bin:/);
    });

    it("any words arrive", () => {
      const word = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", ""));
      fc.assert(
        fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
          const said = answer(shell.words, ["sh", "-c", printWords, "sh", ...words]);
          assert.equal(said, `MARK\n${words.map((each) => `[${each.toWellFormed()}]`).join("")}`);
        }),
        { numRuns: 25 },
      );
    });
  });
}

describe("a command that cannot be sent", () => {
  it("is refused before anything is sent: a NUL byte, nothing at all, or more than a shell takes", () => {
    for (const words of [["echo", "a\0b"], [], ["echo", "x".repeat(70_000)]]) {
      assert.throws(() => remoteCommand(words, { marker: "MARK" }));
    }
  });
});
