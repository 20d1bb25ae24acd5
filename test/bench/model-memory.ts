/** Memory of the process that has read ten million lines, against the one that has read one million. */
import { readFileSync } from "node:fs";
import { BuildsModel } from "../../src/model/nix-log/builds-model.ts";
import { inChild } from "./child.ts";
import { grow } from "./grow.ts";
import type { Bench } from "./row.ts";
import { type StreamKind, streamKinds, streamOf } from "./streams.ts";

const million = 1_000_000;

export const modelMemory: Bench = {
  name: "model-memory",
  async run() {
    const figures = [];
    for (const kind of streamKinds) {
      const one = await inChild<Memory>(import.meta.filename, [kind, String(million)]);
      const ten = await inChild<Memory>(import.meta.filename, [kind, String(10 * million)]);
      figures.push(
        {
          what: `memory after 10 M lines, ${kind}`,
          figure: `${mib(ten.after)}`,
          yardstick: `after 1 M lines: ${mib(one.after)}`,
          ratio: ten.after / one.after,
          bar: 1.2,
        },
        {
          what: "  its peak",
          figure: mib(ten.peak),
          yardstick: `peak with 1 M lines: ${mib(one.peak)}`,
          ratio: ten.peak / one.peak,
          bar: 1.2,
        },
      );
    }
    return figures;
  },
};

/** Bytes of resident memory. */
interface Memory {
  after: number;
  peak: number;
}

const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;

function measure(kind: StreamKind, lines: number): Memory {
  const builds = new BuildsModel();
  const reader = builds.openStream({ label: "bench", kind: "command" }, 0);
  let now = 0;
  for (const block of grow(streamOf(kind, lines))) reader.feed(block, now++);
  reader.end(now);
  globalThis.gc?.();
  const status = readFileSync("/proc/self/status", "latin1");
  const peak = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  if (builds.records < lines * 0.9) throw new Error(`only ${builds.records} records read`);
  return { after: process.memoryUsage.rss(), peak };
}

if (import.meta.main)
  console.log(JSON.stringify(measure(process.argv[2] as StreamKind, Number(process.argv[3]))));
