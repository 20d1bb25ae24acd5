/** Containers and systemd, by a machine that answers as docker and systemctl would. */
import assert from "node:assert/strict";
import { PassThrough, Readable, Writable } from "node:stream";
import { describe, it } from "node:test";
import { type ActionWatch, planAction } from "../../../src/adapters/actions/plan-action.ts";
import { runAction } from "../../../src/adapters/actions/run-action.ts";
import type { Channel, Host } from "../../../src/adapters/hosts/host.ts";
import {
  ActionRefused,
  type ActionResult,
  type ActionTarget,
  type ActionVerb,
} from "../../../src/model/actions/types.ts";
import { type Builder, type BuilderControl, unknownSize } from "../../../src/model/builders/types.ts";
import type { MachineStatus } from "../../../src/model/machine/status.ts";

type Reply = { code?: number; stdout?: string; stderr?: string };

/** Answers each command line by the first pattern that fits, and keeps them all. */
class ScriptedHost implements Host {
  readonly name = "box";
  readonly address = null;
  readonly transport = "openssh";
  readonly transportReason = null;
  readonly commands: string[] = [];
  readonly #reply: (line: string) => Reply;

  constructor(reply: (line: string) => Reply) {
    this.#reply = reply;
  }

  async open(command: readonly string[]): Promise<Channel> {
    const line = command.join(" ");
    this.commands.push(line);
    const { code = 0, stdout = "", stderr = "" } = this.#reply(line);
    const out = Readable.from(stdout === "" ? [] : [Buffer.from(stdout)]).pipe(new PassThrough());
    const err = Readable.from(stderr === "" ? [] : [Buffer.from(stderr)]).pipe(new PassThrough());
    const ended = Promise.all(
      [out, err].map((stream) => new Promise((resolve) => stream.once("end", resolve))),
    );
    return {
      stdin: new Writable({ write: (_chunk, _encoding, done) => done() }),
      stdout: out,
      stderr: err,
      exited: ended.then(() => ({ code, signal: null })),
      kill: () => {},
    };
  }

  async close(): Promise<void> {}
}

function watchOf(
  host: Host,
  control: BuilderControl,
  service: { kind: "systemd"; name: string } | null,
): ActionWatch {
  const builder: Builder = {
    ...{
      key: "b",
      kind: "container",
      name: "nix-box",
      state: "healthy",
      why: "",
      uri: "ssh-ng://root@nix-box",
    },
    ...{
      systems: [],
      features: [],
      jobs: { used: 1, max: 4 },
      lastUsedAt: null,
      uptimeSeconds: null,
      version: null,
    },
    ...{ size: unknownSize, gauges: null, limitedBy: null, answerMs: null, settings: [], guest: null },
    log: { kind: "none", why: "" },
    control,
  };
  const status: MachineStatus = {
    ...{
      name: "box",
      address: null,
      transport: "openssh",
      transportReason: null,
      connection: { state: "connected" },
    },
    ...{ platform: "linux", os: null, model: null, gauges: null, history: null },
    nix: { flavour: "nix", version: "2.34.0", name: "Nix 2.34.0", daemon: "running", service },
    ...{ builders: [builder], builderHistory: new Map(), buildProcesses: [], builderProcesses: new Map() },
    ...{ machineProblems: [], diagnoses: [], notLooked: [] },
    ...{ canSudo: true, at: Number.POSITIVE_INFINITY, version: 1 },
  };
  return { host, status: () => status, facts: null, start: () => {}, lookSoon: () => {} };
}

async function act(watch: ActionWatch, verb: ActionVerb, target: ActionTarget): Promise<ActionResult> {
  const plan = await planAction(verb, watch, target);
  return runAction(plan, watch, {
    progress: () => {},
    signal: AbortSignal.timeout(20_000),
    askPassword: null,
  });
}

const container: BuilderControl = { kind: "container", name: "nix-box" };
const theBuilder: ActionTarget = { kind: "builder", key: "b" };

/** A docker that starts its container anew at each restart, or fails to. */
function docker(after: object): (line: string) => Reply {
  let state: object = { Running: true, Status: "running", StartedAt: "2026-03-01T10:00:00Z", ExitCode: 0 };
  return (line) => {
    if (line.startsWith("docker restart")) {
      state = after;
      return {};
    }
    if (line.startsWith("docker inspect")) return { stdout: JSON.stringify(state) };
    if (line.includes("command -v nix")) return { stdout: "/usr/bin/nix\n" };
    if (line.includes("store info")) return { stdout: '{"url":"x","version":"2.31.0","trusted":1}' };
    return { code: 1, stderr: `what is ${line}?` };
  };
}

