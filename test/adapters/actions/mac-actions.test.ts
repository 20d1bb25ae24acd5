/** Builders and daemons of a stand-in Mac, restarted over a real ssh with a real sudo. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type PlanOptions, planAction } from "../../../src/adapters/actions/plan-action.ts";
import { openLog } from "../../../src/adapters/actions/read-log.ts";
import { runAction } from "../../../src/adapters/actions/run-action.ts";
import { hostFor } from "../../../src/adapters/hosts/choose-host.ts";
import { MachineWatch } from "../../../src/adapters/machine/machine-watch.ts";
import type { ActionResult, ActionTarget, ActionVerb } from "../../../src/model/actions/types.ts";
import { type Mac, type MacCase, macSkipReason, startMac } from "../../support/mac.ts";

const skip = macSkipReason();
const nopasswd = { sudo: "nopasswd" };
const label = "org.nixos.linux-builder";

/** A Mac that was looked at once, as the dashboard has it. */
async function watched(context: TestContext, state: MacCase): Promise<{ mac: Mac; watch: MachineWatch }> {
  const mac = await startMac(state);
  context.after(() => mac.down());
  const host = await hostFor(mac.alias, {
    configFile: join(mac.home, ".ssh/config"),
    ownKnownHosts: join(mac.home, "known_hosts"),
  });
  const watch = new MachineWatch(host, { intervalMs: 1_000 });
  context.after(() => watch.stop());
  const { connection } = await watch.look();
  assert.equal(connection.state, "connected", JSON.stringify(connection));
  mac.forgetCalls();
  return { mac, watch };
}

function builder(watch: MachineWatch, name: string): ActionTarget {
  const found = watch.status().builders.find((each) => each.name === name);
  assert.ok(found, `no ${name} among ${watch.status().builders.map((each) => each.name)}`);
  return { kind: "builder", key: found.key };
}

async function act(
  watch: MachineWatch,
  verb: ActionVerb,
  target: ActionTarget,
  options: PlanOptions = {},
): Promise<{ steps: string[]; result: ActionResult }> {
  const steps: string[] = [];
  const plan = await planAction(verb, watch, target, options);
  const signal = AbortSignal.timeout(150_000);
  const progress = (line: string) => void steps.push(line);
  return { steps, result: await runAction(plan, watch, { progress, signal, askPassword: null }) };
}

async function pidOf(mac: Mac, job: string): Promise<string | undefined> {
  const { stdout } = await mac.ssh(`launchctl print system/${job}`);
  return /^\tpid = (\d+)$/m.exec(stdout)?.[1];
}

