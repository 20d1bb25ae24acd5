import { cleanText } from "../text/clean.ts";
import { ActivityTracker, type Fold } from "./activities.ts";
import { BuildTracker } from "./build-tracker.ts";
import type { BuildsModel } from "./builds-model.ts";
import { EntryTable } from "./entry-table.ts";
import { type Id, idAfter, integerIn, readId } from "./ids.ts";
import { MessageReader } from "./messages.ts";
import { Activity, isKnownActivity, isKnownResult, Result } from "./numbers.ts";
import type { RecordSink } from "./record-scanner.ts";
import type { ActivityRecord, DerivationRecord, SessionRecord, TransferRecord } from "./records.ts";
import { ParsedStart, type StartRecord } from "./start-record.ts";
import { TransferTracker } from "./transfers.ts";
import type { Attempt, Worker } from "./verdicts.ts";

/** Open activities of one stream at most; of a stream that never stops them the oldest are forgotten. */
const MOST_ENTRIES = 100_000;

/** What is known of one open activity. */
export class Entry {
  readonly id: Id;
  readonly type: number;
  readonly parent: Entry | null;
  readonly session: SessionRecord;
  open = true;
  attempt: Attempt | null = null;
  /** The builder's own word about a build that another stream gave to it: only its phases are news. */
  companion = false;
  worker: Worker | null = null;
  transfer: TransferRecord | null = null;
  activity: ActivityRecord | null = null;
  fold: Fold | null = null;
  /** URI of the builder that outputs are copied from. */
  returnsFrom: string | null = null;
  /** The derivation that waits, as this activity says. */
  waiting: DerivationRecord | null = null;
  /** Compressed bytes this operation expects to fetch (SetExpected of a Realise activity). */
  expectedDownload = 0;
  /** Its newest progress lies at this place of the block that is being read; -1 = none. */
  fieldsStart = -1;
  fieldsEnd = -1;
  done = 0;
  expected = 0;

  /** For `EntryTable` only. */
  nextInSlot: Entry | null = null;
  before: Entry | null = null;
  after: Entry | null = null;

  constructor(id: Id, type: number, parent: Entry | null, session: SessionRecord) {
    this.id = id;
    this.type = type;
    this.parent = parent;
    this.session = session;
  }
}

/**
 * What one stream means: takes the records in order and keeps the builds, transfers and activities of the model true.
 * It never reads a clock: `now` is set by whoever feeds it.
 */
export class StreamState implements RecordSink {
  now = 0;
  activityChanges = 0;
  readonly model: BuildsModel;
  readonly entries = new EntryTable();
  readonly builds: BuildTracker;
  readonly transfers: TransferTracker;
  readonly activities: ActivityTracker;
  readonly messages: MessageReader;
  /** See `StreamOptions.machine`. */
  readonly machine: string | null;
  private readonly sessionOf: (id: Id | null) => SessionRecord;
  private readonly dirty: Entry[] = [];
  private block: Buffer = NO_BLOCK;

  constructor(
    model: BuildsModel,
    sessionOf: (id: Id | null) => SessionRecord,
    machine: string | null = null,
  ) {
    this.model = model;
    this.machine = machine;
    this.sessionOf = sessionOf;
    this.builds = new BuildTracker(this);
    this.transfers = new TransferTracker(this);
    this.activities = new ActivityTracker(this);
    this.messages = new MessageReader(this);
  }

  /** The session a record without an id belongs to. */
  currentSession(): SessionRecord {
    return this.sessionOf(null);
  }

  progress(id: Id, block: Buffer, fieldsStart: number, fieldsEnd: number): boolean {
    const entry = this.entries.get(id);
    if (entry === undefined) {
      const [done, , running, failed] = readNumbers(block, fieldsStart, fieldsEnd);
      this.builds.missed.told(id, done, running, failed);
      return false;
    }
    if (entry.type === Activity.builds) {
      this.countBuilds(entry, block, fieldsStart, fieldsEnd);
      return true;
    }
    // A record behind other words on its line lies in a block of its own.
    if (block !== this.block) {
      entry.fieldsStart = fieldsStart;
      entry.fieldsEnd = fieldsEnd;
      this.readProgress(entry, block);
      return false;
    }
    // Only the newest counts, and only once a block: most progress is superseded before anybody could see it.
    if (entry.fieldsStart < 0) this.dirty.push(entry);
    entry.fieldsStart = fieldsStart;
    entry.fieldsEnd = fieldsEnd;
    return false;
  }

  beginBlock(block: Buffer): void {
    this.block = block;
  }

