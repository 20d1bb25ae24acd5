/** From a typed value to a daemon that runs with it, or to the file as it was: on a stand-in Mac, over a real ssh. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { lastChange, markChange, readChanges } from "../../../src/adapters/config/change-history.ts";
import { planSave, type SaveSettings } from "../../../src/adapters/config/plan-save.ts";
import { runSave, type SaveOptions } from "../../../src/adapters/config/save.ts";
import { takeLock } from "../../../src/adapters/config/save-lock.ts";
import { hostId, savePlace } from "../../../src/adapters/config/save-place.ts";
import { tellInterrupted, writeRecord } from "../../../src/adapters/config/save-record.ts";
import { undoRequest } from "../../../src/adapters/config/undo.ts";
import { hostFor } from "../../../src/adapters/hosts/choose-host.ts";
import { MachineWatch } from "../../../src/adapters/machine/machine-watch.ts";
import { editJson } from "../../../src/model/settings/edit-json.ts";
import { editNixConf } from "../../../src/model/settings/edit-nix-conf.ts";
import type { Planned, SavePlan, SaveRequest } from "../../../src/model/settings/save-types.ts";
import { daemonConfig, daemonJob, refusesOnce } from "../../support/determinate-mac.ts";
import { type Mac, type MacCase, macSkipReason, startMac } from "../../support/mac.ts";

const skip = macSkipReason();
const custom = "/etc/nix/nix.custom.conf";
const giB = 1024 ** 3;

interface Scene {
  readonly mac: Mac;
  readonly watch: MachineWatch;
  readonly settings: SaveSettings & { readonly state: string };
  readonly steps: string[];
}

async function scene(context: TestContext, more: MacCase = {}): Promise<Scene> {
  const mac = await startMac({ extends: "determinate-native-idle", host: { sudo: "nopasswd" }, ...more });
  context.after(() => mac.down());
  const host = await hostFor(mac.alias, {
    configFile: join(mac.home, ".ssh/config"),
    ownKnownHosts: join(mac.home, "known_hosts"),
  });
  const watch = new MachineWatch(host, { intervalMs: 1_000 });
  context.after(() => watch.stop());
  await watch.look();
  mac.forgetCalls();
  const steps: string[] = [];
  const signal = AbortSignal.timeout(200_000);
  const state = mkdtempSync(join(tmpdir(), "buildtop-state-"));
  context.after(() => rmSync(state, { recursive: true }));
  return { mac, watch, steps, settings: { signal, state, progress: (line) => void steps.push(line) } };
}

const free: SaveRequest["owner"] = () => ({ managed: false, warnings: [] });

function memory(bytes: number): SaveRequest {
  return {
    path: daemonConfig,
    setting: "builder.memoryBytes",
    from: "8 GiB",
    to: `${bytes / giB} GiB`,
    edit: (text) => editJson(text, ["builder", "memoryBytes"], bytes),
    owner: free,
    restart: { kind: "daemon" },
    inForce: null,
  };
}

function nixSetting(key: string, value: string): SaveRequest {
  return {
    path: custom,
    setting: key,
    from: null,
    to: value,
    edit: (text) => editNixConf({ text, path: custom, key, value }),
    owner: free,
    restart: { kind: "daemon" },
    inForce: { key, accepts: (printed) => printed === value },
  };
}

async function planned({ watch, settings }: Scene, request: SaveRequest): Promise<SavePlan> {
  const answer = await planSave(watch, request, settings);
  assert.equal(answer.kind, "plan", JSON.stringify(answer));
  return (answer as Extract<Planned, { kind: "plan" }>).plan;
}

async function save(scene: Scene, request: SaveRequest, more: Partial<SaveOptions> = {}) {
  const options = { ...scene.settings, askPassword: null, restart: true, offerRollback: async () => true };
  return runSave(await planned(scene, request), scene.watch, { ...options, ...more });
}

const content = async ({ mac }: Scene, path = daemonConfig) => (await mac.execAsRoot(["cat", path])).stdout;

async function pidOf({ mac }: Scene): Promise<string | undefined> {
  const { stdout } = await mac.ssh(`launchctl print system/${daemonJob}`);
  return /^\tpid = (\d+)$/m.exec(stdout)?.[1];
}

describe("a setting that is saved", { skip, concurrency: false }, () => {
  it("is shown before, written, in force after a restart, and written down", async (context) => {
    const here = await scene(context);
    const [old, before] = [await content(here), await pidOf(here)];
    const plan = await planned(here, memory(16 * giB));
    assert.deepEqual(
      plan.diff.filter(({ kind }) => kind !== "same").map(({ kind, text }) => [kind, text.trim()]),
      [
        ["removed", '"memoryBytes": 8589934592,'],
        ["added", '"memoryBytes": 17179869184,'],
      ],
    );
    assert.equal(plan.title, "set builder.memoryBytes on mac");
    assert.deepEqual(plan.restart?.commands.at(-1)?.slice(-3), ["kickstart", "-k", `system/${daemonJob}`]);
    assert.equal(await content(here), old, "nothing is written before it is wanted");
    const outcome = await save(here, memory(16 * giB));
    assert.equal(outcome.kind, "in-force", JSON.stringify(outcome));
    assert.match(outcome.lines.join("\n"), /was restarted \(pid \d+\)/);
    assert.equal(await content(here), old.replace("8589934592", "17179869184"));
    assert.notEqual(await pidOf(here), before);
    const [change] = readChanges(here.settings.state).changes;
    assert.deepEqual(
      [change?.setting, change?.from, change?.to, change?.state],
      ["builder.memoryBytes", "8 GiB", "16 GiB", "done"],
    );
    assert.deepEqual(readdirSync(join(here.settings.state, "saves")), [], "no lock and no record stay");
    assert.match(
      here.steps.join("\n"),
      /^reading .*checking .*writing .*kickstart.*looking whether it holds…$/s,
    );
  });

  it("that the daemon does not start with is taken back, byte for byte, and the daemon runs", async (context) => {
    const here = await scene(context, refusesOnce);
    const old = await content(here);
    const asked: string[] = [];
    const outcome = await save(here, memory(16 * giB), {
      offerRollback: async (lines) => {
        asked.push(...lines);
        assert.match(await content(here), /17179869184/);
        return true;
      },
    });
    assert.equal(outcome.kind, "rolled-back", JSON.stringify(outcome));
    assert.match(asked.join("\n"), /does not come back with the new builder\.memoryBytes\n.*exit code 1/s);
    assert.match(outcome.lines[0] ?? "", /old content again, byte for byte; .*was restarted \(pid \d+\)/);
    assert.equal(await content(here), old);
    assert.equal(lastChange(hostId(here.watch.host), here.settings.state), null);
    assert.equal(readChanges(here.settings.state).changes[0]?.state, "rolled back");
  });

  it("is left in place where its rollback is not wanted", async (context) => {
    const here = await scene(context, refusesOnce);
    const outcome = await save(here, memory(16 * giB), { offerRollback: async () => false });
    assert.equal(outcome.kind, "down", JSON.stringify(outcome));
    assert.match(
      outcome.lines.at(-1) ?? "",
      /old content is in \/etc\/determinate\/config\.json\.buildtop-bak/,
    );
    assert.match(await content(here), /17179869184/);
  });

  it("is not blamed for a daemon that did not answer before, either", async (context) => {
    const stores = {
      daemon: { ok: false, error: "cannot connect to socket at '/nix/var/nix/daemon-socket/socket'" },
    };
    const here = await scene(context, { ...refusesOnce, nix: { stores } });
    const outcome = await save(here, memory(16 * giB), {
      offerRollback: async () => assert.fail("there is nothing to go back to"),
    });
    assert.equal(outcome.kind, "down", JSON.stringify(outcome));
    assert.match(outcome.lines[0] ?? "", /did not answer before and does not now/);
    assert.match(await content(here), /17179869184/);
  });

  it("into a file that was not there is taken back to no file", async (context) => {
    const here = await scene(context, refusesOnce);
    await here.mac.execAsRoot(["rm", daemonConfig]);
    const outcome = await save(here, memory(16 * giB));
    assert.equal(outcome.kind, "rolled-back", JSON.stringify(outcome));
    assert.deepEqual(
      (await here.mac.execAsRoot(["ls", "/etc/determinate"])).stdout.split("\n").filter(Boolean),
      ["config.json.buildtop-bak"],
    );
  });

  it("without the restart says when it holds", async (context) => {
    const here = await scene(context);
    const before = await pidOf(here);
    const outcome = await save(here, memory(16 * giB), { restart: false });
    assert.equal(outcome.kind, "saved");
    assert.match(outcome.lines[0] ?? "", /is saved; it holds when the Nix daemon on mac is started again/);
    assert.equal(await pidOf(here), before);
  });

  it("of Nix is in force when Nix itself reads it, and is told apart where another line wins", async (context) => {
    const here = await scene(context);
    const good = await save(here, nixSetting("cores", "4"));
    assert.equal(good.kind, "in-force", JSON.stringify(good));
    assert.match(good.lines[0] ?? "", /Nix reads cores = 4$/);
    assert.equal(await content(here, custom), "# Written by hand.\ntrusted-users = root @admin\ncores = 4\n");
    await here.mac.execAsRoot(["/bin/sh", "-c", 'echo "cores = 9" >>/etc/nix/nix.conf']);
    const lost = await save(here, nixSetting("cores", "6"));
    assert.equal(lost.kind, "not-in-force", JSON.stringify(lost));
    assert.match(lost.lines.join("\n"), /Nix reads cores = 9\nanother line or file comes after it/);
  });

  it("is undone from its backup, unless somebody has changed the file since", async (context) => {
    const here = await scene(context);
    const old = await content(here);
    await save(here, memory(16 * giB), { restart: false });
    const undo = await undoRequest(here.watch, free, here.settings);
    assert.ok(undo.kind === "undo", JSON.stringify(undo));
    assert.deepEqual([undo.request.from, undo.request.to], ["16 GiB", "8 GiB"]);
    await here.mac.execAsRoot(["/bin/sh", "-c", `echo >>${daemonConfig}`]);
    const late = await planSave(here.watch, undo.request, here.settings);
    assert.ok(
      late.kind === "refused" && /changed the file since/.test(late.lines[0] ?? ""),
      JSON.stringify(late),
    );
    await here.mac.execAsRoot([
      "/bin/sh",
      "-c",
      `printf '%s' "$1" >${daemonConfig}`,
      "sh",
      old.replace("8589934592", "17179869184"),
    ]);
    const outcome = await save(here, undo.request);
    assert.equal(outcome.kind, "in-force", JSON.stringify(outcome));
    assert.equal(await content(here), old);
    markChange(undo.change.newHash, undo.change, "undone", here.settings.state);
    const states = readChanges(here.settings.state).changes.map(({ state }) => state);
    assert.deepEqual(states, ["undone", "done"]);
  });
});

describe("a save that must not be", { skip, concurrency: false }, () => {
  it("is refused before anything is written, with why", async (context) => {
    const here = await scene(context);
    const refused = async (request: SaveRequest) => {
      const answer = await planSave(here.watch, request, here.settings);
      return answer.kind === "plan" ? "planned" : `${answer.kind}: ${answer.lines.join("\n")}`;
    };
    assert.match(await refused(memory(8 * giB)), /^nothing: .*says so already/);
    const managed = { managed: true as const, lines: ["nix-darwin makes it"] };
    assert.match(
      await refused({ ...memory(9 * giB), owner: () => managed }),
      /^refused: nix-darwin makes it$/,
    );
    assert.match(await refused({ ...memory(9 * giB), check: () => "too much" }), /^refused: too much$/);
    const broken = { ok: true as const, text: '{"builder": {', replacements: [], notes: [] };
    assert.match(
      await refused({ ...memory(9 * giB), edit: () => broken }),
      /^refused: the content is no JSON: /,
    );
    await here.mac.execAsRoot([
      "/bin/sh",
      "-c",
      `mv ${daemonConfig} /etc/other.json; ln -s ../other.json ${daemonConfig}`,
    ]);
    assert.match(await refused(memory(9 * giB)), /^refused: .* is a link to \.\.\/other\.json/);
  });

  it("meets a file that somebody has changed since it was shown, and leaves it", async (context) => {
    const here = await scene(context);
    const plan = await planned(here, memory(16 * giB));
    await here.mac.execAsRoot(["/bin/sh", "-c", `echo >>${daemonConfig}`]);
    const theirs = await content(here);
    const options = { ...here.settings, askPassword: null, restart: true, offerRollback: async () => true };
    const outcome = await runSave(plan, here.watch, options);
    assert.equal(outcome.kind, "changed");
    assert.equal(await content(here), theirs);
    const again = await runSave(await planned(here, memory(16 * giB)), here.watch, options);
    assert.equal(again.kind, "in-force", "the intent holds on what they have written");
    assert.equal(await content(here), theirs.replace("8589934592", "17179869184"));
  });

  it("waits for no other buildtop, and says who is at it", async (context) => {
    const here = await scene(context);
    const plans = [await planned(here, memory(16 * giB)), await planned(here, memory(12 * giB))];
    const options = { ...here.settings, askPassword: null, restart: false, offerRollback: async () => true };
    const outcomes = await Promise.all(plans.map((plan) => runSave(plan, here.watch, options)));
    assert.deepEqual(outcomes.map(({ kind }) => kind).sort(), ["locked", "saved"]);
    const locked = outcomes.find(({ kind }) => kind === "locked");
    assert.match(locked?.lines[0] ?? "", /locked by another buildtop \(process \d+, since [\d:]+ UTC\)/);
  });

  it("is not begun where we cannot remember what it was at", async (context) => {
    const here = await scene(context);
    const old = await content(here);
    const file = join(here.settings.state, "file");
    writeFileSync(file, "");
    const outcome = await save(here, memory(16 * giB), { state: file });
    assert.equal(outcome.kind, "refused");
    assert.match(outcome.lines[0] ?? "", /^nothing was written: \S+ cannot be made: not a directory$/);
    assert.equal(await content(here), old);
  });

  it("is not tried where sudo wants a password that nobody can type", async (context) => {
    const here = await scene(context, { host: { sudo: "password" } });
    const old = await content(here);
    const outcome = await save(here, memory(16 * giB));
    assert.equal(outcome.kind, "refused");
    assert.match(outcome.lines[0] ?? "", /sudo on mac asks for a password/);
    assert.equal(await content(here), old);
  });
});

describe("a save that was ended in the middle", { skip, concurrency: false }, () => {
  it("is told at the next start, with what is in place", async (context) => {
    const here = await scene(context);
    const { host } = here.watch;
    const { state, signal } = here.settings;
    const plan = await planned(here, memory(16 * giB));
    const place = savePlace(host, daemonConfig, state);
    const record = {
      setting: "builder.memoryBytes",
      oldHash: plan.before.hash,
      newHash: plan.after.hash,
      step: "write" as const,
    };
    const tell = () => tellInterrupted(host, { sudo: true, signal, state });
    writeRecord(place, record);
    const lock = takeLock(place.lock);
    assert.ok(lock.ok);
    assert.deepEqual(await tell(), [], "it is still at work");
    lock.release();
    assert.deepEqual(await tell(), [
      `the save of builder.memoryBytes in ${daemonConfig} on mac was interrupted: the old content is in place`,
    ]);
    assert.deepEqual(await tell(), [], "once is enough");
    await save(here, memory(16 * giB), { restart: false });
    writeRecord(place, { ...record, step: "restart" });
    assert.match(
      (await tell())[0] ?? "",
      /the new content is in place; it holds when the daemon was restarted/,
    );
    await here.mac.execAsRoot(["/bin/sh", "-c", `echo >>${daemonConfig}`]);
    writeRecord(place, record);
    assert.match((await tell())[0] ?? "", /somebody else has changed .* since$/);
    const other = savePlace(host, "/etc/passwd", state);
    writeRecord(other, record);
    assert.deepEqual(await tell(), [], "what we never change is not looked at");
    writeFileSync(place.record, '{"version":');
    assert.match((await tell())[0] ?? "", /cannot be read: .*\.broken$/);
  });
});

describe("the lock of a save", () => {
  const place = (context: TestContext) => {
    const directory = mkdtempSync(join(tmpdir(), "buildtop-lock-"));
    context.after(() => rmSync(directory, { recursive: true }));
    return { directory, path: join(directory, "it.lock") };
  };

  it("is one person's until it is given back", (context) => {
    const { directory, path } = place(context);
    const first = takeLock(path);
    assert.ok(first.ok);
    assert.equal(takeLock(path).ok, false);
    first.release();
    const second = takeLock(path);
    assert.ok(second.ok);
    second.release();
    assert.deepEqual(readdirSync(directory), []);
  });

  it("of a process that is gone, or that has it for an hour, is taken over", (context) => {
    const { directory, path } = place(context);
    for (const owner of [
      { pid: 2 ** 22 + 1, machine: hostname(), at: Date.now() },
      { pid: process.pid, machine: hostname(), at: Date.now() - 3_700_000 },
      // Written before a clock was set back.
      { pid: 1, machine: "attic", at: Date.now() + 3_700_000 },
      null,
    ]) {
      mkdirSync(path);
      if (owner) writeFileSync(join(path, "owner.json"), JSON.stringify(owner));
      else writeFileSync(join(path, "owner.json"), "{");
      const lock = takeLock(path);
      assert.ok(lock.ok, JSON.stringify(owner));
      lock.release();
      assert.deepEqual(readdirSync(directory), []);
    }
  });

  it("of another machine with the same home directory is respected", (context) => {
    const { path } = place(context);
    mkdirSync(path);
    writeFileSync(join(path, "owner.json"), JSON.stringify({ pid: 1, machine: "attic", at: Date.now() }));
    const lock = takeLock(path);
    assert.ok(!lock.ok && /on attic/.test(lock.by), JSON.stringify(lock));
  });
});
