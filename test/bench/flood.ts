/** Writes a long stream to stdout at a steady rate: `flood.ts LINES_PER_SECOND SECONDS`. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { growStream } from "./streams.ts";

const [rate = 0, seconds = 0] = process.argv.slice(2).map(Number);
process.stdout.on("error", () => process.exit(0)); // the reader is gone

const start = performance.now();
let lines = 0;
for (const block of growStream("all kinds, five abreast", rate * seconds)) {
  for (let at = block.indexOf(10); at >= 0; at = block.indexOf(10, at + 1)) lines++;
  if (!process.stdout.write(block)) await once(process.stdout, "drain");
  const ahead = (lines / rate) * 1000 - (performance.now() - start);
  if (ahead > 1) await sleep(ahead);
}
