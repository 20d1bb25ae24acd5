/** What launchd says of jobs. A builder that is called running when it is not, or the other way, is the worst here. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  explainLaunchdExit,
  type LaunchdJob,
  parseDisabledServices,
  parseLaunchdServices,
} from "../../../src/model/machine/launchd.ts";
import { survives } from "./survives.ts";

const label = "org.example.builder";

/** A print in the shape of macOS 13 to 26; `rows` stand at depth 1 behind the run counters. */
function print({
  state = "running",
  script = "/bin/wait4path /nix/store && exec /nix/store/start",
  rows = ["\truns = 1", "\tpid = 530", "\tlast exit code = (never exited)"],
  blocks = "",
  properties = "keepalive | runatload | inferred program",
} = {}): string {
  return `system/${label} = {
	active count = 1
	path = /Library/LaunchDaemons/${label}.plist
	type = LaunchDaemon
	state = ${state}

	program = /bin/sh
	arguments = {
		/bin/sh
		-c
		${script}
	}

	working directory = /var/lib/builder

	stdout path = /var/log/builder.log
	stderr path = /var/log/builder.err
	default environment = {
		PATH => /usr/bin:/bin:/usr/sbin:/sbin
	}

	domain = system
	minimum runtime = 10
${rows.join("\n")}

${blocks}	resource coalition = {
		ID = 1131
		state = active
		active count = 1
		pid = 1
		runs = 77
	}

	job state = ${state}
	properties = ${properties}
}
= ${label} 0
`;
}

function jobOf(text: string): LaunchdJob {
  const job = parseLaunchdServices(text).get(label);
  assert.ok(job);
  return job;
}

describe("a job that launchd knows", () => {
  it("is read whole", () => {
    assert.deepEqual(jobOf(print()), {
      path: `/Library/LaunchDaemons/${label}.plist`,
      type: "LaunchDaemon",
      state: "running",
      jobState: "running",
      program: "/bin/sh",
      arguments: ["/bin/sh", "-c", "/bin/wait4path /nix/store && exec /nix/store/start"],
      workingDirectory: "/var/lib/builder",
      stdoutPath: "/var/log/builder.log",
      stderrPath: "/var/log/builder.err",
      runs: 1,
      pid: 530,
      lastExitCode: null,
      lastExitText: null,
      neverExited: true,
      lastSignal: null,
      lastExitReason: null,
      sockets: [],
      keepAlive: true,
    });
  });

  it("has no pid when only the blocks inside name one", () => {
    const job = jobOf(print({ state: "not running", rows: ["\truns = 3", "\tlast exit code = 0"] }));
    assert.equal(job.pid, null);
    assert.equal(job.runs, 3);
    assert.equal(job.lastExitCode, 0);
    assert.equal(job.neverExited, false);
  });

  it("is not changed by what its own script says about brackets, pids and states", () => {
    const script = `if true
}
pid = 99
	state = running
	pid = 98
	}
	pid = 97

= some.other.job 0
	last exit code = 1
echo done`;
    const job = jobOf(print({ state: "not running", script, rows: ["\truns = 2", "\tlast exit code = 70"] }));
    assert.equal(job.state, "not running");
    assert.equal(job.pid, null);
    assert.equal(job.lastExitCode, 70);
    assert.equal(job.arguments.length, 3);
    assert.match(job.arguments[2] ?? "", /^if true \} pid = 99 .* echo done$/);
    assert.equal(job.workingDirectory, "/var/lib/builder");
  });

  it("tells the name of an exit code and the signal that ended it", () => {
    const failed = jobOf(print({ rows: ["\tlast exit code = 78: EX_CONFIG"] }));
    assert.deepEqual([failed.lastExitCode, failed.lastExitText], [78, "78: EX_CONFIG"]);
    const crashed = jobOf(print({ rows: ["\tlast terminating signal = Abort trap: 6"] }));
    assert.deepEqual([crashed.lastExitCode, crashed.lastSignal], [null, "Abort trap: 6"]);
  });

  it("is not kept alive if its properties do not say so", () => {
    assert.equal(jobOf(print({ properties: "inferred program" })).keepAlive, false);
  });

  it("shows the sockets launchd holds for it, and the one that could not be opened", () => {
    const blocks = `	sockets = {
		"Listener" = {
			type = stream
			sockname = 127.0.0.1:31122
			active = 1
			error = 48
		}
		"daemon.socket" = {
			type = stream
			path = /var/run/daemon.socket
			error = 0
		}
		"Listeners" = {
			type = stream
			node name = localhost
			service name = 2222

			sockets = {
				7 (no bytes to read)
			}

			active = 0
		}
	}

`;
    assert.deepEqual(jobOf(print({ blocks })).sockets, [
      { name: "Listener", address: "127.0.0.1", port: 31122, path: null, error: "48" },
      { name: "daemon.socket", address: null, port: null, path: "/var/run/daemon.socket", error: null },
      { name: "Listeners", address: "localhost", port: 2222, path: null, error: null },
    ]);
  });
});

