/** What was recorded is answered again; what is no recording is refused in one line. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Collector } from "../../../src/adapters/hosts/collector.ts";
import { HostError } from "../../../src/adapters/hosts/host.ts";
import { localHost } from "../../../src/adapters/hosts/local-host.ts";
import { isFree, Recorder, writeRecording } from "../../../src/adapters/hosts/recorder.ts";
import { openRecording } from "../../../src/adapters/hosts/recording-host.ts";
import { run } from "../../../src/adapters/hosts/run.ts";
import { openCollector } from "../../../src/adapters/hosts/shell-collector.ts";
import { recordingsDirectory } from "../../support/recordings.ts";

let place: string;
before(() => {
  place = mkdtempSync(join(tmpdir(), "buildtop-recordings-"));
});
after(() => rmSync(place, { recursive: true, force: true }));

const described = {
  ...({ name: "studio", transport: "local", seconds: 3, program: "1.2.3", anonymous: false } as const),
  recordedAt: new Date("2026-05-04T03:02:01.9Z"),
};

/** A machine that answers what it is told to. */
function scripted(answers: readonly (Record<string, string> | HostError)[]): Collector {
  const rest = [...answers];
  return {
    sample: async (requests) => {
      const next = rest.shift();
      if (next === undefined || next instanceof HostError) throw next ?? new Error("asked too often");
      const sections = new Map(requests.map((request) => [request, { text: next[request] ?? "", code: 0 }]));
      return { system: "Darwin", processor: "arm64", sections, ourClock: null };
    },
    close: () => {},
  };
}

async function textOf(collector: Collector, request: string): Promise<string | undefined> {
  return (await collector.sample([request])).sections.get(request)?.text;
}

const lost = new HostError({
  kind: "login",
  message: "mini refused the login",
  details: ["no"],
  retry: false,
});

describe("a machine that was recorded", () => {
  it("answers as it did: this machine, for real", async () => {
    const requests = [
      "now",
      "machine",
      "load",
      "memory",
      "disks",
      "file /etc/hostname",
      "file /no/such/file",
    ];
    const host = localHost();
    const recorder = new Recorder(() => 0);
    const collector = recorder.collector("host", openCollector(host));
    const live = await collector.sample(requests);
    collector.close();
    await host.close();
    const directory = join(place, "this machine");
    writeRecording(recorder, { ...described, directory });
    const recording = await openRecording(directory);
    const replayed = await recording.collector.sample(requests);
    assert.deepEqual({ ...replayed, ourClock: null }, { ...live, ourClock: null });
    assert.equal(live.sections.get("file /no/such/file")?.code, 1);
    assert.match(live.sections.get("now")?.text ?? "", /^\d{10}\n$/);
  });

  it("is a machine of its own name, on which nothing can be started", async () => {
    const recorder = new Recorder(() => 0);
    await recorder.collector("host", scripted([{ now: "1" }])).sample(["now"]);
    const directory = join(place, "name");
    writeRecording(recorder, { ...described, directory });
    const { host, header } = await openRecording(directory);
    assert.deepEqual([host.name, host.address, host.transport], ["studio", null, "recording"]);
    assert.equal(host.transportReason, "recorded 2026-05-04T03:02:01Z, on it");
    assert.equal(header.processor, "arm64");
    await assert.rejects(
      run(host, ["true"], { deadlineMs: 1000 }),
      (error) => error instanceof HostError && error.trouble.kind === "not-recorded",
    );
  });

  it("answers with what was newest at that moment, and before its first answer with that one", async () => {
    let now = 1;
    const recorder = new Recorder(() => now);
    const collector = recorder.collector("host", scripted([{ load: "a" }, { load: "a" }, { load: "b" }]));
    for (now of [1, 2, 3]) await collector.sample(["load"]);
    assert.equal(recorder.lines.length, 2, "the same again is not written down again");
    const directory = join(place, "moments");
    writeRecording(recorder, { ...described, directory });
    let clock = 0;
    const replayed = (await openRecording(directory, { clock: () => clock })).collector;
    const said: (string | undefined)[] = [];
    for (clock of [0, 1, 2.9, 3, 500]) said.push(await textOf(replayed, "load"));
    assert.deepEqual(said, ["a", "a", "a", "b", "b"]);
  });

  it("says what our clock said when the machine told its own, however late it is replayed", async () => {
    let now = 0;
    const recorder = new Recorder(() => now);
    const collector = recorder.collector("host", scripted([{ now: "5000" }, { now: "5020" }]));
    for (now of [10, 30]) await collector.sample(["now"]);
    const directory = join(place, "clocks");
    writeRecording(recorder, { ...described, directory });
    const began = Math.floor(described.recordedAt.getTime() / 1000);
    const replayed = (await openRecording(directory, { clock: () => 25 })).collector;
    assert.equal((await replayed.sample(["now"])).ourClock, began + 10);
  });

  it("gives each further question the next answer, however fast it is asked", async () => {
    let now = 0;
    const recorder = new Recorder(() => now);
    const collector = recorder.collector("host", scripted([{ cpu: "1" }, { cpu: "2" }, { cpu: "3" }]));
    for (now of [10, 20, 30]) await collector.sample(["cpu"]);
    const directory = join(place, "fast");
    writeRecording(recorder, { ...described, directory });
    const replayed = (await openRecording(directory)).collector;
    const said: (string | undefined)[] = [];
    for (let time = 0; time < 4; time++) said.push(await textOf(replayed, "cpu"));
    assert.deepEqual(said, ["1", "2", "3", "3"]);
  });

  it("leaves out what it was never asked, which is not the same as an empty answer", async () => {
    const recording = await openRecording(join(place, "moments"));
    const { sections } = await recording.collector.sample(["load", "memory"]);
    assert.deepEqual([...sections.keys()], ["load"]);
  });

  it("has builders whose inside answers, refuses, comes back, or was never looked at", async () => {
    let now = 0;
    const recorder = new Recorder(() => now);
    await recorder.collector("host", scripted([{ now: "1" }])).sample(["now"]);
    const inside = recorder.collector("builder@one:", scripted([{ load: "a" }, lost, lost, { load: "a" }]));
    for (now of [1, 2, 3, 4]) await inside.sample(["load"]).catch(() => {});
    await assert.rejects(recorder.collector("builder@two:", scripted([lost])).sample(["load"]), lost);
    const directory = join(place, "insides");
    writeRecording(recorder, { ...described, directory });
    let clock = 1;
    const recording = await openRecording(directory, { clock: () => clock });
    const one = recording.guest("builder@one:");
    assert.ok(one);
    assert.equal(await textOf(one, "load"), "a");
    clock = 2;
    const refused = (error: unknown) =>
      error instanceof HostError && JSON.stringify(error.trouble) === JSON.stringify(lost.trouble);
    await assert.rejects(one.sample(["load"]), refused);
    clock = 4;
    assert.equal(await textOf(one, "load"), "a");
    await assert.rejects(recording.guest("builder@two:")!.sample(["load"]), refused);
    assert.equal(recording.guest("builder@three:"), null);
  });

  it("is for its owner's eyes, and lies in a directory that held nothing before", async () => {
    const directory = join(place, "insides");
    for (const file of ["recording.json", "answers.jsonl"])
      assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600);
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    assert.equal(isFree(directory), false);
    assert.equal(isFree(join(place, "not there")), true);
    const recorder = new Recorder(() => 0);
    await recorder.collector("host", scripted([{ now: "2" }])).sample(["now"]);
    assert.throws(() => writeRecording(recorder, { ...described, directory }), /EEXIST/);
    assert.match(readFileSync(join(directory, "answers.jsonl"), "utf8"), /"text":"1"/);
  });

  it("holds no secret on the disk", async () => {
    const recorder = new Recorder(() => 0);
    const answers = { processes: "env A_TOKEN=hush-9173-hush x", load: "hush-9173-hush" };
    await recorder.collector("host", scripted([answers])).sample(["processes", "load"]);
    const directory = join(place, "secret");
    const { header } = writeRecording(recorder, { ...described, directory });
    assert.deepEqual(header.removed, { "secret setting": 1 });
    for (const file of ["recording.json", "answers.jsonl"])
      assert.ok(!readFileSync(join(directory, file), "utf8").includes("9173"));
  });

  it("ends early where it grows beyond what is read back", async () => {
    let now = 0;
    const recorder = new Recorder(() => now++);
    const answers = Array.from({ length: 40 }, (_, at) => ({ file: `${at}${"x".repeat(1_000_000)}` }));
    const collector = recorder.collector("host", scripted(answers));
    for (const _ of answers) await collector.sample(["file"]);
    assert.equal(recorder.full, true);
    const directory = join(place, "large");
    const { bytes } = writeRecording(recorder, { ...described, directory });
    assert.ok(bytes < 17 * 1024 * 1024, String(bytes));
    const first = await textOf((await openRecording(directory)).collector, "file");
    assert.ok(first?.startsWith("0x"), first?.slice(0, 20));
  });

  it("tells where the builds of the same time lie", async () => {
    const directory = join(place, "fast");
    assert.equal((await openRecording(directory)).buildsLog, null);
    writeFileSync(join(directory, "builds.log"), "");
    assert.equal((await openRecording(directory)).buildsLog, join(directory, "builds.log"));
  });
});

