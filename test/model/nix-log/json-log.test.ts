/** A watched json-log-path file: bare records of several processes, joined at any time, written twice by some. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { BuildsModel } from "../../../src/model/nix-log/builds-model.ts";
import { build, drv, line, reportOf, worker } from "../../support/nix-log-lines.ts";

/** The same lines as a file of json-log-path has them. */
const bare = (lines: readonly string[]) => lines.map((each) => each.replace(/^@nix /, ""));
const bytes = (lines: readonly string[]) => Buffer.from(lines.map((each) => `${each}\n`).join(""));
const id = (pid: number, n: number) => pid * 2 ** 32 + n;

function watch() {
  const model = new BuildsModel();
  const stream = model.openStream({ label: "watch", kind: "json-log" }, 0);
  let now = 0;
  const feed = (lines: readonly string[]) => stream.feed(bytes(bare(lines)), ++now);
  return { model, stream, feed, state: (name: string) => model.derivation(drv(name))?.state ?? "absent" };
}

describe("a watched file", () => {
  it("keeps the builds of several processes apart, line by line between each other", () => {
    const { feed, state, model } = watch();
    const [one, two] = [worker(id(11, 0)), worker(id(22, 0))];
    const first = [
      ...one.begin,
      build(id(11, 9), "a"),
      ...one.counters([0, 1, 1, 0]),
      ...one.counters([1, 2, 0, 0]),
      line.stop(id(11, 9)),
      ...one.end,
    ];
    const second = [
      ...two.begin,
      build(id(22, 9), "b"),
      ...two.counters([0, 1, 1, 0]),
      ...two.counters([0, 1, 0, 1]),
      line.stop(id(22, 9)),
      ...two.end,
    ];
    for (let n = 0; n < Math.max(first.length, second.length); n++)
      feed([first[n], second[n]].filter((each) => each !== undefined));
    assert.deepEqual([state("a"), state("b")], ["done", "failed"]);
    assert.deepEqual(
      model.sessions.map((each) => [each.pid, each.outcome]),
      [
        [11, "succeeded"],
        [22, "failed"],
      ],
    );
  });

  it("tells how builds ended although other processes write between a step of the counter and its stop", () => {
    const { feed, state } = watch();
    const commands = [11, 22].map((pid) => {
      const own = worker(id(pid, 0));
      const [fails, killed] = [build(id(pid, 8), `fails${pid}`), build(id(pid, 9), `killed${pid}`)];
      const began = [fails, ...own.counters([0, 2, 1, 0]), killed, ...own.counters([0, 2, 2, 0])];
      const ended = [...own.counters([0, 1, 1, 1]), line.stop(id(pid, 8)), line.stop(id(pid, 9))];
      return [...own.begin, ...began, ...ended, ...own.end];
    });
    for (const [n, first] of commands[0]!.entries()) feed([first, commands[1]![n]!]);
    assert.deepEqual(["fails11", "killed11"].map(state), ["failed", "cancelled"]);
    assert.deepEqual(["fails22", "killed22"].map(state), ["failed", "cancelled"]);
  });

  it("that client and daemon both write shows each line once", () => {
    const log = readFileSync(
      new URL("../../fixtures/nix-log/2.34.8/fail-keep-going.log", import.meta.url),
      "utf8",
    );
    const records = log.split("\n").filter((each) => each.startsWith("@nix "));
    const daemons = records.filter((each) => !each.includes('"action":"msg"'));
    const once = new BuildsModel();
    once.openStream({ label: "once", kind: "json-log" }, 0).feed(bytes(bare(records)), 1);

    for (const lag of [1, 3, 40, 1500]) {
      // The client says its plan before the daemon begins; then it repeats what the daemon writes, so many lines later.
      const begin = records.findIndex((each) => each.includes('"type":102'));
      const both = records.slice(0, begin).filter((each) => each.includes('"action":"msg"'));
      const copies = records.filter((each, n) => n >= begin || !each.includes('"action":"msg"'));
      for (let n = 0, copied = 0; n < daemons.length + lag || copied < copies.length; n++) {
        if (n < daemons.length) both.push(daemons[n]!);
        if (n >= lag && copied < copies.length) both.push(copies[copied++]!);
      }
      const twice = new BuildsModel();
      twice.openStream({ label: "twice", kind: "json-log" }, 0).feed(bytes(bare(both)), 1);
      assert.deepEqual(reportOf(twice).counts, reportOf(once).counts, `lag ${lag}`);
      assert.deepEqual(
        reportOf(twice)
          .derivations.map((each) => [each.drv, each.logLines])
          .sort(),
        reportOf(once)
          .derivations.map((each) => [each.drv, each.logLines])
          .sort(),
        `lag ${lag}`,
      );
    }
  });

  it("that one process writes keeps equal lines that follow each other", () => {
    const { feed, model } = watch();
    const one = worker(id(11, 0));
    feed([...one.begin, build(id(11, 9), "a"), ...Array(5).fill(line.result(id(11, 9), 101, ["tick"]))]);
    assert.equal(model.derivation(drv("a"))!.logLines, 5);
  });

  it("begun in the middle of a line is read from the next one on", () => {
    const model = new BuildsModel();
    const stream = model.openStream({ label: "watch", kind: "json-log" }, 0);
    stream.feed(bytes(['9,"type":105}', ...bare([...worker(id(11, 0)).begin, build(id(11, 9), "a")])]), 1);
    assert.equal(model.derivation(drv("a"))?.state, "running");
    assert.equal(model.otherLines, 1);
  });

  it("joined while builds run shows those as begun earlier, and is right about those that begin later", () => {
    const { feed, model, state } = watch();
    const one = worker(id(11, 0));
    // "old" runs since before; its start was never read
    feed([line.result(id(11, 8), 101, ["a line of an unknown build"]), ...one.counters([0, 3, 1, 0])]);
    const rows = model.rows({ sort: "state", filter: "", hideDone: false });
    assert.deepEqual(
      rows.map((row) => (row.kind === "derivation" ? row.derivation.name : "")),
      ["a build begun earlier"],
    );
    feed([build(id(11, 9), "new"), ...one.counters([0, 3, 2, 0])]);
    feed([...one.counters([1, 4, 1, 0]), line.stop(id(11, 8))]);
    assert.equal(state("new"), "running", "the step belonged to the build that nobody saw begin");
    feed([...one.counters([2, 5, 0, 0]), line.stop(id(11, 9))]);
    assert.equal(state("new"), "done");
    assert.equal(model.counts.running, 0);
  });

  it("whose process died without a word leaves nothing running", () => {
    const { feed, stream, state, model } = watch();
    feed([...worker(id(11, 0)).begin, build(id(11, 9), "a")]);
    assert.deepEqual(stream.openProcesses(), [11]);
    stream.processEnded(11, 99);
    assert.equal(state("a"), "cancelled");
    assert.deepEqual(stream.openProcesses(), []);
    assert.equal(model.counts.running, 0);
  });

  it("names its processes once somebody found out what they are", () => {
    const { feed, stream, model } = watch();
    feed(worker(id(11, 0)).begin);
    stream.nameProcess(11, "nix build .#hello");
    assert.equal(model.sessions[0]!.label, "nix build .#hello");
  });
});