describe("several jobs", () => {
  const unknown = `Bad request.
Could not find service "org.example.gone" in domain for system
= org.example.gone 113
`;

  it("are told apart, one that is not loaded is null", () => {
    const services = parseLaunchdServices(unknown + print() + unknown.replaceAll("gone", "also-gone"));
    assert.deepEqual([...services.keys()], ["org.example.gone", label, "org.example.also-gone"]);
    assert.equal(services.get("org.example.gone"), null);
    assert.equal(services.get("org.example.also-gone"), null);
    assert.equal(services.get(label)?.pid, 530);
  });

  it("leave out the one that was cut off, rather than call it stopped", () => {
    const cut = print().slice(0, print().indexOf("\tpid = "));
    assert.equal(parseLaunchdServices(unknown + cut).has(label), false);
  });

  it("leave out all when there is no launchctl", () => {
    assert.equal(parseLaunchdServices(`sh: launchctl: command not found\n= ${label} 127\n`).size, 0);
  });
});

it("any text is read without a fall", () => {
  survives(
    print({ blocks: '\tsockets = {\n\t\t"L" = {\n\t\t\tsockname = [::1]:22\n\t\t}\n\t}\n' }),
    parseLaunchdServices,
  );
  survives('disabled services = {\n"a" => enabled\n}\n', parseDisabledServices);
});

describe("services that are switched off", () => {
  it("are known in the words of new systems and of old ones", () => {
    const services = parseDisabledServices(`	disabled services = {
		"org.example.on" => enabled
		"org.example.off" => disabled
		"org.example.was-on" => false
		"org.example.was-off" => true
	}

	login item associations = {
		"org.example.other" => disabled
	}
`);
    assert.deepEqual(Object.fromEntries(services), {
      "org.example.on": false,
      "org.example.off": true,
      "org.example.was-on": false,
      "org.example.was-off": true,
    });
  });
});

describe("why a job ended, in words", () => {
  const ended = (...rows: string[]) => jobOf(print({ state: "not running", rows }));

  it("says nothing of a job that never ended or ended well", () => {
    assert.equal(explainLaunchdExit(jobOf(print())), null);
    assert.equal(explainLaunchdExit(ended("\tlast exit code = 0")), null);
  });

  it("names the signal of a crash", () => {
    const words = explainLaunchdExit(ended("\tlast terminating signal = Abort trap: 6"));
    assert.match(words ?? "", /Abort trap: 6: it gave up by itself/);
    assert.match(explainLaunchdExit(ended("\tlast exit code = 137")) ?? "", /killed.*\(signal 9\)/);
  });

  it("knows launchd's own 78, and vzvm's", () => {
    const job = ended("\tlast exit code = 78: EX_CONFIG");
    assert.match(explainLaunchdExit(job) ?? "", /78: EX_CONFIG: launchd could not start it/);
    assert.match(explainLaunchdExit(job, { vz: true }) ?? "", /vzvm\.json/);
  });

  it("knows vzvm's codes only where vzvm runs", () => {
    const job = ended("\tlast exit code = 69: EX_UNAVAILABLE");
    assert.match(explainLaunchdExit(job, { vz: true }) ?? "", /Rosetta/);
    assert.equal(explainLaunchdExit(job), "the last run ended with exit code 69: EX_UNAVAILABLE");
  });

  it("knows what a shell means by 126 and 127", () => {
    assert.match(explainLaunchdExit(ended("\tlast exit code = 126")) ?? "", /may not run it/);
    assert.match(explainLaunchdExit(ended("\tlast exit code = 127")) ?? "", /did not find the program/);
  });

  it("says that memory was the reason when launchd knows it", () => {
    const job = ended("\tlast terminating signal = Killed: 9", "\tlast exit reason = OS_REASON_JETSAM");
    assert.match(explainLaunchdExit(job) ?? "", /want of memory/);
  });
});
