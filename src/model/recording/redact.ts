/** Takes out of a recording what is nobody's business, before it is written down. */
import type { RecordedLine, SystemName } from "./format.ts";
import { hostSubject } from "./format.ts";
import { Identities } from "./identities.ts";
import { hideSecrets, removedMark } from "./secrets.ts";

export interface RawRecording {
  readonly name: string;
  readonly lines: readonly RecordedLine[];
  /** By subject. */
  readonly guests: Readonly<Record<string, SystemName>>;
}

export interface Redacted extends RawRecording {
  /** How many of each kind were removed; each one once, however often it was said. */
  readonly removed: Readonly<Record<string, number>>;
}

/**
 * Secrets always; with `anonymous` also the names of people and machines, home directories and addresses. What was a
 * secret in one place is removed everywhere.
 */
export function redact(recording: RawRecording, options: { readonly anonymous: boolean }): Redacted {
  const secrets = new Map<string, string>();
  const hide = (kind: string, secret: string) => {
    secrets.set(secret, secrets.get(secret) ?? kind);
    return removedMark;
  };
  const seen = new Map<string, string>();
  const plain = (text: string) => {
    // Most answers come again and again.
    const known = seen.get(text);
    if (known !== undefined) return known;
    const shown = hideSecrets(text, hide);
    if (seen.size < 10_000) seen.set(text, shown);
    return shown;
  };
  // A subject is `user@host:port` of an address.
  const plainSubject = (subject: string) =>
    subject === hostSubject ? subject : plain(`ssh://${subject}`).slice("ssh://".length);
  let lines = recording.lines.map((line) => mapped(line, plain, plainSubject));
  let guests = renamed(recording.guests, plainSubject);

  const everywhere = withoutKnown([...secrets.keys()].filter(isTelling));
  if (everywhere) {
    lines = lines.map((line) => mapped(line, everywhere, everywhere));
    guests = renamed(guests, everywhere);
  }
  const removed: Record<string, number> = {};
  for (const kind of secrets.values()) removed[kind] = (removed[kind] ?? 0) + 1;
  if (!options.anonymous) return { name: recording.name, lines, guests, removed };

  const identities = new Identities();
  identities.learnHost(recording.name.replace(/:\d+$/, "").replace(/^.*@/, ""));
  identities.learnFrom(recording.name);
  for (const line of lines) identities.learn(line);
  const replaced = (text: string) => identities.replace(text);
  return {
    name: replaced(recording.name),
    lines: lines.map((line) =>
      mapped(line, replaced, (subject) => (subject === hostSubject ? subject : replaced(subject))),
    ),
    guests: renamed(guests, replaced),
    removed,
  };
}

function mapped(
  line: RecordedLine,
  text: (text: string) => string,
  subject: (subject: string) => string,
): RecordedLine {
  const common = { at: line.at, subject: subject(line.subject) };
  if ("request" in line)
    return { ...common, request: text(line.request), code: line.code, text: text(line.text) };
  const { message, details } = line.trouble;
  return { ...common, trouble: { ...line.trouble, message: text(message), details: details.map(text) } };
}

function renamed<Value>(
  record: Readonly<Record<string, Value>>,
  name: (key: string) => string,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [name(key), value]));
}

/** Worth looking for elsewhere: no path, and no word that would stand in half of all answers. */
function isTelling(secret: string): boolean {
  return secret.length >= 8 && !secret.startsWith("/") && (/\d/.test(secret) || secret.length >= 20);
}

function withoutKnown(secrets: readonly string[]): ((text: string) => string) | null {
  const longestFirst = secrets.toSorted((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return null;
  return (text) => longestFirst.reduce((shown, secret) => shown.replaceAll(secret, removedMark), text);
}
