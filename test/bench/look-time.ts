/** From asking to the full list of what is wrong: on this machine, and on a stand-in Mac over SSH. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { hostFor } from "../../src/adapters/hosts/choose-host.ts";
import type { Host } from "../../src/adapters/hosts/host.ts";
import { localHost } from "../../src/adapters/hosts/local-host.ts";
import { MachineWatch } from "../../src/adapters/machine/machine-watch.ts";
import { macSkipReason, startMac } from "../support/mac.ts";
import { type Bench, type Figure, median, type Skipped } from "./row.ts";

const repeats = 5;

export const lookTime: Bench = {
  name: "look-time",
  async run() {
    return [await here(), await overSsh(), await command()];
  },
};

async function here(): Promise<Figure> {
  const times = await timesOf(async () => localHost());
  return row("this machine: builders, gauges and diagnoses", times, 1_000);
}

async function overSsh(): Promise<Figure | Skipped> {
  const what = "a stand-in Mac over SSH: the same, with the inside of its builder";
  const skipped = macSkipReason();
  if (skipped) return { what, skipped };
  await using mac = await startMac("linux-builder-building");
  const ways = { configFile: join(mac.home, ".ssh/config"), ownKnownHosts: join(mac.home, "known_hosts") };
  return row(what, await timesOf(() => hostFor(mac.alias, ways)), 3_000);
}

async function command(): Promise<Figure | Skipped> {
  const what = "buildtop doctor --json on this machine, from its start to its end";
  const program = join(import.meta.dirname, "../../dist/buildtop.js");
  if (!existsSync(program)) return { what, skipped: "dist/ is not built" };
  const times = Array.from({ length: repeats }, () => {
    const began = performance.now();
    spawnSync(process.execPath, [program, "doctor", "--json"]);
    return performance.now() - began;
  });
  return row(what, times, 1_000);
}

/** The first look is the whole list; a second one only measures processors. */
async function timesOf(open: () => Promise<Host>): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < repeats; n++) {
    const host = await open();
    const watch = new MachineWatch(host, { intervalMs: 2_000 });
    const began = performance.now();
    await watch.look({ measured: false });
    times.push(performance.now() - began);
    await watch.stop();
  }
  return times;
}

function row(what: string, times: readonly number[], bar: number): Figure {
  const figure = median(times);
  return { what, figure: `${Math.round(figure)} ms`, yardstick: "", ratio: figure, bar, unit: "ms" };
}
