/** `buildtop record-host DIR [HOST]`: writes down what a machine answers, secrets removed, to be sent to others. */
import type { Host } from "../adapters/hosts/host.ts";
import { localHost } from "../adapters/hosts/local-host.ts";
import { isFree, Recorder, type Written, writeRecording } from "../adapters/hosts/recorder.ts";
import { type RecordingPlace, takePlace } from "../adapters/hosts/recording-place.ts";
import { openCollector } from "../adapters/hosts/shell-collector.ts";
import { MachineWatch } from "../adapters/machine/machine-watch.ts";
import { systemReason } from "../adapters/system/system-reason.ts";
import { hostSubject } from "../model/recording/format.ts";
import { type Line, line } from "../model/report/line.ts";
import { cleanText } from "../model/text/clean.ts";
import { formatBytes, formatNoun } from "../model/units.ts";
import { printNotes } from "./host-notes.ts";
import { textOutput } from "./output.ts";
import { UsageError } from "./usage-error.ts";

export interface RecordHostOptions {
  /** Names of people and machines and addresses are replaced, too. */
  readonly anonymous: boolean;
  readonly seconds: number;
  readonly ascii: boolean;
  /** Of buildtop. */
  readonly program: string;
}

/** As often as the dashboard looks. */
const intervalMs = 2_000;

/** Exit status: 0 it is written, 2 the machine did not answer or the directory cannot take it. */
export async function recordHost(
  directory: string,
  name: string | null,
  options: RecordHostOptions,
): Promise<number> {
  const shown = cleanText(directory);
  if (!canTake(directory))
    throw new UsageError(
      `${shown} is not empty; write a directory that is not there yet, such as ${shown}-2`,
    );
  const place = takeRecordingPlace(directory);
  const release = leaveOnSignals(place);
  let written = false;
  try {
    await recordMachine(directory, await hostOf(name), options);
    written = true;
    return 0;
  } finally {
    release();
    if (!written) place.leave();
  }
}

function takeRecordingPlace(directory: string): RecordingPlace {
  try {
    return takePlace(directory);
  } catch (error) {
    throw new UsageError(`${cleanText((error as Error).message)}; write another directory`);
  }
}

/** Whoever is interrupted finds nothing half done. Returns how to stop. */
function leaveOnSignals(place: RecordingPlace): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const handlers = signals.map((signal) => {
    const leave = () => {
      place.leave();
      process.kill(process.pid, signal);
    };
    process.once(signal, leave);
    return () => process.off(signal, leave);
  });
  return () => {
    for (const off of handlers) off();
  };
}

/** Records a machine and says what was written. Throws `UsageError` where nothing could be. */
export async function recordMachine(
  directory: string,
  host: Host,
  options: RecordHostOptions,
): Promise<void> {
  const shown = cleanText(directory);
  const output = textOutput({ stream: process.stderr, ascii: options.ascii, color: true });
  output.print([
    line(`Looking at ${host.name} and into its builders for about ${options.seconds} s…`, "dim"),
  ]);

  const recordedAt = new Date();
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  const recorder = new Recorder(elapsed);
  const trouble = await record(host, recorder, options.seconds, elapsed);
  if (recorder.system(hostSubject) === null) throw new UsageError(trouble ?? `${host.name} did not answer`);

  const { anonymous, program } = options;
  const write = () =>
    writeRecording(recorder, {
      ...{ directory, anonymous, program, recordedAt },
      name: host.name,
      transport: host.transport,
      seconds: elapsed(),
    });
  const written = fileErrors(shown, write);
  output.print(summary(shown, written, recorder.full));
}

/** Looks as `status` does, then goes on as the dashboard does. Returns why the machine could not be looked at. */
async function record(
  host: Host,
  recorder: Recorder,
  seconds: number,
  elapsed: () => number,
): Promise<string | null> {
  const watch = new MachineWatch(host, {
    intervalMs,
    collector: recorder.collector(hostSubject, openCollector(host)),
    guests: (key, open) => recorder.collector(key, open()),
  });
  try {
    const { connection } = await watch.look();
    if (connection.state === "lost") return connection.trouble.message;
    watch.start();
    for (let left = seconds - elapsed(); left > 0 && !recorder.full; left = seconds - elapsed())
      await new Promise((resolve) => setTimeout(resolve, Math.min(200, 1000 * left)));
    return null;
  } finally {
    printNotes(host);
    await watch.stop();
  }
}

async function hostOf(name: string | null): Promise<Host> {
  if (name === null) return localHost();
  const { hostFor } = await import("../adapters/hosts/choose-host.ts");
  return hostFor(name);
}

function summary(directory: string, { header, answers, bytes }: Written, full: boolean): Line[] {
  const inside = Object.keys(header.guests).length > 0 ? " and of the inside of its builders" : "";
  const removed = Object.entries(header.removed).map(([kind, count]) => formatNoun(count, kind));
  return [
    line(
      `${directory}: ${formatNoun(answers, "answer")} of ${header.name}${inside}, ${formatBytes(bytes)}, readable by you alone`,
      "good",
    ),
    ...(full ? [line("It became too large and ends early.", "attention")] : []),
    line(removed.length > 0 ? `Removed: ${removed.join(", ")}.` : "Nothing looked like a secret."),
    line(
      header.anonymous
        ? "Names of people and machines and addresses were replaced."
        : "Names of people and machines and addresses are in it; --anonymous replaces them.",
    ),
    line("No program recognises every secret: look through it before you send it to anybody:"),
    line(`  less ${directory}/answers.jsonl`),
    line("It is shown again by:"),
    line(`  buildtop status --recording ${directory}`),
  ];
}

function canTake(directory: string): boolean {
  return fileErrors(cleanText(directory), () => isFree(directory));
}

/** What cannot be read or written is the person's to mend: one line. */
function fileErrors<Value>(shown: string, act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    throw new UsageError(`${shown} cannot be written: ${systemReason(error)}; write another directory`);
  }
}
