/**
 * Prints how the program does against its yardsticks, each measured beside it in the same run.
 *
 *   npm run bench               everything
 *   npm run bench -- NAME...    some of it
 *
 * It judges nothing: exit status 0, unless something broke. Figures of a busy machine mean little.
 */
import { cpus, loadavg } from "node:os";
import { firstFrame } from "./first-frame.ts";
import { keyLatency } from "./key-latency.ts";
import { lookTime } from "./look-time.ts";
import { modelMemory } from "./model-memory.ts";
import { modelReading } from "./model-reading.ts";
import type { Bench, Figure, Skipped } from "./row.ts";
import { runOverhead } from "./run-overhead.ts";
import { steadyCost } from "./steady-cost.ts";

const benches: readonly Bench[] = [
  modelReading,
  modelMemory,
  keyLatency,
  firstFrame,
  steadyCost,
  lookTime,
  runOverhead,
];

const names = process.argv.slice(2);
const unknown = names.find((name) => !benches.some((bench) => bench.name === name));
if (unknown !== undefined) {
  console.error(`bench: no benchmark "${unknown}"; there are: ${benches.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const header = ["what", "figure", "yardstick", "ratio", "bar", ""];
const widths = [58, 13, 54, 9, 9, 8];
const print = (cells: readonly string[]) =>
  console.log(
    cells
      .map((cell, n) => (n < 3 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!)))
      .join(" ")
      .trimEnd(),
  );

const [load = 0] = loadavg();
console.log(`${cpus().length} CPUs, load ${load.toFixed(2)}, Node ${process.versions.node}\n`);
print(header);
for (const bench of benches.filter(({ name }) => names.length === 0 || names.includes(name))) {
  try {
    for (const row of await bench.run()) print(cellsOf(row));
  } catch (error) {
    console.error(`${bench.name} broke: ${(error as Error).stack}`);
    process.exitCode = 1;
  }
}

function cellsOf(row: Figure | Skipped): string[] {
  if ("skipped" in row) return [row.what, `skipped: ${row.skipped}`];
  const unit = row.unit ? ` ${row.unit}` : "";
  const met = row.ratio <= row.bar ? "met" : "NOT MET";
  return [row.what, row.figure, row.yardstick, `${row.ratio.toFixed(2)}${unit}`, `<= ${row.bar}${unit}`, met];
}