/** What changed something, as root. */
function changes(mac: Mac): string[] {
  const verbs =
    /^launchctl (?:kickstart|bootstrap|bootout|enable|disable|load|unload) |^docker (?:start|stop|restart) /;
  return mac
    .calls()
    .flatMap(({ command }) =>
      verbs.test(command.replace(/^\S*\//, "")) ? [command.replace(/^\S*\//, "")] : [],
    );
}

function failed(result: ActionResult): string {
  assert.equal(result.ok, false, JSON.stringify(result));
  return result.ok ? "" : result.lines.join("\n");
}

function succeeded(result: ActionResult): string {
  assert.ok(result.ok, JSON.stringify(result));
  return result.line;
}

describe("a builder under launchd", { skip, concurrency: false }, () => {
  it("is restarted: a new process, and Nix reaches it as root does", async (context) => {
    const { mac, watch } = await watched(context, { extends: "healthy-linux-builder", host: nopasswd });
    const before = await pidOf(mac, label);
    const { steps, result } = await act(watch, "restart", builder(watch, "linux-builder"));
    const after = await pidOf(mac, label);
    assert.match(
      succeeded(result),
      new RegExp(`linux-builder on mac was restarted \\(pid ${after}\\): Nix reaches it`),
    );
    assert.notEqual(after, before);
    assert.deepEqual(changes(mac), [`launchctl kickstart -k system/${label}`]);
    assert.match(steps.join("\n"), /kickstart -k.*…\nnew pid \d+…\nit is healthy…\nNix reaches it…$/s);
  });

  it("that launchd does not know is loaded from its plist", async (context) => {
    const { mac, watch } = await watched(context, { extends: "linux-builder-stopped", host: nopasswd });
    const { result } = await act(watch, "start", builder(watch, "linux-builder"));
    assert.match(succeeded(result), /was started \(pid \d+\): Nix reaches it/);
    assert.deepEqual(changes(mac), [`launchctl bootstrap system /Library/LaunchDaemons/${label}.plist`]);
  });

  it("that was switched off is switched on before it is loaded", async (context) => {
    const { mac, watch } = await watched(context, { extends: "linux-builder-disabled", host: nopasswd });
    const { result } = await act(watch, "restart", builder(watch, "linux-builder"));
    assert.match(succeeded(result), /was restarted \(pid \d+\)/);
    assert.deepEqual(changes(mac), [
      `launchctl enable system/${label}`,
      `launchctl bootstrap system /Library/LaunchDaemons/${label}.plist`,
    ]);
  });

  it("is stopped and started again at once, though launchd still lets go of the run before", async (context) => {
    const state = {
      extends: "healthy-linux-builder",
      host: nopasswd,
      launchd: { [label]: { drainSeconds: 3 } },
    };
    const { mac, watch } = await watched(context, state);
    const target = builder(watch, "linux-builder");
    const stopped = await act(watch, "stop", target);
    assert.match(succeeded(stopped.result), /^linux-builder on mac is stopped$/);
    assert.equal(await pidOf(mac, label), undefined);
    const started = await act(watch, "start", target);
    assert.match(succeeded(started.result), /was started \(pid \d+\)/);
    const loads = changes(mac).filter((command) => command.startsWith("launchctl bootstrap"));
    assert.ok(loads.length > 1, "error 5 was met and tried again");
  });

  it("that ends at once is told with its exit code explained and the end of its log", async (context) => {
    const { watch } = await watched(context, {
      extends: "linux-builder-crash-looping-with-log",
      host: nopasswd,
    });
    const text = failed((await act(watch, "restart", builder(watch, "linux-builder"))).result);
    assert.match(text, /^linux-builder on mac was started and ended again\n/);
    assert.match(text, /exit code 134: .*gave up by itself/);
    assert.match(text, /the end of \/var\/log\/linux-builder\.log:\n.*max-arm-cpu\.sme/s);
  });

  it("that launchd cannot start is told with what 78 means", async (context) => {
    const { watch } = await watched(context, { extends: "linux-builder-cannot-start", host: nopasswd });
    const text = failed((await act(watch, "restart", builder(watch, "linux-builder"))).result);
    assert.match(text, /exit code 78: EX_CONFIG: launchd could not start it/);
  });

  it("is left alone without sudo, and the rule that would allow it is told", async (context) => {
    const { mac, watch } = await watched(context, {
      extends: "healthy-linux-builder",
      host: { sudo: "password" },
    });
    const text = failed((await act(watch, "restart", builder(watch, "linux-builder"))).result);
    assert.match(text, /sudo on mac asks for a password/);
    assert.match(
      text,
      /ada ALL=\(root\) NOPASSWD: \/bin\/launchctl kickstart -k system\/org\.nixos\.linux-builder$/,
    );
    assert.deepEqual(changes(mac), []);
  });

  it("is restarted where exactly that rule stands in sudoers, and not asked as root then", async (context) => {
    const rule = `ada ALL=(root) NOPASSWD: /bin/launchctl kickstart -k system/${label}\n`;
    const { mac, watch } = await watched(context, {
      extends: "healthy-linux-builder",
      host: { sudo: "password" },
    });
    await mac.execAsRoot(
      ["/bin/sh", "-c", "cat >/etc/sudoers.d/zz-buildtop; chmod 440 /etc/sudoers.d/zz-buildtop"],
      rule,
    );
    const { result } = await act(watch, "restart", builder(watch, "linux-builder"));
    assert.match(
      succeeded(result),
      /\(pid \d+\): it is healthy \(not asked as root, which takes a password there\)/,
    );
  });

  it("of somebody whom sudo does not know is left alone", async (context) => {
    const { mac, watch } = await watched(context, {
      extends: "healthy-linux-builder",
      host: { sudo: "none" },
    });
    const text = failed((await act(watch, "restart", builder(watch, "linux-builder"))).result);
    assert.match(text, /sudo on mac/);
    assert.deepEqual(changes(mac), []);
  });

  it("is asked through Nix, which says its version and whether it trusts us", async (context) => {
    const { watch } = await watched(context, { extends: "healthy-linux-builder", host: nopasswd });
    const { result } = await act(watch, "test", builder(watch, "linux-builder"));
    assert.match(
      succeeded(result),
      /^linux-builder on mac answers: Nix 2\.34\.3, trusts us, after \d+\.\d s$/,
    );
  });

  it("names the builds that would die with it", async (context) => {
    const build = (pid: number, name: string) => ({
      ...{ pid, ppid: 1, user: "nixbld1", cpu: 90, rssKB: 9_000, elapsedSeconds: 40, comm: "cc1" },
      args: `cc1 -o /build/nix-build-${name}.drv-0/a.o`,
    });
    const processes = [build(2200, "gcc-14.2.0"), build(2201, "openssl-3.4.0")];
    const { watch } = await watched(context, {
      extends: "linux-builder-building",
      host: nopasswd,
      guests: { "linux-builder": { processes } },
    });
    const plan = await planAction("restart", watch, builder(watch, "linux-builder"));
    assert.match(plan.consequences[0] ?? "", /^2 builds run on it and would die: /);
    assert.match(plan.consequences[0] ?? "", /gcc-14\.2\.0/);
    assert.match(plan.consequences[0] ?? "", /openssl-3\.4\.0/);
  });

  it("that sleeps is woken by a restart, which is said before", async (context) => {
    const { watch } = await watched(context, { extends: "virby-asleep", host: nopasswd });
    const target = builder(watch, "virby-vm");
    const plan = await planAction("restart", watch, target);
    assert.ok(plan.consequences.includes("its VM sleeps: this wakes it"), plan.consequences.join("\n"));
    assert.match(succeeded((await act(watch, "restart", target)).result), /was restarted \(pid \d+\)/);
  });
});

describe("the Nix daemon of a Mac", { skip, concurrency: false }, () => {
  it("is restarted, and answers", async (context) => {
    const { mac, watch } = await watched(context, { extends: "determinate-native-idle", host: nopasswd });
    const before = await pidOf(mac, "systems.determinate.nix-daemon");
    const { result } = await act(watch, "restart", { kind: "daemon" });
    assert.match(succeeded(result), /^the Nix daemon on mac was restarted \(pid \d+\): it answers \(Nix /);
    assert.notEqual(await pidOf(mac, "systems.determinate.nix-daemon"), before);
  });

  it("is what Determinate's native builder is restarted with", async (context) => {
    const { mac, watch } = await watched(context, { extends: "determinate-native-idle", host: nopasswd });
    const plan = await planAction("restart", watch, builder(watch, "native"));
    assert.ok(plan.consequences.includes("Nix commands that run now lose their daemon"));
    const { result } = await act(watch, "restart", builder(watch, "native"));
    assert.match(succeeded(result), /^native on mac was restarted \(pid \d+\): it is idle/);
    assert.deepEqual(changes(mac), ["launchctl kickstart -k system/systems.determinate.nix-daemon"]);
  });
});

describe("the log of a builder on a Mac", { skip, concurrency: false }, () => {
  async function read(watch: MachineWatch, name: string): Promise<string> {
    const found = watch.status().builders.find((each) => each.name === name);
    assert.ok(found);
    const signal = AbortSignal.timeout(30_000);
    const channel = await openLog(watch, found, { lines: 2, signal });
    channel.stdin.end();
    channel.stderr.resume();
    let text = "";
    for await (const bytes of channel.stdout) text += String(bytes);
    return text;
  }

  it("is read as root where it is root's alone", async (context) => {
    const path = "/var/log/linux-builder.log";
    const { watch } = await watched(context, {
      extends: "linux-builder-crash-looping-with-log",
      host: nopasswd,
      files: { [path]: { content: "one\ntwo\nthree\n", mode: "0600", owner: "root" } },
    });
    assert.equal(await read(watch, "linux-builder"), "two\nthree\n");
  });

  it("comes from the unified log where that keeps it", async (context) => {
    const { mac, watch } = await watched(context, { extends: "linux-builder-vz", host: nopasswd });
    await read(watch, "linux-builder");
    assert.match(
      mac
        .calls()
        .map(({ command }) => command)
        .join("\n"),
      /log show .*systems\.applicative\.vzvm/,
    );
  });
});
