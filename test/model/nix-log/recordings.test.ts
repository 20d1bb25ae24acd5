/** Every recorded session of real Nix, read back, must say what truly happened: the truth was never taken from the log. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { describe, it } from "node:test";
import { BuildsModel } from "../../../src/model/nix-log/builds-model.ts";
import { type ReadReport, reportOf } from "../../support/nix-log-lines.ts";

const FIXTURES = new URL("../../fixtures/nix-log/", import.meta.url).pathname;

interface Truth {
  exitCode: number;
  drvs: { drv: string; name: string; outcome: string }[];
  downloaded?: { paths: number; narBytes: number };
  served?: { narFileBytes: number };
}

const recordings = globSync(`${FIXTURES}*/*.truth.json`)
  .sort()
  .map((path) => {
    const log = readFileSync(path.replace(/\.truth\.json$/, ".log"));
    return {
      version: basename(dirname(path)),
      name: basename(path, ".truth.json"),
      truth: JSON.parse(readFileSync(path, "utf8")) as Truth,
      log,
    };
  });

function replay(log: Buffer, cut: (feed: (from: number, to: number) => void) => void): ReadReport {
  const model = new BuildsModel();
  const stream = model.openStream({ label: "recording", kind: "auto" }, 0);
  cut((from, to) => stream.feed(log.subarray(from, to), from));
  stream.end(log.length);
  return reportOf(model);
}

const whole = (log: Buffer) => replay(log, (feed) => feed(0, log.length));

/** The state that the truth asks for. What never began is `planned` if the log names it, and cannot be known if not. */
function wanted(truth: Truth["drvs"][number], recording: (typeof recordings)[number]): string {
  switch (truth.outcome) {
    case "built":
    case "built-remotely":
      return "done";
    case "failed":
      return "failed";
    case "interrupted":
      return "cancelled";
    case "already":
      // `--rebuild` found that it differs: its output stays valid, the check of it failed.
      return recording.name === "check" ? "failed" : "absent";
    default:
      return recording.log.includes(truth.drv) ? "planned" : "absent";
  }
}

describe("a recorded session tells its truth", () => {
  for (const recording of recordings) {
    it(`Nix ${recording.version}: ${recording.name}`, () => {
      const report = whole(recording.log);
      const states = new Map(report.derivations.map((each) => [each.drv, each]));
      for (const truth of recording.truth.drvs) {
        const found = states.get(truth.drv);
        assert.equal(found?.state ?? "absent", wanted(truth, recording), truth.name);
        if (truth.outcome === "built-remotely")
          assert.match(found?.host ?? "", /lab-builder/, `host of ${truth.name}`);
        if (truth.outcome === "built") assert.equal(found?.host, null, `host of ${truth.name}`);
        states.delete(truth.drv);
      }
      assert.deepEqual([...states.keys()], [], "derivations that the truth does not know");

      const ended = recording.name === "interrupt" ? "cancelled" : "failed";
      assert.equal(report.outcome, recording.truth.exitCode === 0 ? "succeeded" : ended);
      assert.deepEqual(report.unknownRecords, {});
      const failed = recording.truth.drvs.filter((each) => each.outcome === "failed").map((each) => each.drv);
      for (const each of failed)
        assert.ok(report.failures.some((failure) => failure.drv === each && failure.reason !== "failed"));
      if (recording.name.startsWith("substitute") && recording.truth.downloaded !== undefined) {
        assert.equal(report.transfers.paths, recording.truth.downloaded.paths);
        if (recording.truth.served !== undefined) {
          assert.equal(report.transfers.bytesDone, recording.truth.served.narFileBytes);
        }
      }
    });
  }
});

describe("how the bytes are cut does not matter", () => {
  for (const recording of recordings) {
    it(`Nix ${recording.version}: ${recording.name}, in pieces of 1, 7 and 4096 bytes`, () => {
      const expected = whole(recording.log);
      const sizes = recording.log.length < 100_000 ? [1, 7, 4096] : [4096];
      for (const size of sizes) {
        const pieces = replay(recording.log, (feed) => {
          for (let from = 0; from < recording.log.length; from += size) feed(from, from + size);
        });
        assert.deepEqual(pieces, expected, `pieces of ${size}`);
      }
    });
  }

  it("a session split in two at every byte", () => {
    const sample = recordings.find((each) => each.version === "2.34.8" && each.name === "hash-mismatch")!.log;
    const expected = whole(sample);
    for (let at = 0; at <= sample.length; at++) {
      const halves = replay(sample, (feed) => {
        feed(0, at);
        feed(at, sample.length);
      });
      assert.deepEqual(halves, expected, `split at ${at}`);
    }
  });
});

describe("several commands that write into one pipe", () => {
  for (const turn of [1, 2, 7, 40]) {
    it(`end as each does alone, ${turn} lines of each in turn`, () => {
      const names = ["dag", "fail-keep-going", "remote-small", "high-pid", "remote-fail"];
      const together = recordings.filter((each) => each.version === "2.34.8" && names.includes(each.name));
      const lines = together.map(({ log }) => log.toString("latin1").split(/(?<=\n)/));
      let mixed = "";
      for (let at = 0; lines.some((each) => at < each.length); at += turn)
        mixed += lines.map((each) => each.slice(at, at + turn).join("")).join("");
      const report = whole(Buffer.from(mixed, "latin1"));
      const states = new Map(report.derivations.map((each) => [each.drv, each.state]));
      for (const recording of together)
        for (const truth of recording.truth.drvs)
          assert.equal(states.get(truth.drv) ?? "absent", wanted(truth, recording), truth.name);
    });
  }
});

describe("a session that breaks off", () => {
  for (const recording of recordings.filter((each) => each.log.length < 80_000)) {
    it(`Nix ${recording.version}: ${recording.name} never says done what was not done`, () => {
      const done = new Set(
        recording.truth.drvs.filter((each) => each.outcome.startsWith("built")).map((each) => each.drv),
      );
      const step = Math.max(1, Math.floor(recording.log.length / 60));
      for (let end = 0; end < recording.log.length; end += step) {
        for (const each of replay(recording.log, (feed) => feed(0, end)).derivations) {
          if (each.state === "done") assert.ok(done.has(each.drv), `${each.name} at byte ${end}`);
        }
      }
    });
  }
});

describe("a session that is joined when its first build begins", () => {
  for (const recording of recordings) {
    const from = recording.log.toString("latin1").search(/^@nix \{"action":"start",.*"type":105\}$/m);
    if (from < 0) continue;
    it(`Nix ${recording.version}: ${recording.name} ends as when it is read whole`, () => {
      const states = (log: Buffer) => new Map(whole(log).derivations.map((each) => [each.drv, each.state]));
      const joined = states(recording.log.subarray(from));
      for (const [drv, state] of states(recording.log))
        if (joined.has(drv)) assert.equal(joined.get(drv), state, drv);
    });
  }
});
