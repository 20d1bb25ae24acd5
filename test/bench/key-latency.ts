/** From a key to its picture, while a stream floods in. */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Bench, median, percentile } from "./row.ts";
import { builtProgram, pseudoTerminalSkipReason, TerminalProgram } from "./terminal-program.ts";

const what = "key to picture, 100,000 lines/s streaming in, p95";
const rate = 100_000;
const presses = 60;
/** Stands in the help that `?` opens, and nowhere else. */
const inHelp = "previous pane";

export const keyLatency: Bench = {
  name: "key-latency",
  async run() {
    const reason = pseudoTerminalSkipReason();
    if (reason) return [{ what, skipped: reason }];
    const flood = fileURLToPath(new URL("flood.ts", import.meta.url));
    const source = [process.execPath, "--import", "tsx", flood, String(rate), "60"].join(" ");
    const program = new TerminalProgram(["sh", "-c", `${source} | ${builtProgram().join(" ")}`]);
    const times: number[] = [];
    try {
      await program.writes("Builds");
      await sleep(2000);
      for (let n = 0; n < presses; n++) {
        const shown = program.writes(inHelp);
        const pressed = performance.now();
        program.press("?");
        times.push((await shown) - pressed);
        await sleep(120);
        program.press("q"); // closes the help
        await sleep(230 + (n % 7) * 10);
      }
    } finally {
      await program.close();
    }
    const p95 = percentile(times, 0.95);
    return [
      {
        what,
        figure: `${p95.toFixed(1)} ms`,
        yardstick: `median ${median(times).toFixed(1)} ms, worst ${Math.max(...times).toFixed(1)} ms`,
        ratio: p95,
        bar: 50,
        unit: "ms",
      },
    ];
  },
};
