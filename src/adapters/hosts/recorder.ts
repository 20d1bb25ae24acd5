/** Writes down what a machine and the insides of its builders answer. Nothing reaches the disk before it is redacted. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Transport } from "../../model/hosts/types.ts";
import {
  answersFile,
  headerFile,
  hostSubject,
  type RecordedLine,
  type RecordingHeader,
  recordingVersion,
  type SystemName,
} from "../../model/recording/format.ts";
import { redact } from "../../model/recording/redact.ts";
import { makeDirectories } from "../system/make-directories.ts";
import type { Collector, Sample } from "./collector.ts";
import { HostError } from "./host.ts";

/** In UTF-16 units: a quarter of what is read back, as no character takes more bytes than four. */
const mostText = 16 * 1024 * 1024;

export class Recorder {
  readonly #clock: () => number;
  readonly #lines: RecordedLine[] = [];
  readonly #systems = new Map<string, SystemName>();
  /** What each subject said last, by request; of trouble by "". */
  readonly #said = new Map<string, Map<string, string>>();
  #room = mostText;
  #full = false;

  /** `clock`: seconds since the recording began. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** The same collector, with all that it answers written down. `subject`: `host`, or a `guestKey`. */
  collector(subject: string, inner: Collector): Collector {
    return {
      sample: async (requests, signal) => {
        try {
          const sample = await inner.sample(requests, signal);
          this.#take(subject, sample);
          return sample;
        } catch (error) {
          if (error instanceof HostError) this.#note(subject, "", { trouble: error.trouble });
          throw error;
        }
      },
      close: () => inner.close(),
    };
  }

  get lines(): readonly RecordedLine[] {
    return this.#lines;
  }

  /** `null`: it has not answered. */
  system(subject: string): SystemName | null {
    return this.#systems.get(subject) ?? null;
  }

  get guests(): Record<string, SystemName> {
    return Object.fromEntries([...this.#systems].filter(([subject]) => subject !== hostSubject));
  }

  /** There was no room for all of it: it ends early. */
  get full(): boolean {
    return this.#full;
  }

  #take(subject: string, { system, processor, sections }: Sample): void {
    this.#systems.set(subject, { system, processor });
    // Back again: all that it says now is news.
    if (this.#said.get(subject)?.has("")) this.#said.delete(subject);
    for (const [request, { code, text }] of sections) this.#note(subject, request, { request, code, text });
  }

  /** What was said last is not said again: whoever replays takes the newest anyway. */
  #note(
    subject: string,
    request: string,
    what:
      | Pick<RecordedLine & { trouble: unknown }, "trouble">
      | { request: string; code: number; text: string },
  ): void {
    const said = this.#said.get(subject) ?? new Map<string, string>();
    this.#said.set(subject, said);
    const text = JSON.stringify(what);
    if (said.get(request) === text || this.#full) return;
    if (text.length > this.#room) {
      this.#full = true;
      return;
    }
    this.#room -= text.length;
    said.set(request, text);
    this.#lines.push({ at: this.#seconds(), subject, ...what } as RecordedLine);
  }

  #seconds(): number {
    return Math.round(this.#clock() * 1000) / 1000;
  }
}

export interface WriteOptions {
  readonly directory: string;
  /** What the machine is called. */
  readonly name: string;
  readonly transport: Transport;
  readonly recordedAt: Date;
  readonly seconds: number;
  /** Version of buildtop. */
  readonly program: string;
  readonly anonymous: boolean;
}

export interface Written {
  readonly header: RecordingHeader;
  readonly answers: number;
  readonly bytes: number;
}

/** Whether a recording may be put there: nothing is, or an empty directory. Throws what reading it throws. */
export function isFree(directory: string): boolean {
  try {
    return readdirSync(directory).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw error;
  }
}

/**
 * Writes the recording, its secrets removed, for its owner alone to read (0600); the header last, so that a directory
 * with one is whole. The machine must have answered. Throws what writing throws, also where a file is there already.
 */
export function writeRecording(recorder: Recorder, options: WriteOptions): Written {
  const { directory, anonymous, recordedAt, ...rest } = options;
  const system = recorder.system(hostSubject);
  if (system === null) throw new Error("nothing was recorded");
  const clean = redact({ name: options.name, lines: recorder.lines, guests: recorder.guests }, { anonymous });
  const header: RecordingHeader = {
    version: recordingVersion,
    recordedAt: recordedAt.toISOString().replace(/\.\d+Z$/, "Z"),
    seconds: Math.round(rest.seconds),
    name: clean.name,
    transport: rest.transport,
    ...system,
    program: rest.program,
    anonymous,
    removed: clean.removed,
    guests: clean.guests,
  };
  const answers = clean.lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  makeDirectories(directory, 0o700);
  const only = { mode: 0o600, flag: "wx" } as const;
  writeFileSync(join(directory, answersFile), answers, only);
  writeFileSync(join(directory, headerFile), `${JSON.stringify(header, null, 2)}\n`, only);
  return { header, answers: clean.lines.length, bytes: Buffer.byteLength(answers) };
}
