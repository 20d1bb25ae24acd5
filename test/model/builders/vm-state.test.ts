/** The state of a builder VM, from what launchd, ssh and the processes say: strongest evidence first. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GuestLook } from "../../../src/model/builders/guest.ts";
import { type VmEvidence, vmState } from "../../../src/model/builders/vm-state.ts";
import type { HostTroubleKind } from "../../../src/model/hosts/types.ts";
import type { LaunchdJob } from "../../../src/model/machine/launchd.ts";

const job: LaunchdJob = {
  path: "/Library/LaunchDaemons/org.nixos.linux-builder.plist",
  type: "LaunchDaemon",
  state: "running",
  jobState: "running",
  program: "/bin/sh",
  arguments: [],
  workingDirectory: "/var/lib/linux-builder",
  stdoutPath: null,
  stderrPath: null,
  runs: 1,
  pid: 530,
  lastExitCode: null,
  lastExitText: "(never exited)",
  neverExited: true,
  lastSignal: null,
  lastExitReason: null,
  sockets: [],
  keepAlive: true,
};
const well: VmEvidence = {
  job,
  vz: false,
  disabled: false,
  disallowed: null,
  plist: true,
  runningSeconds: 3600,
  vmRuns: true,
  port: 31022,
  forwardedPort: null,
  lineProblem: null,
  listening: true,
  look: undefined,
  key: undefined,
  publicKeys: { machine: null, builder: null },
  jobsUsed: 0,
  onDemand: false,
};
const down: LaunchdJob = { ...job, state: "not running", jobState: "exited", pid: null };

const trouble = (kind: HostTroubleKind, asRoot = true, message = `${kind} it is`): GuestLook => ({
  kind: "trouble",
  trouble: { kind, message, details: [], retry: true },
  asRoot,
  times: 1,
});
const stateOf = (more: Partial<VmEvidence>) => vmState({ ...well, ...more }).state;

describe("what launchd says of its job", () => {
  it("is stopped when launchd does not know it, with or without its plist, and says which", () => {
    const there = vmState({ ...well, job: null, plist: true });
    const gone = vmState({ ...well, job: null, plist: false });
    assert.deepEqual([there.state, gone.state], ["stopped", "stopped"]);
    assert.notEqual(there.why, gone.why);
  });

  it("is disabled when launchd was told so", () => {
    assert.equal(stateOf({ job: null, disabled: true }), "disabled");
    assert.equal(stateOf({ job: null, disallowed: true }), "disabled");
  });

  it("is stopped when it ended well and is not started again", () => {
    assert.equal(stateOf({ job: { ...down, lastExitCode: 0, neverExited: false } }), "stopped");
  });

  it("loops when launchd is about to start it once more, and tells how it ended", () => {
    const looping = { ...down, state: "spawn scheduled", runs: 41, lastSignal: "Abort trap: 6" };
    const { state, why } = vmState({ ...well, job: looping });
    assert.equal(state, "crash-looping");
    assert.match(why, /41 times/);
    assert.match(why, /[Aa]bort/);
    assert.match(vmState({ ...well, job: { ...looping, runs: 1 } }).why, /^started 1 time;/);
    assert.match(vmState({ ...well, job: { ...looping, runs: null } }).why, /^started several times;/);
  });

  it("loops when it runs only since a moment and has failed again and again before", () => {
    const again = { ...job, runs: 12, lastExitCode: 1, neverExited: false };
    assert.equal(stateOf({ job: again, runningSeconds: 4 }), "crash-looping");
    assert.notEqual(stateOf({ job: again, runningSeconds: 600, look: trouble("timeout") }), "crash-looping");
  });

  it("does not take somebody's restart for a crash", () => {
    const restarted = { ...job, runs: 5, lastSignal: "Terminated: 15", neverExited: false };
    assert.equal(stateOf({ job: restarted, runningSeconds: 4, look: trouble("timeout") }), "booting");
    const killed = { ...restarted, lastSignal: "Killed: 9" };
    assert.equal(stateOf({ job: killed, runningSeconds: 4, look: trouble("timeout") }), "booting");
  });
});

describe("a VM that runs", () => {
  it("is healthy when it lets us in, building when builds run on it", () => {
    const look: GuestLook = {
      kind: "answers",
      gauges: {
        cpu: null,
        cores: null,
        load: null,
        memory: null,
        disks: [],
        stall: null,
        outOfMemoryKills: null,
        uptimeSeconds: null,
        clockSkewSeconds: null,
      },
      processes: [],
      version: null,
      answerMs: 12,
      asRoot: true,
    };
    assert.equal(stateOf({ look }), "healthy");
    assert.equal(stateOf({ look, jobsUsed: 2 }), "building");
  });

  it("is healthy when its sshd refuses us and we are not the daemon", () => {
    assert.equal(stateOf({ look: trouble("login", false) }), "healthy");
  });

  it("is unreachable when it refuses the daemon's own key", () => {
    assert.equal(stateOf({ look: trouble("login", true) }), "unreachable");
  });

  for (const kind of ["timeout", "not-ssh", "lost"] as const)
    it(`boots while it is young and ${kind} is all there is, and is wedged later`, () => {
      assert.equal(stateOf({ look: trouble(kind), runningSeconds: 12 }), "booting");
      assert.equal(stateOf({ look: trouble(kind), runningSeconds: 1200 }), "wedged");
    });

  it("is unreachable when its name leads nowhere or it shows another host key", () => {
    for (const kind of ["name", "host-key-changed", "host-key-unknown"] as const)
      assert.equal(stateOf({ look: trouble(kind) }), "unreachable");
  });

  it("is unknown, and not healthy, as long as nobody has looked inside: a listening port proves nothing", () => {
    assert.equal(stateOf({ look: { kind: "trying" }, listening: true }), "unknown");
  });
});

describe("the way to it", () => {
  it("that leads to another port than its own makes it unreachable, and both are named", () => {
    const { state, why } = vmState({ ...well, port: 22, forwardedPort: 31022, look: trouble("refused") });
    assert.equal(state, "unreachable");
    assert.match(why, /\b22\b.*\b31022\b/);
  });

  it("that Nix cannot understand makes it unreachable, whatever its VM does", () => {
    const lineProblem = "ssh://ssh://builder@localhost: the host name carries a scheme of its own";
    assert.deepEqual(vmState({ ...well, lineProblem }), { state: "unreachable", why: lineProblem });
  });
});

describe("the daemon's key", () => {
  const key = (mode: number, owner = "root") => ({
    path: "/etc/nix/builder_ed25519",
    file: {
      mode,
      owner,
      type: "file" as const,
      group: "nixbld",
      sizeBytes: 399,
      allocatedBytes: 4096,
      modifiedAt: 0,
    },
  });

  it("that is missing makes the builder unreachable, whatever its sshd says to others", () => {
    const missing = { path: "/etc/nix/builder_ed25519", file: null };
    assert.equal(stateOf({ key: missing, look: trouble("login", false) }), "unreachable");
  });

  it("that others may read is ignored by ssh", () => {
    assert.equal(stateOf({ key: key(0o644), look: trouble("login", false) }), "unreachable");
    assert.equal(stateOf({ key: key(0o600), look: trouble("login", false) }), "healthy");
  });

  it("that another builder has replaced is told from the public halves, comments aside", () => {
    const look = trouble("login", false);
    const publicKeys = (machine: string, builder: string) => ({ publicKeys: { machine, builder }, look });
    assert.equal(stateOf(publicKeys("ssh-ed25519 AAAAone a@b\n", "ssh-ed25519 AAAAone")), "healthy");
    assert.equal(stateOf(publicKeys("ssh-ed25519 AAAAone", "ssh-ed25519 AAAAtwo")), "unreachable");
  });
});

describe("a VM that starts when somebody connects", () => {
  const socket = { name: "Listener", address: "127.0.0.1", port: 31122, path: null, error: null };
  const asleep = { ...down, keepAlive: false, sockets: [socket] };

  it("is idle while it sleeps", () => {
    assert.equal(stateOf({ job: asleep, onDemand: true, vmRuns: false, runningSeconds: null }), "idle");
  });

  it("is stopped when launchd cannot listen for it", () => {
    const taken = { ...asleep, sockets: [{ ...socket, error: "48" }] };
    assert.equal(stateOf({ job: taken, onDemand: true, vmRuns: false }), "stopped");
  });

  it("is healthy when it is awake, though nobody knocks", () => {
    const awake = { ...job, keepAlive: false, sockets: [socket] };
    assert.equal(stateOf({ job: awake, onDemand: true, listening: true }), "healthy");
  });
});

describe("a VM started by hand", () => {
  it("is stopped when its process is gone", () => {
    assert.equal(stateOf({ job: undefined, vmRuns: false, runningSeconds: null }), "stopped");
  });
});
