/** From the start of the program to its first picture, against a Node that does nothing. */
import { spawnSync } from "node:child_process";
import { type Bench, median } from "./row.ts";
import { builtProgram, pseudoTerminalSkipReason, TerminalProgram } from "./terminal-program.ts";

const what = "start to first frame (--demo, 120x36)";
const rounds = 15;

export const firstFrame: Bench = {
  name: "first-frame",
  async run() {
    const reason = pseudoTerminalSkipReason();
    if (reason) return [{ what, skipped: reason }];
    const frames: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      spawnSync(process.execPath, ["-e", "0"]);
      bare.push(performance.now() - start);
      const program = new TerminalProgram(builtProgram("--demo"));
      frames.push((await program.writes("Builds")) - program.execAt);
      await program.close();
    }
    const [frame, yardstick] = [median(frames.slice(1)), median(bare.slice(1))];
    return [
      {
        what,
        figure: `${frame.toFixed(0)} ms`,
        yardstick: `node -e 0: ${yardstick.toFixed(0)} ms`,
        ratio: frame / yardstick,
        bar: 5.5,
      },
    ];
  },
};