  /** Reads the newest progress of each activity that had some in this block. */
  endBlock(): void {
    for (const entry of this.dirty) if (entry.fieldsStart >= 0) this.readProgress(entry, this.block);
    this.dirty.length = 0;
    this.block = NO_BLOCK;
    this.activities.endBlock();
  }

  expected(id: Id, activityType: number, amount: number): void {
    const entry = this.entries.get(id) ?? this.meetWorker(id);
    if (activityType !== Activity.fileTransfer || amount === entry.expectedDownload) return;
    // The worker inside a remote build speaks of the builder's own downloads.
    if (entry.worker?.nested === false) this.model.expectDownload(amount - entry.expectedDownload);
    entry.expectedDownload = amount;
  }

  logLine(id: Id, block: Buffer, start: number, end: number): void {
    const entry = this.entries.get(id) ?? this.builds.meetStranger(id);
    this.builds.interruptGroup(id);
    if (entry.attempt === null) {
      this.activities.otherLogLine(entry, block, start, end);
      return;
    }
    // The stream that gave the build away has its log, too.
    if (!entry.companion) this.builds.logLine(entry.attempt, block, start, end);
  }

  phase(id: Id, phase: string): void {
    this.builds.interruptGroup(id);
    const entry = this.entries.get(id) ?? this.builds.meetStranger(id);
    if (entry.attempt !== null) this.builds.setPhase(entry.attempt, this.phaseName(phase));
  }

  /** The few names of phases, each kept once. */
  private phaseName(phase: string): string {
    let name = this.phaseNames.get(phase);
    if (name === undefined) {
      if (this.phaseNames.size >= 200) this.phaseNames.clear();
      name = cleanText(phase);
      this.phaseNames.set(name, name);
    }
    return name;
  }
  private readonly phaseNames = new Map<string, string>();

  stop(id: Id): void {
    const entry = this.entries.get(id);
    if (entry === undefined) {
      this.builds.unknownStop(id);
      return;
    }
    entry.session.lastWasError = false;
    this.ended(entry);
  }

  path(block: Buffer, start: number, end: number): boolean {
    if (!this.messages.isInPlan) return false;
    this.messages.readPath(block, start, end);
    return true;
  }

  message(text: string, level: number, raw: string | null): void {
    this.messages.read(text, level, raw);
  }

  record(record: Record<string, unknown>, raw: string): void {
    switch (record.action) {
      case "start":
        this.parsedStart(record, raw);
        break;
      case "result":
        this.result(record, raw);
        break;
      case "stop": {
        const id = readId(raw, '"id":');
        if (id !== null) this.stop(id);
        break;
      }
      case "msg":
        if (typeof record.msg === "string")
          this.message(record.msg, Number(record.level), rawMessage(record));
        break;
      default:
        this.model.countUnknown(`action:${cleanText(String(record.action)).slice(0, 40)}`);
    }
  }

  other(line: string): void {
    this.messages.readOther(line);
    this.model.addOtherOutput(line);
  }

  /** The whole stream, or one process of it, is over: nothing of it is open any more. */
  closeSession(session: SessionRecord): void {
    for (const entry of this.entries.all()) if (entry.session === session) this.ended(entry);
    this.builds.giveUp(session);
  }

  start(start: StartRecord): void {
    const { id, type } = start;
    this.builds.interruptGroup(id);
    if (!isKnownActivity(type)) this.model.countUnknown(`start:${type}`);
    const known = this.entries.get(id);
    if (known !== undefined) {
      this.builds.takenOver(known);
      this.ended(known);
    }
    const parent = start.parentId ? (this.entries.get(start.parentId) ?? null) : null;
    const entry = this.addEntry(id, type, parent);
    entry.session.lastWasError = false;
    switch (type) {
      case Activity.realise:
      case Activity.builds:
        this.builds.startWorker(entry, start);
        // In a watched file a process may have the number of one that was killed; in a pipe both go on.
        if (known !== undefined && entry.session.pid === null) this.builds.takenOver(entry);
        break;
      case Activity.build:
        this.builds.startBuild(entry, start);
        break;
      case Activity.substitute:
      case Activity.copyPath:
      case Activity.fileTransfer:
        this.transfers.start(entry, start);
        break;
      default:
        this.activities.start(entry, start);
    }
    this.model.changed();
  }

  private ended(entry: Entry): void {
    if (entry.fieldsStart >= 0) this.readProgress(entry, this.block);
    // Of builds, the most frequent ones, no numbers are told that matter to another.
    if (entry.type !== Activity.build) this.activityChanges++;
    this.entries.delete(entry);
    entry.open = false;
    entry.session.openActivities--;
    this.builds.stopped(entry);
    this.transfers.stopped(entry);
    this.activities.stopped(entry);
    this.model.changed();
    if (entry.type === Activity.realise) this.model.workerEnded(entry.session, this.now);
  }

