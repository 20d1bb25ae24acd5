/** Words of the ssh program, of several systems and versions, as what they mean. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { linesOf, saysConnectionLost, troubleOfComplaint } from "../../../src/model/hosts/ssh-complaints.ts";

const said: readonly (readonly [string, string, boolean])[] = [
  ["ssh: Could not resolve hostname mini: nodename nor servname provided, or not known", "name", true],
  ["ssh: Could not resolve hostname mini: Name or service not known", "name", true],
  ["ssh: connect to host localhost port 31022: Connection refused", "refused", true],
  ["ssh: connect to host mini port 22: No route to host", "refused", true],
  ["ssh: connect to host mini port 22: Operation timed out", "timeout", true],
  ["ssh: connect to host mini port 22: Connection timed out", "timeout", true],
  [
    "Connection timed out during banner exchange\nConnection to 127.0.0.1 port 31022 timed out",
    "not-ssh",
    true,
  ],
  ["kex_exchange_identification: read: Connection reset by peer", "not-ssh", true],
  ["kex_exchange_identification: Connection closed by remote host", "not-ssh", true],
  [
    "No ED25519 host key is known for mini and you have requested strict checking.",
    "host-key-unknown",
    false,
  ],
  ["Host key verification failed.", "host-key-unknown", false],
  [
    "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
    "host-key-changed",
    false,
  ],
  ["@ WARNING: REVOKED HOST KEY DETECTED! @\nHost key verification failed.", "host-key-revoked", false],
  ["me@mini: Permission denied (publickey,keyboard-interactive).", "login", false],
  ["Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures", "login", false],
  ["@ WARNING: UNPROTECTED PRIVATE KEY FILE! @\nme@mini: Permission denied (publickey).", "login", false],
  ["/home/me/.ssh/config: line 3: Bad configuration option: bogus", "config", false],
  ["Bad owner or permissions on /home/me/.ssh/config", "config", false],
  ["Unable to negotiate with 192.0.2.1 port 22: no matching key exchange method found.", "protocol", false],
  ["sudo: a terminal is required to read the password; sudo: a password is required", "login", false],
  ["something that nobody has seen before", "protocol", true],
  ["", "protocol", true],
];

describe("what ssh complains about", () => {
  for (const [words, kind, retry] of said) {
    it(`means ${kind}: ${words.split("\n")[0] || "(nothing)"}`, () => {
      const trouble = troubleOfComplaint("mini", words);
      assert.deepEqual([trouble.kind, trouble.retry], [kind, retry]);
      assert.match(trouble.message, /^mini .*[^.]$/);
    });
  }

  it("is kept for a person to read: clean, ten lines at most, no frames of at-signs", () => {
    const flood = `@@@@@@@@@\n\u001b[31mred\u001b[0m\n\n${"line\n".repeat(1000)}`;
    const lines = linesOf(flood);
    assert.deepEqual(lines.slice(0, 2), ["red", "line"]);
    assert.equal(lines.length, 10);
  });

  it("tells a lost connection from a command's own words", () => {
    for (const words of [
      "Timeout, server mini not responding.\r\n",
      "Connection to mini closed by remote host.\n",
      "client_loop: send disconnect: Broken pipe\n",
      "REMOTE HOST IDENTIFICATION HAS CHANGED!\r\nHost key verification failed.\r\n",
      "output of the command\nConnection reset by 192.0.2.1 port 22\n",
    ]) {
      assert.ok(saysConnectionLost(words), words);
    }
    for (const words of ["", "error: failed\n", "Connection to mini closed by remote host.\nand went on\n"]) {
      assert.equal(saysConnectionLost(words), false, words);
    }
  });
});
