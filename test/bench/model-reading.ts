/** Reading a long stream into the model, against `JSON.parse` of each of its records. */
import { BuildsModel } from "../../src/model/nix-log/builds-model.ts";
import { inChild } from "./child.ts";
import { type Bench, median } from "./row.ts";
import { type StreamKind, streamKinds, wholeStream } from "./streams.ts";

const million = 1_000_000;
const chunkBytes = 65_536;
/** The first one is cold, the next one warms up what it did not. */
const rounds = { warming: 2, counted: 7 } as const;
const processes = 3;

/** ms for a million lines: the first ones of a process, and later ones. */
interface Times {
  first: number;
  later: number;
}

export const modelReading: Bench = {
  name: "model-reading",
  async run() {
    const figures = [];
    for (const kind of streamKinds) {
      // Each in processes of its own: a million strings that the yardstick holds would slow down the other's memory.
      const parse = await usualTimes("parse", kind);
      const model = await usualTimes("model", kind);
      for (const which of ["first", "later"] as const)
        figures.push({
          what: `reading ${which === "first" ? "the first 1 M lines" : "1 M more"}, ${kind}`,
          figure: `${Math.round(model[which])} ms`,
          yardstick: `JSON.parse of each: ${Math.round(parse[which])} ms`,
          ratio: model[which] / parse[which],
          bar: 0.6,
        });
    }
    return figures;
  },
};

async function usualTimes(what: "parse" | "model", kind: StreamKind): Promise<Times> {
  const times: Times[] = [];
  for (let n = 0; n < processes; n++) times.push(await inChild<Times>(import.meta.filename, [what, kind]));
  return { first: median(times.map(({ first }) => first)), later: median(times.map(({ later }) => later)) };
}

/**
 * Reads the stream in chunks, as it comes from a pipe.
 *
 * The program has one model as long as it runs. So that of the round before stays until the next one is read: were it
 * gone at the collection between them, V8 would forget all code it had compiled for it, and warm up again in each round.
 */
function readIntoModel(stream: Buffer): () => void {
  const living: object[] = [];
  return () => {
    const builds = new BuildsModel();
    const reader = builds.openStream({ label: "bench", kind: "command" }, 0);
    for (let from = 0; from < stream.length; from += chunkBytes) {
      reader.feed(stream.subarray(from, from + chunkBytes), from / 1000);
    }
    reader.end(stream.length / 1000);
    living.splice(0, living.length, builds, reader);
    if (builds.records + builds.otherLines < million) throw new Error(`only ${builds.records} records read`);
  };
}

/** The yardstick gets its lines cut and their prefix taken off beforehand: only parsing is timed. */
function parseEach(stream: Buffer): () => void {
  const records: string[] = [];
  for (let from = 0; from < stream.length; ) {
    const end = stream.indexOf(10, from);
    if (stream.toString("latin1", from, from + 5) === "@nix ")
      records.push(stream.toString("utf8", from + 5, end));
    from = end + 1;
  }
  return () => {
    for (const record of records) JSON.parse(record);
  };
}

function measure(act: () => void): Times {
  const times: number[] = [];
  for (let round = 0; round < rounds.warming + rounds.counted; round++) {
    globalThis.gc?.();
    const start = performance.now();
    act();
    times.push(performance.now() - start);
  }
  return { first: times[0]!, later: median(times.slice(rounds.warming)) };
}

if (import.meta.main) {
  const [what, kind] = process.argv.slice(2) as ["parse" | "model", StreamKind];
  const stream = wholeStream(kind, million);
  console.log(JSON.stringify(measure(what === "parse" ? parseEach(stream) : readIntoModel(stream))));
}
