/** Reading a long stream into the model, against `JSON.parse` of each of its records. */
import { BuildsModel } from "../../src/model/nix-log/builds-model.ts";
import { inChild } from "./child.ts";
import { type Bench, median } from "./row.ts";
import { type StreamKind, streamKinds, wholeStream } from "./streams.ts";

const million = 1_000_000;
const chunkBytes = 65_536;

export const modelReading: Bench = {
  name: "model-reading",
  async run() {
    const figures = [];
    for (const kind of streamKinds) {
      const { model, parse, lines } = await inChild<Times>(import.meta.filename, [kind]);
      figures.push({
        what: `reading 1 M lines into the model, ${kind}`,
        figure: `${Math.round(model)} ms`,
        yardstick: `JSON.parse of each: ${Math.round(parse)} ms`,
        ratio: model / parse,
        bar: 0.6,
      });
      if (lines < million) throw new Error(`the stream has ${lines} lines only`);
    }
    return figures;
  },
};

interface Times {
  /** ms, the median of some rounds. */
  model: number;
  parse: number;
  lines: number;
}

function measure(kind: StreamKind): Times {
  const stream = wholeStream(kind, million);
  // The yardstick gets its lines cut and their prefix taken off beforehand: only parsing is timed.
  const records: string[] = [];
  let lines = 0;
  for (let from = 0; from < stream.length; ) {
    const end = stream.indexOf(10, from);
    if (stream.toString("latin1", from, from + 5) === "@nix ")
      records.push(stream.toString("utf8", from + 5, end));
    from = end + 1;
    lines++;
  }
  const rounds: { model: number; parse: number }[] = [];
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.();
    const model = timed(() => {
      const builds = new BuildsModel();
      const reader = builds.openStream({ label: "bench", kind: "command" }, 0);
      for (let from = 0; from < stream.length; from += chunkBytes) {
        reader.feed(stream.subarray(from, from + chunkBytes), from / 1000);
      }
      reader.end(stream.length / 1000);
      if (builds.records !== records.length)
        throw new Error(`${builds.records} of ${records.length} records read`);
    });
    globalThis.gc?.();
    const parse = timed(() => {
      for (const record of records) JSON.parse(record);
    });
    rounds.push({ model, parse });
  }
  // The first round warms the code up on both sides.
  const warm = rounds.slice(1);
  return {
    model: median(warm.map((round) => round.model)),
    parse: median(warm.map((round) => round.parse)),
    lines,
  };
}

function timed(act: () => void): number {
  const start = performance.now();
  act();
  return performance.now() - start;
}

if (import.meta.main) console.log(JSON.stringify(measure(process.argv[2] as StreamKind)));
