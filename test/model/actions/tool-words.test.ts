import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shownCommand } from "../../../src/model/actions/tool-words.ts";

describe("a command that is shown", () => {
  it("is the one that a person would type: sudo may ask there", () => {
    const command = ["sudo", "-n", "--", "/bin/launchctl", "kickstart", "-k", "system/org.nixos.nix-daemon"];
    assert.equal(shownCommand(command), "sudo /bin/launchctl kickstart -k system/org.nixos.nix-daemon");
  });

  it("is otherwise as it is run, each word as a shell takes it for itself", () => {
    assert.equal(shownCommand(["docker", "restart", "a builder"]), "docker restart 'a builder'");
    assert.equal(shownCommand(["sudo", "-n", "true"]), "sudo -n true");
    assert.equal(shownCommand(["echo", "it's"]), "echo 'it'\\''s'");
  });
});
