/** What must hold for any input: no throw, no wrong "done", the same model however the bytes came. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BuildsModel } from "../../../src/model/nix-log/builds-model.ts";
import type { StreamOptions } from "../../../src/model/nix-log/types.ts";
import { type ReadReport, reportOf } from "../../support/nix-log-lines.ts";

const fixture = (path: string) =>
  readFileSync(new URL(`../../fixtures/nix-log/${path}.log`, import.meta.url));
const sessions = [
  "2.34.8/fail-stop",
  "2.26.3/fail-keep-going",
  "2.8.0/remote-small",
  "2.34.8/hash-mismatch",
  "2.34.8/ifd",
].map((path) => ({
  path,
  log: fixture(path),
  lines: fixture(path).toString("utf8").split("\n").slice(0, -1),
}));
const anySession = fc.constantFrom(...sessions);

function replay(chunks: readonly Uint8Array[], kind: StreamOptions["kind"] = "auto"): ReadReport {
  const model = new BuildsModel();
  const stream = model.openStream({ label: "any", kind }, 0);
  let now = 0;
  for (const chunk of chunks) stream.feed(chunk, now++);
  stream.end(now);
  return reportOf(model);
}

const bytes = (lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(""));
const doneIn = (report: ReadReport) =>
  report.derivations.filter((each) => each.state === "done").map((each) => each.drv);

/** Lines that can stand between records: ssh's words, scripts' output, broken JSON, control sequences. */
const junk = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }).map((text) => text.replace(/\n/g, " ")),
  fc.constantFrom(
    "",
    "@nix ",
    "@nix {",
    '@nix {"action":"result"}',
    '@nix {"action":"result","fields":[',
    '@nix {"action":"result","fields":["x"],"id":1,"type":101}',
    '@nix {"action":"stop","id":"1"}',
    '@nix {"action":"start","id":1}',
    '@nix {"action":"dance","id":1}',
    "@nix null",
    "@nix []",
    "Warning: Permanently added 'mini' (ED25519) to the list of known hosts.",
    "\u001b[2J\u001b]0;title\u0007",
  ),
);

