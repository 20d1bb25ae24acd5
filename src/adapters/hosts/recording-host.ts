/** A recording in place of a machine: what `record-host` wrote down, answered again at the times of then. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  answersFile,
  buildsFile,
  headerFile,
  hostSubject,
  parseHeader,
  parseRecordedLine,
  type RecordingHeader,
  type SystemName,
} from "../../model/recording/format.ts";
import { Timeline } from "../../model/recording/timeline.ts";
import { cleanText } from "../../model/text/clean.ts";
import type { Collector } from "./collector.ts";
import { type Host, HostError } from "./host.ts";

export interface Recording {
  readonly header: RecordingHeader;
  /** Where nothing can be started: `open` rejects. */
  readonly host: Host;
  readonly collector: Collector;
  /** The inside of a builder by its `guestKey`; `null`: nobody had looked there. */
  guest(key: string): Collector | null;
  /** Streams of Nix that were recorded beside it. */
  readonly buildsLog: string | null;
}

const mostHeaderBytes = 1024 * 1024;
const mostBytes = 64 * 1024 * 1024;
/** A record is at most 1 MiB, and each of its bytes up to six characters of JSON. */
const longestLine = 8 * 1024 * 1024;
const mostLines = 1_000_000;

/**
 * Reads a recording. `clock` is the seconds since its beginning. Without one they go by from the first question on, and
 * each further question gets at least the next answers, so that whoever asks faster than it was recorded sees the same
 * things happen. At its end it stays as it was at last. Rejects with a `HostError` of one line where it is none.
 */
export async function openRecording(
  directory: string,
  options: { readonly clock?: () => number } = {},
): Promise<Recording> {
  const shown = cleanText(directory);
  const headerText = await read(join(directory, headerFile), mostHeaderBytes, directory);
  const header = parseHeader(headerText);
  if (typeof header === "string")
    throw wrong(`${shown}/${headerFile} is not a recording's: ${header}; write another directory`);

  const timelines = new Map<string, Timeline>();
  const text = await read(join(directory, answersFile), mostBytes, directory);
  let number = 0;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\n", at);
    const line = text.slice(at, end < 0 ? text.length : end);
    at = end < 0 ? text.length : end + 1;
    number += 1;
    if (line === "") continue;
    const where = `${shown}/${answersFile} line ${number}`;
    if (line.length > longestLine || number > mostLines)
      throw wrong(`${where} is more than a recording holds; record the machine again`);
    const recorded = parseRecordedLine(line);
    if (recorded === null)
      throw wrong(`${where} is no answer of a machine; record it again, or take the line out`);
    const timeline = timelines.get(recorded.subject) ?? new Timeline();
    timelines.set(recorded.subject, timeline);
    timeline.add(recorded);
  }
  const own = timelines.get(hostSubject);
  if (!own) throw wrong(`${shown}/${answersFile} holds no answer of the machine; record it again`);

  const { clock } = options;
  let began: number | null = null;
  const elapsed = () => {
    began ??= performance.now();
    return (performance.now() - began) / 1000;
  };
  const replay = (timeline: Timeline, system: SystemName) => {
    let asked = 0;
    const next = () => Math.max(elapsed(), timeline.time(asked++));
    const recordedAt = Date.parse(header.recordedAt) / 1000;
    return replayed(timeline, system, clock ?? next, Number.isNaN(recordedAt) ? null : recordedAt);
  };
  const builds = join(directory, buildsFile);
  return {
    header,
    host: recordedHost(header),
    collector: replay(own, header),
    guest: (key) => {
      const timeline = timelines.get(key);
      // One that was never let in has told nobody what it is.
      return timeline ? replay(timeline, header.guests[key] ?? linux) : null;
    },
    buildsLog: (await isFile(builds)) ? builds : null,
  };
}

const linux: SystemName = { system: "Linux", processor: "unknown" };

function recordedHost({ name, recordedAt, transport }: RecordingHeader): Host {
  return {
    name,
    address: null,
    transport: "recording",
    transportReason: `recorded ${recordedAt || "some time ago"}, ${transport === "local" ? "on it" : `over ${transport}`}`,
    open: () =>
      Promise.reject(
        new HostError({
          kind: "not-recorded",
          message: `${name} is a recording: nothing can be started there`,
          retry: false,
        }),
      ),
    close: async () => {},
  };
}

/** `began`: when it was recorded, in seconds since 1970; `null` where it does not say. */
function replayed(
  timeline: Timeline,
  { system, processor }: SystemName,
  clock: () => number,
  began: number | null,
): Collector {
  return {
    sample: async (requests, signal) => {
      signal?.throwIfAborted();
      const seconds = clock();
      const moment = timeline.at(seconds, requests);
      if ("trouble" in moment) throw new HostError(moment.trouble);
      // The answer may be older than this moment; so must our clock be, or theirs would seem to be behind.
      const told = timeline.askedAt("now", seconds);
      const ourClock = began === null || told === null ? null : began + told;
      return { system, processor, sections: moment.answers, ourClock };
    },
    close: () => {},
  };
}

async function read(path: string, most: number, directory: string): Promise<string> {
  const shown = cleanText(path);
  try {
    // Looked at before it is opened: a pipe would be waited for.
    const found = await stat(path);
    if (!found.isFile()) throw wrong(`${shown} is no file; write another directory`);
    if (found.size > most)
      throw wrong(
        `${shown} has ${found.size} bytes, more than a recording's ${most}; record the machine for a shorter time`,
      );
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof HostError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR")
      throw wrong(
        `${cleanText(directory)} is no recording: there is no ${shown}; make one with: buildtop record-host ${cleanText(directory)}`,
      );
    throw wrong(`${shown} cannot be read (${code ?? (error as Error).message}); write another directory`);
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    // A recording without builds is whole.
    return false;
  }
}

function wrong(message: string): HostError {
  return new HostError({ kind: "not-recorded", message: cleanText(message), retry: false });
}
