/** Derivations that ended long ago take little room and are not forgotten. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Archive } from "../../../src/model/nix-log/archive.ts";
import { BuildsModel } from "../../../src/model/nix-log/builds-model.ts";
import { build, drv, line, reportOf, worker } from "../../support/nix-log-lines.ts";

const entry = (name: string) => ({
  drv: drv(name),
  state: "done" as const,
  host: "ssh-ng://mini",
  phase: "installPhase",
  reason: null,
  logLines: 47,
  durationMs: 1234,
});

describe("the archive", () => {
  it("gives back what was put in, tens of thousands of them", () => {
    const archive = new Archive();
    for (let n = 0; n < 20_000; n++) archive.add(entry(`package-${n}`));
    const all = [...archive.all()];
    assert.equal(all.length, 20_000);
    assert.deepEqual(all[12_345], { ...entry("package-12345"), name: "package-12345" });
  });

  it("keeps any absolute path, also one that Nix could not have made", () => {
    const hash = "0123456789abcdfghijklmnpqrsvwxyz";
    const paths = [
      `/nix/store/${hash}-hello-2.12.drv`,
      `/nix/store/zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz-a.drv`,
      `/nix/store/${hash}-.drv`,
      `/nix/store/e${hash.slice(1)}-no-digit.drv`,
      `/nix/store/${hash}-gr\u00fc\u00dfe-\u{1f600}.drv`,
      `/nix/store/\u00fc${hash.slice(1)}-hash.drv`,
      `/elsewhere/store/${hash}-x.drv`,
      `/nix/store/${hash}-no-derivation`,
      "/nix/store/.drv",
    ];
    const archive = new Archive();
    for (const path of paths) archive.add({ ...entry(""), drv: path });
    assert.deepEqual(
      [...archive.all()].map((each) => each.drv),
      paths,
    );
    for (const path of paths) assert.equal(archive.take(path), "done", path);
  });

  it("gives a derivation out once, when it is built anew", () => {
    const archive = new Archive();
    for (let n = 0; n < 10_000; n++) archive.add(entry(`package-${n}`));
    assert.equal(archive.take(drv("package-77")), "done");
    assert.equal(archive.take(drv("package-77")), null);
    assert.equal(archive.take(drv("stranger")), null);
    assert.equal([...archive.all()].length, 9_999);
  });
});

describe("an archive that is full", () => {
  it("forgets the oldest, and finds the others", () => {
    const archive = new Archive();
    for (let n = 0; n < 300_000; n++) archive.add(entry(`p${n}`));
    const kept = [...archive.all()].length;
    assert.ok(kept >= 125_000 && kept <= 131_072, `${kept}`);
    assert.equal(archive.take(drv("p1")), null);
    assert.equal(archive.take(drv("p299999")), "done");
    const forgotten = 300_000 - kept;
    for (let n = 0; n < 299_999; n += 97)
      assert.equal(archive.take(drv(`p${n}`)), n < forgotten ? null : "done", `p${n}`);
  });
});

describe("a model with more failures than anybody reads", () => {
  it("keeps the reason of all, and the last lines of the newest", () => {
    const model = new BuildsModel();
    const stream = model.openStream({ label: "failures", kind: "command" }, 0);
    const lines: string[] = [];
    for (let n = 0; n < 700; n++) {
      lines.push(
        line.msg(
          `error: Cannot build '${drv(`f${n}`)}'.\nReason: builder failed with exit code 2.\nLast 1 log lines:\n> it broke`,
        ),
      );
    }
    stream.feed(Buffer.from(lines.map((each) => `${each}\n`).join("")), 1);
    assert.equal(model.failures.length, 700);
    assert.ok(model.failures.every((failure) => failure.exitCode === 2));
    assert.deepEqual([model.failures[0]?.logTail, model.failures[699]?.logTail], [[], ["it broke"]]);
  });
});

describe("a model with more derivations than rows", () => {
  const model = new BuildsModel();
  const stream = model.openStream({ label: "many", kind: "command" }, 0);
  const one = worker(100);
  const built = (id: number, name: string, done: number) => [
    build(id, name),
    ...one.counters([done, 1, 1, 0]),
    line.result(id, 101, ["a line"]),
    ...one.counters([done + 1, 1, 0, 0]),
    line.stop(id),
  ];
  const feed = (lines: string[]) => stream.feed(Buffer.from(lines.map((each) => `${each}\n`).join("")), 1);
  feed(one.begin);
  for (let n = 0; n < 15_000; n++) feed(built(1000 + n, `package-${n}`, n));

  it("counts and reports all of them, each once", () => {
    assert.equal(model.counts.done, 15_000);
    const report = reportOf(model);
    assert.equal(report.counts.done, 15_000);
    assert.equal(new Set(report.derivations.map((each) => each.drv)).size, 15_000);
  });

  it("has rows for the newest", () => {
    const rows = model.rows({ sort: "state", filter: "", hideDone: false });
    assert.ok(rows.length >= 10_000 && rows.length < 12_000);
    assert.equal(model.derivation(drv("package-0")), undefined);
    assert.equal(model.derivation(drv("package-14999"))?.log.plainLine(0), "a line");
  });

  it("archives what is planned, too, and takes it back when it begins", () => {
    const planned = new BuildsModel();
    const plan = planned.openStream({ label: "plan", kind: "command" }, 0);
    const lines = [line.msg("these 20000 derivations will be built:", 3)];
    for (let n = 0; n < 20_000; n++) lines.push(line.msg(`  ${drv(`planned-${n}`)}`, 3));
    plan.feed(Buffer.from(lines.map((each) => `${each}\n`).join("")), 1);
    assert.equal(planned.counts.planned, 20_000);
    assert.ok([...planned.derivations()].length < 11_000);
    assert.equal(reportOf(planned).derivations.length, 20_000);
    plan.feed(Buffer.from(`${build(1, "planned-3")}\n`), 2);
    assert.deepEqual([planned.counts.planned, planned.counts.running], [19_999, 1]);
    assert.equal(reportOf(planned).derivations.length, 20_000);
  });

  it("drops the whole plan of a command that succeeded: the rest was there already", () => {
    const planned = new BuildsModel();
    const plan = planned.openStream({ label: "plan", kind: "command" }, 0);
    const lines = [line.msg("these 20000 derivations will be built:", 3)];
    for (let n = 0; n < 20_000; n++) lines.push(line.msg(`  ${drv(`planned-${n}`)}`, 3));
    plan.feed(Buffer.from([...lines, ...one.begin, ...one.end].map((each) => `${each}\n`).join("")), 1);
    plan.end(3, { exitCode: 0, signal: null });
    assert.deepEqual(planned.counts, { running: 0, done: 0, failed: 0, cancelled: 0, planned: 0 });
    assert.equal(reportOf(planned).derivations.length, 0);
  });

  it("takes one back that is built anew", () => {
    feed([build(9, "package-0")]);
    assert.equal(model.derivation(drv("package-0"))?.state, "running");
    assert.deepEqual([model.counts.done, model.counts.running], [14_999, 1]);
  });
});