  private parsedStart(record: Record<string, unknown>, raw: string): void {
    const id = readId(raw, '"id":');
    if (id === null || typeof record.type !== "number") {
      this.model.countUnknown("start");
      return;
    }
    const parentId = "parent" in record ? (readId(raw, '"parent":') ?? 0) : null;
    this.start(new ParsedStart(id, record.type, parentId, record));
  }

  private result(record: Record<string, unknown>, raw: string): void {
    const type = record.type;
    const id = readId(raw, '"id":');
    if (typeof type !== "number" || id === null) {
      this.model.countUnknown("result");
      return;
    }
    this.activityChanges++;
    const fields = Array.isArray(record.fields) ? record.fields : [];
    const payload = record.payload;
    switch (type) {
      case Result.progress: {
        const written = Buffer.from(fields.map(Number).join(","));
        this.progress(id, written, 0, written.length);
        return;
      }
      case Result.setExpected:
        this.expected(id, Number(fields[0]), Number(fields[1]) || 0);
        return;
      case Result.buildLogLine:
      case Result.postBuildLogLine: {
        const inside = Buffer.from(JSON.stringify(String(fields[0] ?? "")));
        this.logLine(id, inside, 1, inside.length - 1);
        return;
      }
      case Result.setPhase:
        this.phase(id, String(fields[0] ?? ""));
        return;
      case Result.fetchToStoreOrHashMismatch:
        if (isObject(payload)) this.builds.told.hashMismatchPayload(payload);
        return;
      case Result.buildResult:
        if (isObject(payload)) this.builds.told.buildResultPayload(payload);
        else this.model.countUnknown("result:110");
        return;
      default:
        if (!isKnownResult(type)) this.model.countUnknown(`result:${type}`);
    }
  }

  private addEntry(id: Id, type: number, parent: Entry | null): Entry {
    const entry = new Entry(id, type, parent, this.sessionOf(id));
    entry.session.openActivities++;
    this.entries.add(entry);
    if (type !== Activity.build) this.activityChanges++;
    if (this.entries.size > MOST_ENTRIES) this.ended(this.entries.oldest!);
    return entry;
  }

  /** For parts of a stream whose beginning was missed: an activity that must have been started before. */
  adoptEntry(id: Id, type: number): Entry {
    return this.addEntry(id, type, null);
  }

  /**
   * An expectation for an activity whose start was missed: only workers get those, and a worker's three activities are
   * numbered in a row (Realise, Builds, CopyPaths).
   */
  private meetWorker(id: Id): Entry {
    const entry = this.addEntry(id, Activity.realise, null);
    const counter = idAfter(id, 1);
    if (this.entries.get(counter) === undefined) {
      const builds = this.addEntry(counter, Activity.builds, entry);
      this.builds.adoptWorker(entry, builds);
    }
    return entry;
  }

  private countBuilds(entry: Entry, block: Buffer, start: number, end: number): void {
    const numbers = readNumbers(block, start, end);
    this.builds.count(entry, numbers[0], numbers[2], numbers[3]);
  }

  private readProgress(entry: Entry, block: Buffer): void {
    const numbers = readNumbers(block, entry.fieldsStart, entry.fieldsEnd);
    entry.fieldsStart = -1;
    if (numbers[0] === entry.done && numbers[1] === entry.expected) return;
    entry.done = numbers[0];
    entry.expected = numbers[1];
    if (entry.transfer !== null || entry.attempt !== null || entry.type === Activity.fileTransfer) {
      this.transfers.progress(entry);
    }
    this.activities.progress(entry);
  }
}

const NO_BLOCK = Buffer.alloc(0);
const scratch: [number, number, number, number] = [0, 0, 0, 0];

/** Four numbers with commas between them; missing ones are 0. The result is reused by the next call. */
function readNumbers(block: Buffer, start: number, end: number): readonly [number, number, number, number] {
  let from = start;
  for (let n = 0; n < 4; n++) {
    let comma = from;
    while (comma < end && block[comma] !== 44) comma++;
    const value = from < end ? integerIn(block, from, comma) : 0;
    scratch[n] = value >= 0 ? value : 0;
    from = comma + 1;
  }
  return scratch;
}

/** See `RecordSink.message`. */
function rawMessage(record: Record<string, unknown>): string | null {
  if (!("raw_msg" in record)) return null;
  return typeof record.raw_msg === "string" ? record.raw_msg : "";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
