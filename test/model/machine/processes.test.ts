/** Processes of macOS and Linux, and what a person calls them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseElapsed, parseProcesses, programName } from "../../../src/model/machine/processes.ts";
import { survives } from "./survives.ts";

const macOS = `  PID  PPID USER              %CPU    RSS     ELAPSED ARGS
    1     0 root               0.1  21840 03-02:00:18 /sbin/launchd
  571   530 root             214.0 524288    12:05:03 /nix/store/x-qemu/bin/qemu-system-aarch64 -m 8192   -smp 4
  901     1 ada                3.2 301200       00:07 /System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal
`;

describe("the list of processes", () => {
  it("gives memory in bytes, processor time in cores and age in seconds", () => {
    assert.deepEqual(parseProcesses(macOS)[1], {
      pid: 571,
      parent: 530,
      user: "root",
      cpu: 2.14,
      residentBytes: 524288 * 1024,
      elapsedSeconds: 12 * 3600 + 5 * 60 + 3,
      args: "/nix/store/x-qemu/bin/qemu-system-aarch64 -m 8192   -smp 4",
    });
  });

  it("follows the header: another order and Linux' name for the command line are the same to it", () => {
    const linux = `    PID USER     %CPU   RSS    PPID     ELAPSED COMMAND
   2390 nixbld1   178 18432    2201       00:14 cc1plus -quiet a b
`;
    const [process] = parseProcesses(linux);
    assert.deepEqual(
      [process?.pid, process?.parent, process?.user, process?.cpu, process?.args],
      [2390, 2201, "nixbld1", 1.78, "cc1plus -quiet a b"],
    );
  });

  it("leaves out rows that do not fit, and everything without a header", () => {
    const [process, ...others] = parseProcesses(
      `${macOS.split("\n", 2).join("\n")}\nsecond line of an argument\n  12 cut\n`,
    );
    assert.equal(process?.pid, 1);
    assert.deepEqual(others, []);
    assert.deepEqual(parseProcesses(macOS.slice(macOS.indexOf("\n") + 1)), []);
  });

  it("ends at five thousand", () => {
    const rows = Array.from({ length: 6000 }, (_, n) => `${n + 1} 1 ada 0.0 1 00:01 sleep`);
    assert.equal(parseProcesses(`PID PPID USER %CPU RSS ELAPSED ARGS\n${rows.join("\n")}`).length, 5000);
  });

  it("cannot draw on the screen", () => {
    const [process] = parseProcesses(
      "PID PPID USER %CPU RSS ELAPSED ARGS\n1 0 a 0 1 00:01 x\u001b[2Jy\u202ez\n",
    );
    assert.equal(process?.args, "xyz");
  });

  it("is read without a fall, whatever stands there", () => {
    survives(macOS, parseProcesses);
  });
});

describe("an age", () => {
  it("is days, hours, minutes, seconds, as many as there are", () => {
    assert.deepEqual(
      ["00:07", "12:05:03", "03-02:00:18", "100-00:00:00"].map(parseElapsed),
      [7, 43_503, 266_418, 8_640_000],
    );
  });

  it("is not known otherwise", () => {
    assert.deepEqual(["", "7", "1:2:3:4", "-1:00", "ab:cd"].map(parseElapsed), [
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe("the name of a program", () => {
  const names: readonly (readonly [string, string])[] = [
    ["/nix/store/4q2b7c-nix-2.34.3/bin/nix-daemon --daemon", "nix-daemon"],
    ["nix-daemon 6774", "nix-daemon"],
    ["-zsh", "zsh"],
    ["sshd: ada [priv]", "sshd"],
    ["(ninja)", "ninja"],
    ["[kworker/0:1-events]", "kworker/0:1-events"],
    ["/System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal", "Terminal"],
    ["/Applications/Some Code.app/Contents/MacOS/Electron --type=x /a b", "Electron"],
    [
      "/Applications/My App.app/Contents/Frameworks/My App Helper.app/Contents/MacOS/My App Helper --gpu",
      "My App Helper",
    ],
    [
      "/System/Library/Frameworks/Virtualization.framework/Versions/A/XPCServices/com.apple.Virtualization.VirtualMachine.xpc/Contents/MacOS/com.apple.Virtualization.VirtualMachine",
      "com.apple.Virtualization.VirtualMachine",
    ],
    ["/bin/sh -c /Applications/X.app/Contents/MacOS/X", "sh"],
    ["/Library/Application Support/Vendor/helper --run", "helper"],
    ["", ""],
  ];
  for (const [args, name] of names)
    it(`of ${args.length > 60 ? `${args.slice(0, 60)}…` : args || "nothing"} is ${name || "nothing"}`, () =>
      assert.equal(programName(args), name));

  it("is found in any command line", () => {
    fc.assert(fc.property(fc.string(), (args) => typeof programName(args) === "string"));
  });
});
