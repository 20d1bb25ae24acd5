/**
 * What a recording of a machine is made of, version 1: `recording.json`, and `answers.jsonl` with one line per answer.
 * See docs/recordings.md.
 */
import type { HostTrouble, HostTroubleKind, Transport } from "../hosts/types.ts";
import { jsonOf, member } from "../machine/lines.ts";
import { cleanText } from "../text/clean.ts";

export const recordingVersion = 1;
export const headerFile = "recording.json";
export const answersFile = "answers.jsonl";
/** Streams of Nix (`json-log-path`) of the same time; may be missing. */
export const buildsFile = "builds.log";

/** The machine itself, as a subject; every other subject is the inside of a builder, by its `guestKey`. */
export const hostSubject = "host";

/** `uname -s` and `uname -m`. */
export interface SystemName {
  readonly system: string;
  readonly processor: string;
}

export interface RecordingHeader extends SystemName {
  readonly version: typeof recordingVersion;
  /** When it was begun, ISO 8601 in UTC. */
  readonly recordedAt: string;
  /** How long, in seconds. */
  readonly seconds: number;
  /** What the machine is called. */
  readonly name: string;
  /** How it was reached. */
  readonly transport: Transport;
  /** Of buildtop. */
  readonly program: string;
  readonly anonymous: boolean;
  /** How many of each kind were removed. */
  readonly removed: Readonly<Record<string, number>>;
  /** By subject. */
  readonly guests: Readonly<Record<string, SystemName>>;
}

export interface RecordedAnswer {
  /** Seconds since the start. */
  readonly at: number;
  readonly subject: string;
  /** As a collector was asked: `file /etc/nix/machines`. */
  readonly request: string;
  /** Exit status. */
  readonly code: number;
  readonly text: string;
}

/** The machine, or the inside of one of its builders, could not be reached. */
interface RecordedTrouble {
  readonly at: number;
  readonly subject: string;
  readonly trouble: HostTrouble;
}

export type RecordedLine = RecordedAnswer | RecordedTrouble;

const transports: readonly string[] = ["local", "ssh2", "openssh", "recording"] satisfies Transport[];
const kinds: readonly string[] = [
  "name",
  "config",
  "refused",
  "timeout",
  "not-ssh",
  "host-key-unknown",
  "host-key-changed",
  "host-key-revoked",
  "login",
  "lost",
  "protocol",
  "not-recorded",
] satisfies HostTroubleKind[];
const mostKinds = 50;
const mostGuests = 500;

/** The header, or in words what is wrong with it. */
export function parseHeader(text: string): RecordingHeader | string {
  const json = jsonOf(text);
  if (typeof json !== "object" || json === null || Array.isArray(json)) return "it is not an object of JSON";
  const version = member(json, "version");
  if (version !== recordingVersion)
    return typeof version === "number"
      ? `it is of version ${version}; this buildtop reads version ${recordingVersion}`
      : "it says no version";
  const system = systemOf(json);
  const transport = member(json, "transport");
  if (system === null) return "it does not say what system the machine has";
  if (typeof transport !== "string" || !transports.includes(transport))
    return "it does not say how the machine was reached";
  return {
    version,
    ...system,
    recordedAt: wordOf(json, "recordedAt"),
    seconds: secondsOf(member(json, "seconds")) ?? 0,
    name: wordOf(json, "name") || "recording",
    transport: transport as Transport,
    program: wordOf(json, "program"),
    anonymous: member(json, "anonymous") === true,
    removed: Object.fromEntries(
      entriesOf(json, "removed", mostKinds).flatMap(([kind, count]) =>
        typeof count === "number" && Number.isSafeInteger(count) && count > 0
          ? [[cleanText(kind), count]]
          : [],
      ),
    ),
    guests: Object.fromEntries(
      entriesOf(json, "guests", mostGuests).flatMap(([subject, guest]) => {
        const named = systemOf(guest);
        return named ? [[subject, named]] : [];
      }),
    ),
  };
}

/** One line of `answers.jsonl`; `null`: it is none. The text stays raw: whoever parses it cleans it. */
export function parseRecordedLine(line: string): RecordedLine | null {
  const json = jsonOf(line);
  const at = secondsOf(member(json, "at"));
  const subject = member(json, "subject");
  if (at === null || typeof subject !== "string") return null;
  const trouble = member(json, "trouble");
  if (trouble !== undefined) {
    const read = troubleOf(trouble);
    return read && { at, subject, trouble: read };
  }
  const request = member(json, "request");
  const code = member(json, "code");
  const text = member(json, "text");
  if (typeof request !== "string" || typeof text !== "string" || !Number.isSafeInteger(code)) return null;
  return { at, subject, request, code: code as number, text };
}

function troubleOf(json: unknown): HostTrouble | null {
  const kind = member(json, "kind");
  if (typeof kind !== "string" || !kinds.includes(kind)) return null;
  const details = member(json, "details");
  return {
    kind: kind as HostTroubleKind,
    message: wordOf(json, "message"),
    details: (Array.isArray(details) ? details : [])
      .filter((line) => typeof line === "string")
      .slice(0, 20)
      .map(cleanText),
    retry: member(json, "retry") === true,
  };
}

function systemOf(json: unknown): SystemName | null {
  const [system, processor] = [wordOf(json, "system"), wordOf(json, "processor")];
  return system === "" || processor === "" ? null : { system, processor };
}

function wordOf(json: unknown, key: string): string {
  const value = member(json, key);
  return typeof value === "string" ? cleanText(value) : "";
}

function secondsOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

function entriesOf(json: unknown, key: string, most: number): [string, unknown][] {
  const value = member(json, key);
  return typeof value === "object" && value !== null ? Object.entries(value).slice(0, most) : [];
}
