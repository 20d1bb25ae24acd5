/** A build told in lines, for where no terminal is. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { BuildsModel } from "../../../src/model/nix-log/builds-model.ts";
import { EventLines } from "../../../src/model/report/event-lines.ts";

/** Plays a recording with its times; returns the lines, and the model for more. */
function told(recording: string) {
  const model = new BuildsModel();
  const lines = new EventLines(0);
  const texts: string[] = [];
  model.subscribe((event) => texts.push(...lines.event(event, model).map(({ text }) => text)));
  const stream = model.openStream({ label: "nix build", kind: "command" }, 0);
  const read = (name: string) =>
    readFileSync(new URL(`../../fixtures/nix-log/${name}`, import.meta.url), "utf8");
  const times = read(`${recording}.times`).split("\n").map(Number);
  const rows = read(`${recording}.log`).split("\n");
  /** Groups of lines that arrived together are fed together, as a pipe brings them. */
  const play = (from: number, to: number) => {
    for (let at = from; at < Math.min(to, rows.length); ) {
      const group = [];
      const time = times[at] ?? 0;
      for (; at < Math.min(to, rows.length) && (times[at] ?? 0) <= time + 20; at += 1)
        group.push(`${rows[at]}\n`);
      stream.feed(new TextEncoder().encode(group.join("")), time);
    }
  };
  return { model, lines, texts, play, rows: rows.length };
}

describe("event lines", () => {
  it("tell each build's start and end once, with its time", () => {
    const { texts, play, rows } = told("2.34.8/dag");
    play(0, rows);
    for (const state of ["started", "done"]) {
      assert.equal(texts.filter((text) => text.includes(` ${state} `)).length, 30, state);
    }
    assert.ok(texts.some((text) => /^\s+\d+s {2}done {5}compiler-13\.2\.0 {2}\ds$/.test(text)));
  });

  it("tell a failure with its phase, its reason and its last words", () => {
    const { texts, play, rows } = told("2.34.8/fail-keep-going");
    play(0, rows);
    const at = texts.findIndex((text) =>
      /failed {3}broken-0\.9 .* in buildPhase: builder failed with exit code 2/.test(text),
    );
    assert.ok(at >= 0, texts.join("\n"));
    assert.match(texts.slice(at + 1, at + 11).join("\n"), /> make: \*\*\* \[Makefile:12: parse\.o\] Error 1/);
  });

  it("fold downloads: they are told together, not one by one", () => {
    const { lines, texts, play, rows } = told("2.34.8/substitute-small");
    play(0, rows);
    const all = [...texts, ...lines.flush(9000).map(({ text }) => text)];
    const fetched = all.filter((text) => text.includes(" fetched "));
    assert.equal(fetched.length, 1, all.join("\n"));
    assert.match(fetched[0]!, /fetched {2}\d+ paths?, [\d.]+ \w+ from /);
  });

  it("say of paths that were sent where to, and not that they were fetched", () => {
    for (const recording of ["2.34.8/copy-to", "2.8.0/copy-to"]) {
      const { lines, texts, play, rows } = told(recording);
      play(0, rows);
      const all = [...texts, ...lines.flush(9000).map(({ text }) => text)].join("\n");
      assert.match(all, / sent {5}6 paths(?:, 2\.6 MiB)? to lab-builder$/m);
      assert.doesNotMatch(all, / fetched /);
    }
  });

  it("call a build stopped that was killed", () => {
    const { texts, play, rows } = told("2.34.8/fail-stop");
    play(0, rows);
    assert.match(texts.join("\n"), / stopped {2}other .*: killed, as the build was stopped$/m);
  });

  it("say with a heartbeat what runs and since when", () => {
    const { model, lines, play, rows } = told("2.34.8/dag");
    play(0, Math.floor(rows / 2));
    const [beat] = lines.heartbeat(model, 100_000);
    assert.match(beat!.text, /^ +1m40s {2}still {4}\d+ running, \d+ done, \d+ to go: \S+ 1m\d\ds/);
  });

  it("hold no escape sequence", () => {
    for (const recording of ["2.34.8/fail-stop", "2.34.8/remote-small", "2.8.0/fail-keep-going"]) {
      const { texts, play, rows } = told(recording);
      play(0, rows);
      assert.doesNotMatch(texts.join("\n"), /\p{Cc}(?<!\n)/u);
    }
  });
});