describe("several streams", () => {
  it("are one list, in which a derivation stands once, with its newest state", () => {
    const model = new BuildsModel();
    const one = worker(100);
    const failed = [
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 1, 1, 0]),
      ...one.counters([0, 1, 0, 1]),
      line.stop(1),
      ...one.end,
    ];
    const done = [
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 1, 1, 0]),
      ...one.counters([1, 2, 0, 0]),
      line.stop(1),
      ...one.end,
    ];
    for (const lines of [failed, done]) {
      const stream = model.openStream({ label: "file", kind: "auto" }, 0);
      stream.feed(bytes(lines), 1);
      stream.end(2);
    }
    assert.equal(model.derivation(drv("a"))?.state, "done");
    assert.deepEqual(model.counts, { running: 0, done: 1, failed: 0, cancelled: 0, planned: 0 });
    assert.equal(model.failures.length, 0);
  });

  it("with the same ids at the same time do not mix", () => {
    const model = new BuildsModel();
    const streams = ["a", "b"].map((name) => {
      const stream = model.openStream({ label: name, kind: "command" }, 0);
      stream.feed(bytes([...worker(100).begin, build(1, name)]), 1);
      return stream;
    });
    streams[0]!.feed(bytes([line.result(1, 104, ["buildPhase"])]), 2);
    assert.deepEqual(
      [model.derivation(drv("a"))!.phase, model.derivation(drv("b"))!.phase],
      ["buildPhase", null],
    );
  });
});

describe("a build that no stream tells of", () => {
  it("runs as long as it is seen, and is no row when it is gone: nobody told how it ended", () => {
    const model = new BuildsModel();
    model.sighted(drv("a"), 100);
    assert.deepEqual([model.counts.running, model.derivation(drv("a"))?.startedAt], [1, 100]);
    model.lostSight(drv("a"));
    assert.deepEqual(model.counts, { running: 0, done: 0, failed: 0, cancelled: 0, planned: 0 });
  });

  it("belongs to the stream as soon as one tells of it", () => {
    const { feed, model, state } = watch();
    model.sighted(drv("a"), 100);
    const one = worker(id(11, 0));
    feed([...one.begin, build(id(11, 9), "a"), ...one.counters([0, 1, 1, 0])]);
    model.lostSight(drv("a"));
    assert.equal(state("a"), "running");
    feed([...one.counters([1, 2, 0, 0]), line.stop(id(11, 9))]);
    assert.equal(state("a"), "done");
    assert.equal(model.counts.done, 1);
  });
});
