/** `buildtop run -- nix build` against plain `nix build`: 30 derivations by a real daemon, with and without a terminal. */
import { type Lab, openLab } from "../support/lab.ts";
import { buildtop, endToEndSkipReason, nixBuild } from "../support/lab-buildtop.ts";
import { type Bench, type Figure, median } from "./row.ts";
import { pseudoTerminalSkipReason, TerminalProgram } from "./terminal-program.ts";

const rounds = 4;

export const runOverhead: Bench = {
  name: "run-overhead",
  async run() {
    const reason = endToEndSkipReason() || pseudoTerminalSkipReason();
    if (reason) return [{ what: "run -- nix build against nix build", skipped: reason }];
    const lab = await openLab("forky");
    try {
      return [
        await compare(lab, "run -- nix build, no terminal", piped),
        await compare(lab, "run -- nix build, dashboard", inTerminal),
      ];
    } finally {
      await lab.close();
    }
  },
};

async function compare(
  lab: Lab,
  what: string,
  time: (lab: Lab, argv: readonly string[]) => Promise<number>,
): Promise<Figure> {
  const alone: number[] = [];
  const shown: number[] = [];
  const plain = () => nixBuild("dag", "all", lab.stamp());
  await time(lab, plain());
  for (let round = 0; round < rounds; round++) {
    // Who comes first alternates, so that neither always meets the warmer machine.
    const order = [
      async () => alone.push(await time(lab, plain())),
      async () => shown.push(await time(lab, [...buildtop, "run", "--", ...plain()])),
    ];
    for (const act of round % 2 === 0 ? order : order.reverse()) await act();
  }
  return {
    what,
    figure: `${(median(shown) / 1000).toFixed(2)} s`,
    yardstick: `nix build: ${(median(alone) / 1000).toFixed(2)} s`,
    ratio: median(shown) / median(alone),
    bar: 1.02,
  };
}

async function piped(lab: Lab, argv: readonly string[]): Promise<number> {
  const start = performance.now();
  const { status, stderr } = await lab.run(argv);
  if (status !== 0) throw new Error(stderr);
  return performance.now() - start;
}

async function inTerminal(lab: Lab, argv: readonly string[]): Promise<number> {
  const start = performance.now();
  const program = new TerminalProgram(lab.commandLine(argv), { env: lab.environment() });
  await program.ended();
  return performance.now() - start;
}
