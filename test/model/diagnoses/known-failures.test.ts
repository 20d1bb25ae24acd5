/** What the doctor, and `replay --json`, know of commands that failed: streams of Nix, told. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { joinedFailures, knownFailures } from "../../../src/model/diagnoses/known-failures.ts";
import { failure } from "../../support/facts.ts";
import { build, drv, line, read, reportOf, worker } from "../../support/nix-log-lines.ts";

const one = worker(100);
const red = (text: string) => `\u001b[31;1merror:\u001b[0m ${text}`;
const plan = (name: string) => [line.msg("this derivation will be built:", 3), line.msg(`  ${drv(name)}`, 3)];
const noFeature = `Cannot build '${drv("vm-test")}'.\n       Reason: missing system features\n       Required features: {kvm}`;
const away =
  "cannot build on 'ssh-ng://heron': error: cannot open connection to remote store 'ssh-ng://heron': error: unexpected end-of-file";
const untaken = (name: string) =>
  `Failed to find a machine for remote build!\nderivation: ${drv(name).slice("/nix/store/".length)}\nrequired (system, features): (x86_64-linux, )\n1 available machines:\n(systems, maxjobs, supportedFeatures, mandatoryFeatures)\n(x86_64-linux, 2, , )`;
const noStart = "unable to start any build; remote machines may not have all required system features.";

describe("what is known of a command that failed", () => {
  for (const [how, lines] of [
    ["with a plan", plan("vm-test")],
    ["by a Nix that tells no plan", []],
  ] as const)
    it(`is the build that no machine took, though nothing was ever begun, ${how}`, () => {
      const { model } = read([...lines, ...one.begin, line.lastError(red(noFeature))]);
      assert.deepEqual(
        knownFailures(model).map(({ name, diagnosis, command }) => ({ name, diagnosis, command })),
        [{ name: "vm-test", diagnosis: "features-missing", command: "test" }],
      );
    });

  it("is both hashes of a mismatch, also where the builder is far and the hook speaks of an exit status", () => {
    const mismatch = `hash mismatch in fixed-output derivation '${drv("source")}':\n  specified: sha256-AAA=\n     got:    sha256-BBB=`;
    const { model } = read([
      ...plan("source"),
      ...one.begin,
      build(1, "source", "ssh-ng://heron"),
      line.msg(red(`build of '${drv("source")}' on 'ssh-ng://heron' failed: ${mismatch}`)),
      line.stop(1),
      line.msg(red(`Cannot build '${drv("source")}'.\n       Reason: builder failed with exit code 1.`)),
    ]);
    assert.deepEqual(
      knownFailures(model).map(({ reason, diagnosis }) => [reason, diagnosis]),
      [["hash mismatch: specified sha256-AAA=, got sha256-BBB=", "hash-mismatch"]],
    );
    assert.equal(reportOf(model).failures[0]?.reason, "hash mismatch");
  });

  it("is why the builders could not be reached, where Nix only says that it can start nothing", () => {
    const { model, stream } = read([
      ...one.begin,
      line.msg(away),
      line.msg(untaken("a")),
      line.msg(untaken("b")),
      line.lastError(red(noStart)),
    ]);
    stream.end(2000, { exitCode: 1, signal: null });
    assert.deepEqual(
      knownFailures(model).map(({ drv, diagnosis }) => [drv, diagnosis]),
      [[null, "ssh-connection-failed"]],
    );
    assert.deepEqual(reportOf(model).errors, [{ text: [noStart], diagnosis: "ssh-connection-failed" }]);
  });

  it("is nothing of an earlier command's connections", () => {
    const { model, stream } = read([...one.begin, line.msg(away), line.msg(untaken("a")), ...one.end]);
    stream.end(2000, { exitCode: 1, signal: null });
    const next = model.openStream({ label: "next", kind: "command" }, 3000);
    const platform = `Cannot build '${drv("arm")}'.\n Reason: platform mismatch\n Required system: 'aarch64-linux'`;
    const hook = untaken("arm").replace("(x86_64-linux, )", "(aarch64-linux, )");
    for (const each of [line.msg(hook), line.lastError(red(platform))])
      next.feed(Buffer.from(`${each}\n`), 3000);
    assert.equal(model.failures.at(-1)?.diagnosis, "system-not-served");
  });

  it("is the daemon that is down, behind a trace", () => {
    const socket = "cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Connection refused";
    const { model } = read([
      line.lastError(
        red(`… while calling the 'derivationStrict' builtin\n  1| x\n   | ^\n\n error: ${socket}`),
      ),
    ]);
    assert.equal(knownFailures(model)[0]?.diagnosis, "daemon-down");
    assert.equal(reportOf(model).errors[0]?.diagnosis, "daemon-down");
  });

  it("is forgotten when a later command has built something", () => {
    const { model, stream } = read([...plan("vm-test"), line.lastError(red(noFeature))]);
    stream.end(2000, { exitCode: 1, signal: null });
    const next = model.openStream({ label: "next", kind: "command" }, 3000);
    next.feed(Buffer.from([...one.begin, build(1, "a"), line.stop(1), ...one.end].join("\n")), 3000);
    next.end(4000, { exitCode: 0, signal: null });
    assert.deepEqual(knownFailures(model), []);
  });
});

it("of what is known twice, the newer is told", () => {
  const newer = failure("newer", { drv: drv("a") });
  const older = [failure("older", { drv: drv("a") }), failure("other", { drv: drv("b") })];
  assert.deepEqual(
    joinedFailures([newer], older).map(({ reason }) => reason),
    ["newer", "other"],
  );
});
