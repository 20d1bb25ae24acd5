/** Machines in every state, recorded once over ssh: what `status` says of them is true. And how one is recorded. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { allDiagnoses } from "../../src/model/diagnoses/all.ts";
import { runBuildtop, startBuildtop } from "../support/from-source.ts";
import { recordedMacs, recordingsDirectory, truthOf } from "../support/recordings.ts";

interface Gauges {
  memory: { usedBytes: number; totalBytes: number } | null;
  disks: { mount: string; usedBytes: number; totalBytes: number; freeBytes: number }[];
}
interface Status {
  version: number;
  hosts: {
    name: string;
    transport: string;
    reachable: boolean;
    platform: string;
    gauges: Gauges;
    builders: {
      kind: string;
      name: string;
      state: string;
      why: string;
      jobs: { used: number };
      gauges: Gauges | null;
      limitedBy: string | null;
    }[];
    diagnoses: string[];
  }[];
}

const buildtop = (...args: string[]) => runBuildtop(args);

/** Within a tenth: a machine's figures move while it is looked at. */
function near(actual: number | undefined, expected: number, what: string): void {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= Math.abs(expected) / 10,
    `${what}: ${actual}, in truth ${expected}`,
  );
}

const kibibyte = 1024;

const severityOf = new Map<string, string>(allDiagnoses.map(({ id, severity }) => [id, severity]));

describe("status of a recorded Mac", () => {
  for (const name of recordedMacs())
    it(`says what is true: ${name}`, async () => {
      const truth = truthOf(name);
      const { status, stdout, stderr } = await buildtop(
        ...["status", "--json", "--recording", join(recordingsDirectory, name)],
      );
      const { version, hosts } = JSON.parse(stdout) as Status;
      assert.equal(version, 1, stderr);
      const [host] = hosts;
      assert.ok(host);
      assert.deepEqual([host.transport, host.reachable, host.platform], ["recording", true, "darwin"]);
      assert.deepEqual(
        host.builders.map((builder) => `${builder.kind} ${builder.name}`).sort(),
        truth.builders.map((builder) => `${builder.kind} ${builder.name ?? ""}`).sort(),
      );
      for (const { kind, name: called, state, or = [] } of truth.builders) {
        const found = host.builders.find((each) => each.kind === kind && each.name === called);
        assert.ok(found);
        assert.ok(
          [state, ...or].includes(found.state),
          `${called}: ${found.state} (${found.why}), in truth ${state}`,
        );
      }
      for (const id of truth.diagnoses) assert.ok(host.diagnoses.includes(id), id);
      for (const id of truth.never) assert.ok(!host.diagnoses.includes(id), id);
      const troubled = /^(?:wedged|stopped|crash-looping|unreachable|not-granted)$/;
      const ill = truth.diagnoses.some((id) => severityOf.get(id) !== "info");
      assert.equal(status, ill || host.builders.some(({ state }) => troubled.test(state)) ? 1 : 0);
      const { host: ofHost } = truth.gauges;
      assert.equal(host.gauges.memory?.totalBytes, ofHost?.memoryBytes);
      near(host.gauges.disks[0]?.freeBytes, (ofHost?.nixDiskAvailKB ?? 0) * kibibyte, "room for Nix");
      for (const builder of host.builders) {
        const expected = truth.gauges[builder.name];
        if (expected?.jobs !== undefined) assert.equal(builder.jobs.used, expected.jobs);
        // From outside nobody knows what the inside uses, and it says so.
        if (builder.limitedBy !== null) assert.equal(builder.gauges?.memory ?? null, null);
        if (!expected || builder.limitedBy !== null) continue;
        const { memory, disks } = builder.gauges ?? { memory: null, disks: [] };
        assert.equal(memory?.totalBytes, Math.floor((expected.memoryTotalBytes ?? 0) / kibibyte) * kibibyte);
        near(memory && memory.totalBytes - memory.usedBytes, expected.memoryAvailableBytes ?? 0, "memory");
        const disk = disks.find(({ totalBytes }) => totalBytes === (expected.diskSizeKB ?? 0) * kibibyte);
        near(disk?.usedBytes, (expected.diskUsedKB ?? 0) * kibibyte, "disk");
      }
    });

  it("is printed where the dashboard over it has no terminal", async () => {
    const directory = join(recordingsDirectory, "linux-builder-crash-looping");
    const { status, stdout, stderr } = await buildtop("--recording", directory);
    assert.equal(status, 1, stderr);
    assert.match(stdout, /linux-builder .*crashes again and again/);
    assert.doesNotMatch(stdout, /\x1b/);
  });

  it("is refused together with the name of a machine", async () => {
    const { status, stderr } = await buildtop("status", "mini", "--recording", "x");
    assert.equal(status, 2);
    assert.equal(stderr, "buildtop: write either machines or --recording DIR, not both\n");
  });
});