describe("for any stream", () => {
  it("the pieces it comes in do not change the model", () => {
    fc.assert(
      fc.property(anySession, fc.array(fc.nat(), { maxLength: 30 }), ({ log }, cuts) => {
        const places = [...new Set(cuts.map((cut) => cut % log.length))].sort((a, b) => a - b);
        const pieces = [0, ...places].map((from, n) => log.subarray(from, places[n] ?? log.length));
        assert.deepEqual(replay(pieces), replay([log]));
      }),
      { numRuns: 60 },
    );
  });

  it("junk between the lines changes nothing but the count of other lines", () => {
    fc.assert(
      fc.property(
        anySession,
        fc.array(fc.tuple(fc.nat(), junk), { minLength: 1, maxLength: 12 }),
        ({ lines }, insertions) => {
          const mixed = [...lines];
          for (const [at, text] of insertions) mixed.splice(at % (mixed.length + 1), 0, text);
          const clean = replay([bytes(lines)]);
          const dirty = replay([bytes(mixed)]);
          const pieces = mixed.map((each) => bytes([each]));
          assert.deepEqual(replay(pieces), dirty);
          assert.deepEqual(
            dirty.derivations.map((each) => [each.drv, each.state, each.logLines]),
            clean.derivations.map((each) => [each.drv, each.state, each.logLines]),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it("a line that is lost never makes something done that was not", () => {
    fc.assert(
      fc.property(anySession, fc.nat(), fc.integer({ min: 1, max: 5 }), ({ lines, log }, at, count) => {
        const done = new Set(doneIn(replay([log])));
        const fewer = lines.filter((_, n) => n < at % lines.length || n >= (at % lines.length) + count);
        for (const drv of doneIn(replay([bytes(fewer)]))) assert.ok(done.has(drv), drv);
      }),
      { numRuns: 300 },
    );
  });

  it("a beginning that was missed never makes something done that was not", () => {
    fc.assert(
      fc.property(anySession, fc.nat(), ({ log }, cut) => {
        const done = new Set(doneIn(replay([log])));
        for (const drv of doneIn(replay([log.subarray(cut % log.length)]))) assert.ok(done.has(drv), drv);
      }),
      { numRuns: 300 },
    );
  });

  it("any bytes at all are read without a throw, and nothing is done in them", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 8 }), (chunks) => {
        assert.deepEqual(doneIn(replay(chunks)), []);
      }),
      { numRuns: 200 },
    );
  });

  it("records with any values in their places are read without a throw", () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(2 ** 63, -1, 1e300, "", null, [], {}));
    const record = fc.record(
      {
        action: fc.constantFrom("start", "stop", "result", "msg"),
        id: fc.oneof(fc.nat(9), value),
        type: fc.oneof(fc.integer({ min: 99, max: 114 }), value),
        fields: fc.oneof(fc.array(value, { maxLength: 4 }), value),
        parent: fc.oneof(fc.nat(9), value),
        text: fc.oneof(fc.string(), value),
        level: value,
        msg: value,
        payload: value,
      },
      { requiredKeys: ["action"] },
    );
    fc.assert(
      fc.property(fc.array(record, { maxLength: 30 }), (records) => {
        const lines = records.map((each) => `@nix ${JSON.stringify(each)}`);
        replay([bytes(lines)]);
        replay([bytes(lines.map((each) => each.slice(5)))], "json-log");
      }),
      { numRuns: 300 },
    );
  });

  it("no text of it reaches the model with a control character or a direction mark", () => {
    const hostile = fc.string({ unit: "binary", maxLength: 60 });
    fc.assert(
      fc.property(hostile, hostile, hostile, (name, host, log) => {
        const drv = `/nix/store/00000000000000000000000000000000-${name}.drv`;
        const lines = [
          {
            action: "start",
            fields: [drv, `ssh-ng://${host}`, 1, 1],
            id: 1,
            level: 3,
            parent: 0,
            text: `building ${name}`,
            type: 105,
          },
          { action: "result", fields: [log], id: 1, type: 101 },
          { action: "result", fields: [log], id: 1, type: 104 },
          { action: "start", id: 2, level: 3, parent: 0, text: log, type: 0 },
          { action: "msg", level: 0, msg: `warning: ${log}` },
          {
            action: "msg",
            level: 0,
            msg: `error: Cannot build '${drv}'.\nReason: ${log}\nLast 1 log lines:\n> ${log}`,
          },
        ].map((each) => `@nix ${JSON.stringify(each)}`);
        const model = new BuildsModel();
        const stream = model.openStream({ label: log, kind: "command" }, 0);
        stream.feed(bytes([...lines, log.replace(/\n/g, " ")]), 1);
        const build = model.derivation(drv);
        const shown = [
          ...(build === undefined
            ? []
            : [build.name, build.hostName, build.phase, build.reason, build.log.plainLine(0)]),
          ...model.notices.map((each) => each.text),
          ...model.otherOutput,
          ...model.sessions.map((each) => each.label),
          ...model.failures.flatMap((each) => [each.reason, each.name, ...each.logTail]),
          ...model
            .rows({ sort: "state", filter: "", hideDone: false })
            .map((row) => (row.kind === "activity" ? row.activity.text : "")),
        ];
        for (const text of shown) assert.doesNotMatch(text ?? "", /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
      }),
      { numRuns: 300 },
    );
  });

  // Read character by character against each other, either would take minutes.
  it("a line made to look like something else for long is soon given up", { timeout: 60_000 }, () => {
    replay([bytes([`nix: x:1: ${": Assertion `".repeat(150_000)}`])]);
    replay([bytes(Array(60_000).fill(`1${" ".repeat(70)}x @nix {"action":"stop","id":1}`))]);
  });
});
