/** `buildtop doctor`: its exit status, its JSON and its words, of recorded Macs and of stand-ins over ssh. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { runBuildtop } from "../support/from-source.ts";
import { macSkipReason, readMacCase, startMac } from "../support/mac.ts";
import { recordingsDirectory, truthOf } from "../support/recordings.ts";
import { withSshOf } from "../support/ssh-of-mac.ts";

interface Doctor {
  version: number;
  hosts: {
    name: string;
    diagnoses: {
      id: string;
      severity: string;
      subject: string;
      title: string;
      evidence: { source: string; text: string }[];
      cause: string;
      fixes: { title: string; commands: string[]; automatic: boolean }[];
    }[];
    notLooked: { what: string; why: string }[];
  }[];
}

const doctor = (args: string[], env?: Record<string, string>) => runBuildtop(["doctor", ...args], env);

const ofRecording = (name: string) => ["--recording", join(recordingsDirectory, name)];

describe("doctor of a recorded Mac", () => {
  for (const name of [
    "healthy-linux-builder",
    "determinate-native-idle",
    "rosetta-builder-asleep",
    "linux-builder-no-root",
    "linux-builder-crash-looping",
    "linux-builder-disk-nearly-full",
    "linux-builder-key-mismatch",
    "remote-several-one-away",
  ])
    it(`finds what is wrong with ${name}, and nothing else`, async () => {
      const { status, stdout } = await doctor([...ofRecording(name), "--json"]);
      const { version, hosts }: Doctor = JSON.parse(stdout);
      assert.equal(version, 1);
      const troubles = hosts[0]!.diagnoses.filter(({ severity }) => severity !== "info");
      const truth = truthOf(name);
      assert.deepEqual(
        troubles.map(({ id }) => id),
        truth.diagnoses,
      );
      for (const { id } of hosts[0]!.diagnoses) assert.ok(!truth.never.includes(id), id);
      assert.equal(status, troubles.length > 0 ? 1 : 0);
      for (const { evidence, cause, fixes } of troubles)
        assert.ok(evidence.length > 0 && cause && fixes.length > 0);
    });

  it("says what could not be looked at, and what would lift it", async () => {
    const { stdout } = await doctor([...ofRecording("linux-builder-no-root"), "--json"]);
    const { hosts }: Doctor = JSON.parse(stdout);
    assert.match(hosts[0]!.notLooked[0]?.what ?? "", /^inside linux-builder/);
    assert.notEqual(hosts[0]!.notLooked[0]?.why, "");
  });

  it("tells people the same, with the commands, and in ASCII where that is wanted", async () => {
    const { stdout, status } = await doctor([...ofRecording("linux-builder-disk-nearly-full"), "--ascii"]);
    assert.equal(status, 1);
    assert.match(stdout, /^ {2}x linux-builder: the builder's disk is nearly full$/m);
    assert.match(stdout, /^ {8}sudo ssh linux-builder nix-collect-garbage$/m);
    assert.match(stdout, /1 error - 1 worth knowing/);
    assert.match(stdout, /^[\n -~]*$/);
  });

  it("says plainly that all is well", async () => {
    const { stdout } = await doctor(ofRecording("determinate-native-idle"));
    assert.match(stdout, /all is well$/m);
  });
});

it("a machine that cannot be reached is no well one: exit status 2", async () => {
  const { status, stdout } = await doctor(["--json", "127.0.0.1:1"]);
  const { hosts }: Doctor = JSON.parse(stdout);
  assert.equal(status, 2);
  assert.deepEqual(hosts[0]!.diagnoses, []);
  assert.equal(hosts[0]!.notLooked.length, 1);
});

/** All of them are looked at in test/e2e/macs.test.ts. */
const few = ["healthy-linux-builder", "linux-builder-stopped", "linux-builder-key-permissions", "no-builder"];

describe("doctor of a Mac over ssh finds what is wrong, and nothing else", { skip: macSkipReason() }, () => {
  for (const name of few)
    it(name, async () => {
      await using mac = await startMac(name, { alias: "doctored-mac" });
      const { status, stdout } = await doctor(["--json", mac.alias], withSshOf(mac));
      const { hosts }: Doctor = JSON.parse(stdout);
      const { diagnoses = [], never = [] } = readMacCase(name).truth ?? {};
      const told = hosts[0]!.diagnoses;
      const ids = told.map(({ id }) => id);
      const troubles = told.filter(({ severity }) => severity !== "info").map(({ id }) => id);
      assert.deepEqual(
        diagnoses.filter((id) => !ids.includes(id)),
        [],
        "must be found",
      );
      assert.deepEqual(
        ids.filter((id) => never.includes(id)),
        [],
        "must not be found",
      );
      assert.deepEqual(
        troubles.filter((id) => !diagnoses.includes(id)),
        [],
        "is not there",
      );
      assert.equal(status, troubles.length > 0 ? 1 : 0);
    });
});
