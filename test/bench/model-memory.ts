/** Memory of the process that has read ten million lines, against the one that has read one million. */
import { readFileSync, readSync } from "node:fs";
import { favourMemory } from "../../src/adapters/system/memory.ts";
import { BuildsModel } from "../../src/model/nix-log/builds-model.ts";
import { inChild } from "./child.ts";
import type { Bench } from "./row.ts";
import { type StreamKind, streamKinds, streamOf } from "./streams.ts";
import { nodeFlags } from "./terminal-program.ts";

const million = 1_000_000;

export const modelMemory: Bench = {
  name: "model-memory",
  async run() {
    const figures = [];
    for (const kind of streamKinds) {
      const one = await read(kind, million);
      const ten = await read(kind, 10 * million);
      figures.push({
        what: `memory after 10 M lines, ${kind}`,
        figure: mib(ten.after),
        yardstick: `after 1 M lines: ${mib(one.after)} (peaks ${mib(ten.peak)}, ${mib(one.peak)})`,
        ratio: ten.after / one.after,
        bar: 1.2,
      });
    }
    return figures;
  },
};

/** Bytes of resident memory. */
interface Memory {
  after: number;
  peak: number;
}

/** As the program does it: with its flags and settings of V8, and the stream made by somebody else. */
async function read(kind: StreamKind, lines: number): Promise<Memory> {
  const { abreast = 1, files } = streamOf(kind);
  const source = ["--lines", String(lines), "--abreast", String(abreast), ...files];
  return await inChild<Memory>(import.meta.filename, [String(lines)], { flags: nodeFlags(), source });
}

const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;

function measure(lines: number): Memory {
  const builds = new BuildsModel();
  const reader = builds.openStream({ label: "bench", kind: "command" }, 0);
  const buffer = Buffer.alloc(64 * 1024);
  favourMemory();
  let now = 0;
  for (let size = readSync(0, buffer); size > 0; size = readSync(0, buffer)) {
    reader.feed(buffer.subarray(0, size), now++);
  }
  reader.end(now);
  globalThis.gc?.();
  const status = readFileSync("/proc/self/status", "latin1");
  const peak = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  if (builds.records < lines * 0.9) throw new Error(`only ${builds.records} records read`);
  return { after: process.memoryUsage.rss(), peak };
}

if (import.meta.main) console.log(JSON.stringify(measure(Number(process.argv[2]))));
