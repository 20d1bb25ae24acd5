/** `buildtop status [HOST…]`: one look at each machine, printed. */

import { type Host, HostError } from "../adapters/hosts/host.ts";
import { localHost } from "../adapters/hosts/local-host.ts";
import { MachineWatch, type MachineWatchOptions } from "../adapters/machine/machine-watch.ts";
import { joinedFailures, knownFailures } from "../model/diagnoses/known-failures.ts";
import type { KnownFailure } from "../model/diagnoses/types.ts";
import { lostMachine, type MachineStatus } from "../model/machine/status.ts";
import { line } from "../model/report/line.ts";
import { type MachineReport, statusJson } from "../model/report/status-json.ts";
import { isWell, statusText } from "../model/report/status-text.ts";
import { cleanText } from "../model/text/clean.ts";
import { printNotes } from "./host-notes.ts";
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
  const reports = await look(names, options.recording);
  const statuses = reports.map((report) => report.status);
  if (options.json) {
    await writeToStdout(`${JSON.stringify(statusJson(reports), null, 2)}\n`);
  } else {
    const output = textOutput({ stream: process.stdout, ascii: options.ascii, color: true });
    output.print(
      statuses.flatMap((each, index) => (index > 0 ? [line(""), ...statusText(each)] : statusText(each))),
    );
  }
  if (statuses.some(({ connection }) => connection.state !== "connected")) return 2;
  return statuses.every(isWell) ? 0 : 1;
}

/** Each of the machines looked at once; this one where none is named. `measured` as of `MachineWatch.look`. */
export async function look(
  names: readonly string[],
  recording: string | null,
  { measured = true } = {},
): Promise<MachineReport[]> {
  if (recording === null)
    return Promise.all(
      names.length === 0 ? [reportHere(measured)] : names.map((name) => reportNamed(name, measured)),
    );
  if (names.length > 0) throw new UsageError("write either machines or --recording DIR, not both");
  const { openRecording } = await import("../adapters/hosts/recording-host.ts");
  const { host, collector, guest } = await openRecording(recording);
  return [{ status: await lookAt(host, { collector, guests: guest }), builds: null }];
}

/** This machine, looked at once. */
export function lookHere(): Promise<MachineStatus> {
  return lookAt(localHost());
}

async function reportHere(measured: boolean): Promise<MachineReport> {
  const { buildsHere, failuresHere } = await import("./builds-once.ts");
  return report(localHost(), buildsHere, { measured, earlier: failuresHere });
}

async function reportNamed(name: string, measured: boolean): Promise<MachineReport> {
  const [{ hostFor }, { buildsThere }] = await Promise.all([
    import("../adapters/hosts/choose-host.ts"),
    import("./builds-once.ts"),
  ]);
  try {
    return await report(await hostFor(name), buildsThere, { measured });
  } catch (error) {
    // One name among several that is none: the others are looked at all the same.
    if (!(error instanceof HostError)) throw error;
    return { status: lostMachine(cleanText(name), error.trouble), builds: null };
  }
}

/** Looks once. `asked`: how, where that is not by a shell. */
export async function lookAt(
  host: Host,
  asked: Pick<MachineWatchOptions, "collector" | "guests"> = {},
): Promise<MachineStatus> {
  return (await report(host, async () => null, asked)).status;
}

async function report(
  host: Host,
  lookForBuilds: (watch: MachineWatch) => Promise<MachineReport["builds"]>,
  {
    measured = true,
    earlier = () => [],
    ...asked
  }: Pick<MachineWatchOptions, "collector" | "guests"> & {
    measured?: boolean;
    /** Failures that nothing there tells of any more. */
    earlier?: () => readonly KnownFailure[];
  } = {},
): Promise<MachineReport> {
  const watch = new MachineWatch(host, { intervalMs: 700, ...asked });
  // While a recording is waited for, nothing else keeps this program alive.
  const alive = setInterval(() => {}, 60_000);
  try {
    const { connection } = await watch.look({ measured });
    const builds = connection.state === "connected" ? await lookForBuilds(watch) : null;
    if (builds) watch.tellFailures(joinedFailures(knownFailures(builds.model), earlier()));
    return { status: watch.status(), builds };
  } finally {
    clearInterval(alive);
    printNotes(host);
    await watch.stop();
  }
}