describe("a directory that is no recording is refused in one line: what, where, what to do", () => {
  const good = join(recordingsDirectory, "determinate-native-idle");
  let made = 0;
  async function refused(change: (directory: string) => void, words: RegExp): Promise<void> {
    const directory = join(place, `bad${++made}`);
    cpSync(good, directory, { recursive: true });
    change(directory);
    await assert.rejects(openRecording(directory), (error) => {
      assert.ok(error instanceof HostError);
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /\n/);
      assert.ok(error.message.includes(directory), error.message);
      return true;
    });
  }
  const header = (text: string) => (directory: string) =>
    writeFileSync(join(directory, "recording.json"), text);
  const answers = (text: string) => (directory: string) =>
    appendFileSync(join(directory, "answers.jsonl"), text);

  it("nothing there", () => refused((directory) => rmSync(directory, { recursive: true }), /record-host/));
  it("no answers", () => refused((directory) => rmSync(join(directory, "answers.jsonl")), /answers\.jsonl/));
  it("a header that is none", () =>
    refused(header("{"), /recording\.json is not a recording's: it is not an object/));
  it("a header of another version", () => refused(header('{"version":2}'), /version 2.*reads version 1/));
  it("a header without a system", () => refused(header('{"version":1,"transport":"local"}'), /what system/));
  it("an answer that is none", () => refused(answers('{"at":1}\n'), /answers\.jsonl line \d+ is no answer/));
  it("a line without an end", () =>
    refused(answers(`{"at":${"1".repeat(9_000_000)}`), /line \d+ is more than/));
  it("more than it may hold", () =>
    refused(
      (directory) => truncateSync(join(directory, "answers.jsonl"), 65 * 1024 * 1024),
      /bytes, more than/,
    ));
  it("no answer of the machine itself", () =>
    refused(
      (directory) => writeFileSync(join(directory, "answers.jsonl"), ""),
      /holds no answer of the machine/,
    ));
  it("a directory in place of a file", () =>
    refused((directory) => {
      rmSync(join(directory, "answers.jsonl"));
      mkdirSync(join(directory, "answers.jsonl"));
    }, /is no file/));
});
