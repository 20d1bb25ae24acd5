/** The commands behind the questions, in a real shell, where programs are other than the usual ones. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { sections } from "../../../src/adapters/hosts/sections.ts";
import { parseProcesses } from "../../../src/model/machine/processes.ts";

describe("the processes of a Linux machine", () => {
  const ask = (ps: string) =>
    execFileSync("/bin/sh", ["-c", `ps() {\n${ps}\n}\n${sections.processes?.linux}`], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });

  it("are told whole by the ps of the machine that we are on", { skip: process.platform !== "linux" }, () => {
    const own = parseProcesses(ask('command ps "$@"')).find(({ pid }) => pid === process.pid);
    assert.match(own?.args ?? "", /node/);
  });

  it("are told by a ps that knows no widths of columns", () => {
    const ps = `case "$*" in *user:32*) echo 'error: unknown user-defined format specifier "user:32"' >&2; return 1;; esac
echo '  PID  PPID USER     %CPU   RSS     ELAPSED COMMAND'
echo '  640     1 root      0.0 19100    01:02:03 nix-daemon --daemon'`;
    assert.deepEqual(
      parseProcesses(ask(ps)).map(({ pid, args }) => [pid, args]),
      [[640, "nix-daemon --daemon"]],
    );
  });

  it("are told by busybox, which has no %cpu", () => {
    const ps = `case "$*" in *%cpu*) echo "ps: bad -o argument '%cpu'" >&2; return 1;; esac
echo 'PID   PPID  USER     RSS  ELAPSED COMMAND'
echo '    1     0 root     1844 03:04   /sbin/init'`;
    assert.deepEqual(
      parseProcesses(ask(ps)).map(({ pid, user, elapsedSeconds, cpu }) => [pid, user, elapsedSeconds, cpu]),
      [[1, "root", 184, 0]],
    );
  });
});
