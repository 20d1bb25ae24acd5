/** Builds given away: what a person sees as "2 of 4 jobs". */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type MachineProcess, parseProcesses } from "../../../src/model/machine/processes.ts";
import { remoteBuilds } from "../../../src/model/machine/remote-builds.ts";

const listed = (...rows: string[]): MachineProcess[] =>
  parseProcesses(`PID PPID USER %CPU RSS ELAPSED ARGS\n${rows.join("\n")}\n`);

const hook = (pid: number) => `${pid} 512 root 0.1 1 05:00 /nix/store/x-nix-2.34.3/bin/nix __build-remote 0`;
const daemonSide =
  "ssh builder@linux-builder -x -i /etc/nix/builder_ed25519 -oUserKnownHostsFile=/tmp/nix-1/host-key -oPermitLocalCommand=yes -oLocalCommand=echo started -- nix-daemon --stdio";
const ssh = (pid: number, parent: number, args = daemonSide, age = "01:00") =>
  `${pid} ${parent} root 0.1 1 ${age} ${args}`;

describe("a build that was given away", () => {
  it("is the ssh of a build hook", () => {
    assert.deepEqual(remoteBuilds(listed(hook(40), ssh(41, 40))), [
      {
        target: "builder@linux-builder",
        port: null,
        protocol: "ssh-ng",
        pid: 41,
        parent: 40,
        elapsedSeconds: 60,
      },
    ]);
  });

  it("speaks the older protocol, with user and port as options, and a program by its path", () => {
    const args =
      "/usr/bin/ssh -l ada mini -p 2222 -x -oLocalCommand=echo started -- /nix/bin/nix-store --serve --write";
    const [build] = remoteBuilds(listed("40 1 root 0 1 00:01 build-remote 3", ssh(41, 40, args)));
    assert.deepEqual([build?.target, build?.port, build?.protocol], ["ada@mini", 2222, "ssh"]);
  });

  it("counts once although its hook has a second ssh to the same place", () => {
    const builds = remoteBuilds(
      listed(hook(40), ssh(41, 40), ssh(42, 40, "ssh builder@linux-builder -x -M -N", "02:00")),
    );
    assert.deepEqual(
      builds.map(({ pid }) => pid),
      [42],
    );
  });

  it("counts for each hook", () => {
    assert.equal(remoteBuilds(listed(hook(40), ssh(41, 40), hook(50), ssh(51, 50))).length, 2);
  });

  it("counts where the list was cut and its hook is not in it", () => {
    assert.equal(remoteBuilds(listed(ssh(41, 40))).length, 1);
  });
});

describe("no build", () => {
  const shell = "40 1 ada 0 1 05:00 -zsh";

  it("is a person's own ssh, whatever it runs there", () => {
    assert.deepEqual(remoteBuilds(listed(shell, ssh(41, 40))), []);
    assert.deepEqual(remoteBuilds(listed(shell, ssh(41, 40, "ssh builder@linux-builder"))), []);
    assert.deepEqual(remoteBuilds(listed(ssh(41, 40, "ssh mini nix-daemon --stdio"))), []);
    assert.deepEqual(remoteBuilds(listed(ssh(41, 40, "ssh -x mini htop"))), []);
  });

  it("is the ssh of a copy", () => {
    const copy = "40 1 ada 0 1 05:00 nix copy --to ssh-ng://mini ./result";
    assert.deepEqual(remoteBuilds(listed(copy, ssh(41, 40))), []);
  });

  it("is a hook that has not connected yet", () => assert.deepEqual(remoteBuilds(listed(hook(40))), []));
});

it("any command line is read without a fall", () => {
  const word = fc.constantFrom(
    "-x",
    "-l",
    "-p",
    "-o",
    "--",
    "a@b",
    "-oLocalCommand=echo",
    "nix-daemon",
    "--stdio",
    "-",
    "-p9",
  );
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const builds = remoteBuilds(listed(hook(40), ssh(41, 40, ["ssh", ...words].join(" "))));
      assert.ok(builds.length <= 1);
    }),
  );
});
