import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { allowedWithoutPassword, sudoersRule, sudoRefusal } from "../../../src/model/actions/sudo-rules.ts";

const restart = ["/bin/launchctl", "kickstart", "-k", "system/org.example.builder"];
const listing = (...rules: string[]) => `Matching Defaults entries for ada on studio:
    env_reset, secure_path=/usr/local/sbin\\:/usr/local/bin

User ada may run the following commands on studio:
${rules.map((rule) => `    ${rule}\n`).join("")}`;

describe("what sudo -n -l lists", () => {
  it("lets a command run without a password where a rule names exactly it", () => {
    assert.ok(allowedWithoutPassword(listing("(ALL) ALL", `(root) NOPASSWD: ${restart.join(" ")}`), restart));
    assert.ok(allowedWithoutPassword(listing("(ALL : ALL) NOPASSWD: ALL"), restart));
    assert.ok(allowedWithoutPassword(listing(`(root) NOPASSWD: /bin/ls, ${restart.join(" ")}`), restart));
    assert.ok(
      allowedWithoutPassword(listing(`(root) NOPASSWD: /bin/ls,\n        ${restart.join(" ")}`), restart),
    );
  });
  it("does not where another command, another user or a password is meant", () => {
    assert.ok(!allowedWithoutPassword(listing("(ALL) ALL"), restart));
    assert.ok(!allowedWithoutPassword(listing(`(root) ${restart.join(" ")}`), restart));
    assert.ok(!allowedWithoutPassword(listing(`(root) NOPASSWD: ${restart.join(" ")}.other`), restart));
    assert.ok(!allowedWithoutPassword(listing(`(_nix) NOPASSWD: ${restart.join(" ")}`), restart));
    assert.ok(
      !allowedWithoutPassword(listing(`(root) NOPASSWD: /bin/ls, PASSWD: ${restart.join(" ")}`), restart),
    );
  });
  it("counts the last rule that may mean the command, as sudo does", () => {
    const free = `(root) NOPASSWD: ${restart.join(" ")}`;
    assert.ok(allowedWithoutPassword(listing("(ALL) PASSWD: ALL", free), restart));
    assert.ok(!allowedWithoutPassword(listing("(ALL) NOPASSWD: ALL", "(ALL) PASSWD: ALL"), restart));
    assert.ok(!allowedWithoutPassword(listing(free, "(ALL) ALL"), restart));
    assert.ok(!allowedWithoutPassword(listing(free, "(ALL) PASSWD: /bin/launchctl *"), restart));
    assert.ok(allowedWithoutPassword(listing(free, "(ALL) PASSWD: /bin/launchctl list"), restart));
    assert.ok(allowedWithoutPassword(listing(free, "(_nix) PASSWD: ALL"), restart));
  });
  it("is put up with whatever it is", () => {
    fc.assert(fc.property(fc.string(), (text) => typeof allowedWithoutPassword(text, restart) === "boolean"));
  });
});

it("the rule that is proposed is one that sudo would take, special characters escaped", () => {
  assert.equal(
    sudoersRule("ada", ["/bin/x", "a=b", "c,d:e*"]),
    "ada ALL=(root) NOPASSWD: /bin/x a\\=b c\\,d\\:e\\*",
  );
});

describe("why sudo -n ran nothing", () => {
  it("is told apart from a command of its own that failed", () => {
    assert.equal(sudoRefusal(1, "sudo: a password is required\n"), "password");
    assert.equal(sudoRefusal(1, "sudo: sorry, you must have a tty to run sudo\n"), "password");
    assert.equal(sudoRefusal(1, "ada is not in the sudoers file.\n"), "denied");
    assert.equal(sudoRefusal(127, "sudo: not found\n".replace("sudo", "env")), "missing");
    assert.equal(sudoRefusal(113, 'Could not find service "x"\n'), null);
    assert.equal(sudoRefusal(0, ""), null);
  });
});