describe("a container", () => {
  it("is restarted without sudo, and has come back when Nix reaches it in a run of its own", async () => {
    const host = new ScriptedHost(
      docker({ Running: true, Status: "running", StartedAt: "2026-03-02T10:00:00Z" }),
    );
    const result = await act(watchOf(host, container, null), "restart", theBuilder);
    assert.ok(result.ok, JSON.stringify(result));
    assert.match(result.line, /^nix-box on box was restarted: Nix reaches it \(Nix 2\.31\.0, trusts us\)/);
    assert.ok(host.commands.includes("docker restart nix-box"));
    assert.ok(!host.commands.some((line) => line.includes("sudo")));
  });

  it("that ends at once is told with its exit code", async () => {
    const host = new ScriptedHost(docker({ Running: false, Status: "exited", ExitCode: 3 }));
    const result = await act(watchOf(host, container, null), "restart", theBuilder);
    assert.ok(!result.ok);
    assert.deepEqual(result.lines, [
      "nix-box on box was started and ended again",
      "the last run ended with exit code 3",
    ]);
  });

  it("is left alone where docker does not have it", async () => {
    const host = new ScriptedHost(() => ({ code: 1, stderr: "Error: No such container: nix-box\n" }));
    await assert.rejects(act(watchOf(host, container, null), "restart", theBuilder), (error) => {
      assert.ok(error instanceof ActionRefused);
      assert.match(error.message, /docker has no container nix-box/);
      return true;
    });
  });
});

describe("what cannot be done", () => {
  it("is refused with the reason that its builder gives", async () => {
    const host = new ScriptedHost(() => ({}));
    const watch = watchOf(host, { kind: "none", why: "it was started by hand" }, null);
    await assert.rejects(act(watch, "restart", theBuilder), /it was started by hand/);
    await assert.rejects(act(watch, "restart", { kind: "daemon" }), /nobody starts a Nix daemon/);
    await assert.rejects(act(watch, "restart", { kind: "builder", key: "gone" }), /not there any more/);
    assert.deepEqual(host.commands, []);
  });
});

describe("a daemon under systemd", () => {
  const shown = (pid: number, state = "active", result = "success") =>
    `Id=nix-daemon.service\nLoadState=loaded\nActiveState=${state}\nSubState=running\nMainPID=${pid}\nResult=${result}\nExecMainStatus=1\nExecMainCode=1\n`;
  function systemd(after: string): ScriptedHost {
    let unit = shown(100);
    return new ScriptedHost((line) => {
      if (line === "sudo -n true") return {};
      if (line === "sudo -n -- systemctl restart -- nix-daemon.service") {
        unit = after;
        return {};
      }
      if (line.startsWith("systemctl show")) return { stdout: unit };
      if (line.includes("command -v nix")) return { stdout: "/usr/bin/nix\n" };
      if (line.includes("--store daemon"))
        return { stdout: '{"url":"daemon","version":"2.34.0","trusted":1}' };
      if (line.includes("journalctl")) return { stdout: "error: unknown setting\u001b[2J 'foo'\n" };
      return { code: 1, stderr: `what is ${line}?` };
    });
  }
  const service = { kind: "systemd", name: "nix-daemon.service" } as const;

  it("is restarted as root, and answers", async () => {
    const result = await act(watchOf(systemd(shown(200)), container, service), "restart", { kind: "daemon" });
    assert.ok(result.ok, JSON.stringify(result));
    assert.match(
      result.line,
      /^the Nix daemon on box was restarted \(pid 200\): it answers \(Nix 2\.34\.0\)/,
    );
  });

  it("that fails is told with systemd's reason and the end of its journal, cleaned", async () => {
    const host = systemd(shown(0, "failed", "exit-code"));
    const result = await act(watchOf(host, container, service), "restart", { kind: "daemon" });
    assert.ok(!result.ok);
    assert.match(result.lines.join("\n"), /the last run ended badly \(exit-code, exit code 1\)/);
    assert.match(
      result.lines.join("\n"),
      /the journal of nix-daemon\.service:\n {2}error: unknown setting 'foo'$/,
    );
  });
});
