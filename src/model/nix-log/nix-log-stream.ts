import { cleanText } from "../text/clean.ts";
import type { BuildsModel } from "./builds-model.ts";
import { CopyFilter } from "./copy-filter.ts";
import { type Id, processOf } from "./ids.ts";
import { LineBlocks } from "./line-blocks.ts";
import { RecordScanner } from "./record-scanner.ts";
import type { SessionRecord } from "./records.ts";
import { endedInError } from "./session-list.ts";
import { StreamState } from "./stream-state.ts";
import type { NixLogStream, StreamOptions } from "./types.ts";

/** One source of bytes, from its first to its last. */
export class StreamReader implements NixLogStream {
  private readonly model: BuildsModel;
  private readonly options: StreamOptions;
  private readonly lines = new LineBlocks();
  private readonly scanner: RecordScanner;
  private readonly state: StreamState;
  private readonly processes = new Map<number, SessionRecord>();
  /** The session of the whole stream (`command`), or the one that a record without an id falls to (`json-log`). */
  private whole: SessionRecord | null = null;
  private now: number;

  constructor(model: BuildsModel, options: StreamOptions, now: number) {
    this.model = model;
    this.options = options;
    this.now = now;
    this.state = new StreamState(model, (id) => this.sessionOf(id), options.machine ?? null);
    const filter = options.kind === "command" ? null : new CopyFilter();
    this.scanner = new RecordScanner(
      this.state,
      options.kind,
      filter === null
        ? null
        : (id, block, start, end) => this.scanner.bare && filter.isCopy(processOf(id), block, start, end),
    );
    if (options.kind === "command") this.whole = model.openSession(cleanText(options.label), null, now);
  }

  feed(chunk: Uint8Array, now: number): void {
    this.now = now;
    this.state.now = now;
    this.lines.push(chunk, (block) => this.scanner.read(block));
    this.afterFeed();
  }

  end(now: number, end?: { exitCode: number | null; signal: string | null; interrupted?: boolean }): void {
    this.now = now;
    this.state.now = now;
    const brokenOff = this.lines.endsInRecord;
    this.lines.finish((block) => this.scanner.read(block));
    this.scanner.finish();
    this.afterFeed();
    if (brokenOff && this.whole !== null) this.whole.brokenOff = true;
    const sessions =
      this.whole === null ? [...this.processes.values()] : [this.whole, ...this.processes.values()];
    const known = end !== undefined && (end.exitCode !== null || end.signal !== null);
    for (const session of sessions) {
      if (end?.interrupted) session.interrupted = true;
      this.state.activities.evaluated(session);
      if (known || session.interrupted || endedInError(session)) this.state.closeSession(session);
      else this.state.builds.giveUp(session);
      this.model.endSession(session, now, known ? end.exitCode === 0 : null);
    }
  }

  openProcesses(): number[] {
    return [...this.processes]
      .filter(([, session]) => session.endedAt === null || session.openActivities > 0)
      .map(([pid]) => pid);
  }

  nameProcess(pid: number, label: string): void {
    const session = this.processes.get(pid);
    if (session === undefined) return;
    session.label = label;
    this.model.changed();
  }

  processEnded(pid: number, now: number): void {
    const session = this.processes.get(pid);
    if (session === undefined) return;
    this.now = now;
    this.state.now = now;
    this.processes.delete(pid);
    this.state.closeSession(session);
    this.state.activities.evaluated(session);
    this.model.endSession(session, now, null);
    this.model.dropPlan(session);
  }

  private afterFeed(): void {
    const { records, otherLines } = this.scanner.takeCounts();
    this.model.countLines(records, otherLines + this.lines.takeTooLong());
    this.model.tellEnds();
  }

  private sessionOf(id: Id | null): SessionRecord {
    if (this.whole !== null && !this.scanner.bare) {
      this.whole.lastRecordAt = this.now;
      return this.whole;
    }
    if (!this.scanner.bare || id === null) {
      if (this.whole === null) {
        this.whole = this.model.openSession(cleanText(this.options.label), null, this.now);
        this.whole.shared = this.scanner.bare;
      }
      this.whole.lastRecordAt = this.now;
      return this.whole;
    }
    const pid = processOf(id);
    let session = this.processes.get(pid);
    if (session === undefined) {
      session = this.model.openSession(`process ${pid}`, pid, this.now);
      this.processes.set(pid, session);
    }
    if (session.endedAt !== null) this.model.reopenSession(session);
    session.lastRecordAt = this.now;
    return session;
  }
}
