import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { terminalCapabilities } from "../../../src/adapters/terminal/capabilities.ts";
import { copyToClipboard, notify, setProgress, setTitle } from "../../../src/adapters/terminal/sequences.ts";

describe("what is sent to the terminal", () => {
  it("a title cannot smuggle anything in", () => {
    assert.equal(setTitle("a\x07\x1b]52;c;x\x07b"), "\x1b]2;ab\x1b\\");
    assert.ok(setTitle("x".repeat(500)).length < 100);
  });

  it("the clipboard takes any text, in tmux both ways", () => {
    assert.equal(copyToClipboard("hé", { multiplexer: null }), "\x1b]52;c;aMOp\x1b\\");
    assert.equal(
      copyToClipboard("a", { multiplexer: "tmux" }),
      "\x1b]52;c;YQ==\x1b\\\x1bPtmux;\x1b\x1b]52;c;YQ==\x1b\x1b\\\x1b\\",
    );
    assert.equal(
      copyToClipboard("x".repeat(60_000), { multiplexer: null }),
      null,
      "too long is said, not cut",
    );
  });

  it("progress", () => {
    assert.equal(setProgress({ state: "share", share: 0.34 }), "\x1b]9;4;1;34\x1b\\");
    assert.equal(setProgress({ state: "failed", share: 2 }), "\x1b]9;4;2;100\x1b\\");
    assert.equal(setProgress({ state: "none" }), "\x1b]9;4;0;0\x1b\\");
  });

  it("notifications", () => {
    assert.equal(notify("bell", "x", { multiplexer: "tmux" }), "\x07");
    assert.equal(notify("osc777", "a;b", { multiplexer: null }), "\x1b]777;notify;buildtop;a,b\x1b\\");
  });
});

describe("what the terminal can do", () => {
  it("progress only where it is no notification", () => {
    assert.equal(terminalCapabilities({ TERM: "xterm", TERM_PROGRAM: "ghostty" }).progress, true);
    assert.equal(
      terminalCapabilities({ TERM: "xterm", TERM_PROGRAM: "iTerm.app", TERM_PROGRAM_VERSION: "3.6.6" })
        .progress,
      true,
    );
    assert.equal(
      terminalCapabilities({ TERM: "xterm", TERM_PROGRAM: "iTerm.app", TERM_PROGRAM_VERSION: "3.5.14" })
        .progress,
      false,
    );
    assert.equal(
      terminalCapabilities({ TERM: "xterm", TERM_PROGRAM: "ghostty", TMUX: "/tmp/x" }).progress,
      false,
    );
    assert.equal(terminalCapabilities({ TERM: "xterm" }).progress, false);
  });

  it("ASCII where nothing else can be trusted", () => {
    assert.equal(terminalCapabilities({ TERM: "linux", LANG: "en_US.UTF-8" }).ascii, true);
    assert.equal(terminalCapabilities({ TERM: "xterm", LC_ALL: "C" }).ascii, true);
    assert.equal(terminalCapabilities({ TERM: "xterm", LANG: "de_DE.utf8" }).ascii, false);
    assert.equal(terminalCapabilities({ TERM: "xterm" }).ascii, false);
  });

  it("NO_COLOR counts when it is not empty", () => {
    assert.equal(terminalCapabilities({ TERM: "xterm", NO_COLOR: "1" }).noColor, true);
    assert.equal(terminalCapabilities({ TERM: "xterm", NO_COLOR: "" }).noColor, false);
  });
});
