import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseStoreCheck, storeCheckRequest } from "../../../src/model/machine/store-check.ts";

const problemOf = (text: string) => parseStoreCheck({ text, code: 1 }).problem;

describe("why Nix does not get through to a store", () => {
  it("is the line that says it, not the frame that ssh draws around its warnings", () => {
    const frame = "@".repeat(59);
    assert.equal(
      problemOf(
        `${frame}\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n${frame}\nIT IS POSSIBLE THAT …\nerror: failed to start SSH connection to 'heron'\n`,
      ),
      "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!",
    );
  });
  it("is ssh's word, where Nix only says that there was no connection", () => {
    assert.equal(
      problemOf(
        "ada@heron: Permission denied (publickey).\nerror: failed to start SSH connection to 'heron'\n",
      ),
      "ada@heron: Permission denied (publickey).",
    );
  });
  it("is no warning about a setting", () => {
    assert.equal(
      problemOf(
        "warning: ignoring the client-specified setting 'builders', because it is a restricted setting and you are not a trusted user\nerror: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Connection refused\n",
      ),
      "cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Connection refused",
    );
  });
  it("is the first line where none says it, and the exit status where there is none", () => {
    assert.equal(problemOf("\nbash: something else\nmore\n"), "bash: something else");
    assert.equal(problemOf("@@@@\n"), "nix ended with exit status 1");
  });
  it("is not known of a Nix that cannot be asked so", () => {
    assert.deepEqual(parseStoreCheck({ text: "error: unrecognised flag '--json'\n", code: 1 }), {
      ok: false,
      version: null,
      trusted: null,
      problem: null,
    });
  });
  it("is one clean line, whatever was said", () => {
    fc.assert(fc.property(fc.string(), (text) => !/[\u0000-\u001f\u007f]/.test(problemOf(text) ?? "")));
  });
});

describe("the question to Nix for a store", () => {
  it("is in the words that the version has, and for JSON only where it has that", () => {
    const asked = (flavour: string, version: string) =>
      storeCheckRequest("ssh-ng://heron", { flavour, version } as never, false);
    assert.equal(asked("nix", "2.34.8"), "store-check info ssh-ng://heron");
    assert.equal(asked("nix", "2.18.1"), "store-check ping ssh-ng://heron");
    assert.equal(asked("nix", "2.8.1"), "store-check ping ssh-ng://heron --quiet");
    assert.equal(asked("lix", "2.93.3"), "store-check ping ssh-ng://heron");
    assert.equal(storeCheckRequest("auto", null, true), "sudo-store-check info auto");
  });
});
