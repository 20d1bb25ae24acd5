/** What ssh says of a machine is read as ssh means it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { knownHostName, parseSshSettings } from "../../../src/model/hosts/ssh-settings.ts";

const here = {
  home: "/home/me",
  localUser: "me",
  localUid: 501,
  localHost: "desk.example",
  env: { KEYS: "/keys" },
};
const basic = "host mini\nuser builder\nhostname Mini.Example\nport 2222\n";
const read = (more: string) => {
  const settings = parseSshSettings(basic + more, "mini", here);
  assert.ok(settings);
  return settings;
};

describe("the settings that ssh says", () => {
  it("have paths as ssh would open them, which it leaves to us for keys", () => {
    const { identityFiles } = read(
      [
        "identityfile ~/.ssh/id_%h_%r",
        "identityfile %d/.ssh/%n-%p-%u-%%",
        `identityfile ${"$"}{KEYS}/%L`,
        "identityfile /a b/key",
        "identityfile none",
      ].join("\n"),
    );
    assert.deepEqual(identityFiles, [
      "/home/me/.ssh/id_Mini.Example_builder",
      "/home/me/.ssh/mini-2222-me-%",
      "/keys/desk",
      "/a b/key",
    ]);
  });

  it("say how strict to be about host keys, in either of ssh's words", () => {
    const strict = (word: string) => read(`stricthostkeychecking ${word}`).strictHostKeyChecking;
    assert.deepEqual(["true", "yes", "ask", "accept-new", "false", "no", "off", "what"].map(strict), [
      "yes",
      "yes",
      "ask",
      "accept-new",
      "no",
      "no",
      "no",
      "ask",
    ]);
    assert.equal(read("").strictHostKeyChecking, "ask");
  });

  it("list files with blanks in their names", () => {
    const { userKnownHostsFiles } = read("userknownhostsfile /Users/a b/.ssh/known_hosts ~/other");
    assert.deepEqual(userKnownHostsFiles, ["/Users/a b/.ssh/known_hosts", "/home/me/other"]);
    assert.deepEqual(read("userknownhostsfile none").userKnownHostsFiles, []);
  });

  it("take a key that is set to none for one that is not set", () => {
    const { proxyCommand, proxyJump, pkcs11Provider } = read("proxycommand none\npkcs11provider none\n");
    assert.deepEqual([proxyCommand, proxyJump, pkcs11Provider], [null, null, null]);
  });

  it("tell the name its key is filed under", () => {
    assert.equal(knownHostName(read("")), "[mini.example]:2222");
    assert.equal(knownHostName({ ...read(""), port: 22 }), "mini.example");
    assert.equal(knownHostName(read("hostkeyalias Linux-Builder")), "Linux-Builder");
  });

  it("are none where ssh says something else, and never make us throw", () => {
    for (const text of ["", "port 22\n", "user a\nhostname b\nport x\n", "\0\0"]) {
      assert.equal(parseSshSettings(text, "mini", here), null);
    }
    fc.assert(fc.property(fc.string(), (text) => void parseSshSettings(basic + text, "mini", here)));
  });
});
