/** `buildtop status [HOST…]`: one look at each machine, printed. */

import { type Host, HostError } from "../adapters/hosts/host.ts";
import { localHost } from "../adapters/hosts/local-host.ts";
import { MachineWatch, type MachineWatchOptions } from "../adapters/machine/machine-watch.ts";
import { lostMachine, type MachineStatus } from "../model/machine/status.ts";
import { line } from "../model/report/line.ts";
import { statusJson } from "../model/report/status-json.ts";
import { isWell, statusText } from "../model/report/status-text.ts";
import { cleanText } from "../model/text/clean.ts";
import { textOutput, writeToStdout } from "./output.ts";
import { UsageError } from "./usage-error.ts";

export interface StatusOptions {
  readonly json: boolean;
  readonly ascii: boolean;
  /** A recording to look at in place of a machine. */
  readonly recording: string | null;
}

/** Exit status: 0 all is well, 1 there are problems, 2 a machine could not be looked at. */
export async function status(names: readonly string[], options: StatusOptions): Promise<number> {
  const statuses = await look(names, options.recording);
  if (options.json) {
    const report = statusJson(statuses.map((each) => ({ status: each, builds: null })));
    await writeToStdout(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    const output = textOutput({ stream: process.stdout, ascii: options.ascii, color: true });
    output.print(
      statuses.flatMap((each, index) => (index > 0 ? [line(""), ...statusText(each)] : statusText(each))),
    );
  }
  if (statuses.some(({ connection }) => connection.state !== "connected")) return 2;
  return statuses.every(isWell) ? 0 : 1;
}

async function look(names: readonly string[], recording: string | null): Promise<MachineStatus[]> {
  if (recording === null)
    return Promise.all(names.length === 0 ? [lookAt(localHost())] : names.map(lookAtNamed));
  if (names.length > 0) throw new UsageError("write either machines or --recording DIR, not both");
  const { openRecording } = await import("../adapters/hosts/recording-host.ts");
  const { host, collector, guest } = await openRecording(recording);
  return [await lookAt(host, { collector, guests: guest })];
}

/** This machine, looked at once. */
export function lookHere(): Promise<MachineStatus> {
  return lookAt(localHost());
}

async function lookAtNamed(name: string): Promise<MachineStatus> {
  const { hostFor } = await import("../adapters/hosts/choose-host.ts");
  try {
    return await lookAt(await hostFor(name));
  } catch (error) {
    // One name among several that is none: the others are looked at all the same.
    if (error instanceof HostError) return lostMachine(cleanText(name), error.trouble);
    throw error;
  }
}

/** Looks once. `asked`: how, where that is not by a shell. */
export async function lookAt(
  host: Host,
  asked: Pick<MachineWatchOptions, "collector" | "guests"> = {},
): Promise<MachineStatus> {
  const watch = new MachineWatch(host, { intervalMs: 700, ...asked });
  // While a recording is waited for, nothing else keeps this program alive.
  const alive = setInterval(() => {}, 60_000);
  try {
    return await watch.look();
  } finally {
    clearInterval(alive);
    await watch.stop();
  }
}