describe("record-host", () => {
  let place: string;
  before(() => {
    place = mkdtempSync(join(tmpdir(), "buildtop-record-host-"));
  });
  after(() => rmSync(place, { recursive: true, force: true }));

  it("records this machine, says what it did, and status can look at it", async () => {
    const directory = join(place, "here");
    const { status, stdout, stderr } = await buildtop(
      "record-host",
      directory,
      "--seconds",
      "1",
      "--anonymous",
    );
    assert.equal(status, 0, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /: \d+ answers of host1, .* readable by you alone\n/);
    assert.match(stderr, /Names of people and machines and addresses were replaced\./);
    assert.match(stderr, /look through it before you send it/);
    const header = JSON.parse(readFileSync(join(directory, "recording.json"), "utf8"));
    assert.deepEqual([header.version, header.name, header.anonymous], [1, "host1", true]);
    const shown = await buildtop("status", "--json", "--recording", directory);
    assert.equal((JSON.parse(shown.stdout) as Status).hosts[0]?.name, "host1", shown.stderr);
  });

  it("writes into no directory that holds anything", async () => {
    writeFileSync(join(place, "precious"), "1");
    const { status, stderr } = await buildtop("record-host", place);
    assert.equal(status, 2);
    assert.match(
      stderr,
      /^buildtop: \S+ is not empty; write a directory that is not there yet, such as \S+-2\n$/,
    );
  });

  it("writes nothing where the machine does not answer", async () => {
    const directory = join(place, "away");
    const { status, stderr } = await buildtop("record-host", directory, "127.0.0.1:1", "--seconds", "1");
    assert.equal(status, 2, stderr);
    assert.match(stderr, /\nbuildtop: [^\n]*127\.0\.0\.1[^\n]*\n$/);
    assert.ok(!existsSync(directory), "an empty directory is left behind");
  });

  it("says at once, before it looks, where nothing can be written and why", async () => {
    const file = join(place, "precious-file");
    writeFileSync(file, "1");
    for (const [directory, why] of [
      [join(file, "x"), /x cannot be written: not a directory; write another directory$/m],
      ["/proc/buildtop/x", /\/proc\/buildtop cannot be made: [^;]+; write another directory$/m],
    ] as const) {
      const { status, stderr } = await buildtop("record-host", directory);
      assert.equal(status, 2, stderr);
      assert.match(stderr, /^buildtop: [^\n]+\n$/);
      assert.match(stderr, why);
    }
  });

  const noDisk = spawnSync("mount", ["--version"]).status === 0 && process.getuid?.() === 0;
  it("names a full disk and one that is read-only", {
    skip: noDisk ? false : "needs root",
  }, async (context) => {
    const disk = join(place, "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16k", "buildtop-test", disk]);
    context.after(() => execFileSync("umount", [disk]));
    const full = await buildtop("record-host", join(disk, "a/b"));
    assert.equal(full.status, 2);
    assert.match(
      full.stderr,
      /^buildtop: \S+\/a\/b cannot be written: no space left on device; write another/,
    );
    assert.deepEqual(readdirSync(disk), []);
    execFileSync("mount", ["-o", "remount,ro", disk]);
    const locked = await buildtop("record-host", join(disk, "a/b"));
    assert.match(locked.stderr, /^buildtop: \S+\/a cannot be made: read-only file system; write another/);
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const directory = join(place, "interrupted/here");
    const child = startBuildtop(["record-host", directory, "--seconds", "60"]);
    await once(child.stderr, "data");
    assert.ok(existsSync(directory));
    child.kill("SIGINT");
    const [, signal] = await once(child, "exit");
    assert.equal(signal, "SIGINT");
    assert.ok(!existsSync(join(place, "interrupted")));
  });

  it("says what to write where it is used wrongly", async () => {
    for (const [args, words] of [
      [[], /buildtop record-host my-mac/],
      [["x", "--seconds", "0"], /seconds from 1 to 3600/],
    ] as const) {
      const { status, stderr } = await buildtop("record-host", ...args);
      assert.equal(status, 2);
      assert.match(stderr, words);
    }
  });
});
