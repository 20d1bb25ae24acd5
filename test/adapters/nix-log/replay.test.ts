/** Recorded streams, played again. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openRecording, startReplay, UnreadableRecording } from "../../../src/adapters/nix-log/replay.ts";
import type { NixLogStream } from "../../../src/model/nix-log/types.ts";

describe("a replay", () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  const record = (name: string, text: string, times?: string) => {
    writeFileSync(join(directory, `${name}.log`), text);
    if (times !== undefined) writeFileSync(join(directory, `${name}.times`), times);
    return openRecording(join(directory, `${name}.log`));
  };
  const listener = () => {
    const heard: [number, string][] = [];
    let ended: number | null = null;
    const stream: NixLogStream = {
      feed: (chunk, now) => heard.push([now, Buffer.from(chunk).toString()]),
      end: (now) => {
        ended = now;
      },
      openProcesses: () => [],
      processEnded: () => {},
      nameProcess: () => {},
    };
    return { heard, stream, ended: () => ended };
  };

  it("hands over each line at the time at which it was recorded, on the recording's own clock", async () => {
    const recording = record("timed", "a\nb\nc\nrest", "10\n10\n1500\n99000\n");
    const { heard, stream, ended } = listener();
    const replay = startReplay([{ recording, stream }], null);
    assert.deepEqual(await replay.ended, []);
    assert.deepEqual(heard, [
      [10, "a\nb\n"],
      [1500, "c\n"],
      [99_000, "rest"],
    ]);
    assert.equal(ended(), 99_000);
    assert.equal(replay.now(), 99_000);
  });

  it("without times is read at once, at time 0", async () => {
    const recording = record("plain", "a\nb\n");
    const { heard, stream } = listener();
    await startReplay([{ recording, stream }], 1).ended;
    assert.deepEqual(heard, [[0, "a\nb\n"]]);
  });

  it("takes no notice of times that cannot be times", () => {
    assert.equal(record("backwards", "a\nb\n", "5\n3\n").times, null);
    assert.equal(record("words", "a\n", "soon\n").times, null);
  });

  it("stops when it is told to, in the middle of a pause", async () => {
    const recording = record("slow", "a\nb\n", "0\n3600000\n");
    const { heard, stream, ended } = listener();
    const replay = startReplay([{ recording, stream }], 1);
    await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
    replay.stop();
    await replay.ended;
    assert.deepEqual(heard, [[0, "a\n"]]);
    assert.equal(ended(), null, "a replay that was stopped did not end");
  });

  it("reads a named pipe, whose writer would not survive being opened twice", async () => {
    const path = join(directory, "pipe.log");
    execFileSync("mkfifo", [path]);
    const writer = spawn("sh", ["-c", 'printf "a\\nb\\n" > "$0"', path]);
    const recording = openRecording(path);
    const { heard, stream } = listener();
    await startReplay([{ recording, stream }], null).ended;
    assert.deepEqual(heard.map(([, text]) => text).join(""), "a\nb\n");
    if (writer.exitCode === null) await once(writer, "exit");
    assert.equal(writer.exitCode, 0);
  });

  it("waits for a named pipe without holding up anything else, and can be stopped meanwhile", async () => {
    const path = join(directory, "quiet.log");
    execFileSync("mkfifo", [path]);
    const { heard, stream, ended } = listener();
    const replay = startReplay([{ recording: openRecording(path), stream }], 1);
    const writer = spawn("sh", ["-c", 'exec > "$0"; echo a; exec sleep 20', path]);
    while (heard.length === 0) await sleep(5);
    replay.stop();
    assert.deepEqual(await replay.ended, []);
    assert.deepEqual([heard, ended(), writer.exitCode], [[[0, "a\n"]], null, null]);
    writer.kill();
    await once(writer, "exit");
  });

  it("says in one line why a file cannot be replayed", () => {
    const why = (path: string) => {
      try {
        openRecording(path);
      } catch (error) {
        assert.ok(error instanceof UnreadableRecording);
        return error.message;
      }
      return null;
    };
    assert.equal(why(directory), `${directory}: is a directory, not a recorded stream`);
    assert.equal(why(join(directory, "none")), `${join(directory, "none")}: there is no such file`);
  });
});
