import { cleanText } from "../text/clean.ts";
import { withoutColours } from "./failure-text.ts";
import { Activity } from "./numbers.ts";
import { ActivityRecord, type SessionRecord } from "./records.ts";
import type { StartRecord } from "./start-record.ts";
import { detached, hostName } from "./store-path.ts";
import type { Entry, StreamState } from "./stream-state.ts";
import type { RemoteStage, Activity as ShownActivity } from "./types.ts";

const WAITING_DRV = /'([^']+\.drv)'/;
/** Stages of a remote build name only the machine (NixOS/nix `src/nix/build-remote/build-remote.cc`). */
const HOOK_STAGES: readonly (readonly [string, RemoteStage | null])[] = [
  ["connecting to '", null],
  ["waiting for the upload lock to '", "waiting for upload lock"],
  ["copying dependencies to '", "uploading"],
  ["copying outputs from '", "downloading"],
];

/** Many activities of one kind, shown as one row. */
export interface Fold {
  record: ActivityRecord;
  open: number;
  peer: string;
}

/** What Nix does besides building and fetching, so that nothing ever looks hung: evaluation, queries, git, waiting. */
export class ActivityTracker {
  private readonly stream: StreamState;
  /** Folded rows of a session: many queries at once are one line. */
  private readonly folded = new Map<string, Fold>();
  private readonly fresh: Entry[] = [];
  private readonly evaluations = new Map<SessionRecord, ActivityRecord>();

  constructor(stream: StreamState) {
    this.stream = stream;
  }

  start(entry: Entry, start: StartRecord): void {
    const plain = withoutColours(start.text);
    if (entry.type === Activity.unknown && this.hookStage(entry, plain)) return;
    const text = cleanText(plain);
    switch (entry.type) {
      case Activity.queryPathInfo:
        this.fold(entry, "query", start.field(1) === "" ? "" : hostName(start.field(1)));
        return;
      case Activity.buildWaiting:
        this.wait(entry, start, text);
        return;
      case Activity.copyPaths:
      case Activity.realise:
      case Activity.builds:
        return;
      case Activity.postBuildHook: {
        const drv = this.stream.model.derivation(start.field(0));
        this.show(entry, "hook", drv ? `post-build hook of ${drv.name}` : text || "post-build hook");
        return;
      }
      case Activity.fetchTree:
      case Activity.fetchToStore:
        this.show(entry, "fetch", text || "fetching a source");
        return;
      case Activity.optimiseStore:
        this.show(entry, "store", text || "optimising the store");
        return;
      case Activity.verifyPaths:
        this.show(entry, "store", text || "verifying store paths");
        return;
      default:
        if (text !== "") this.show(entry, kindOf(text), text);
    }
  }

  stopped(entry: Entry): void {
    if (entry.returnsFrom !== null) this.stream.builds.remotes.outputsCame(entry.returnsFrom);
    if (entry.waiting !== null && --entry.waiting.waits <= 0) entry.waiting.waiting = null;
    const fold = entry.fold;
    if (fold !== null) {
      if (--fold.open === 0) {
        this.folded.delete(fold.record.key);
        this.stream.model.closeActivity(fold.record);
      } else title(fold);
    }
    if (entry.activity !== null) this.stream.model.closeActivity(entry.activity);
  }

  /** Shows what began in this block and has not ended in it; the rest nobody could have seen. */
  endBlock(): void {
    for (const entry of this.fresh) if (entry.open) this.stream.model.openActivity(entry.activity!);
    this.fresh.length = 0;
  }

  progress(entry: Entry): void {
    if (entry.activity === null || entry.expected === 0) return;
    entry.activity.progress = { done: entry.done, expected: entry.expected };
    this.stream.model.changed();
  }

  /** A line of output of something that is no build (a post-build hook). */
  otherLogLine(entry: Entry, block: Buffer, start: number, end: number): void {
    if (entry.activity === null) return;
    const name = entry.activity.text.split(": ", 1)[0]!;
    entry.activity.text = `${name}: ${cleanText(block.toString("utf8", start, Math.min(end, start + 400)))}`;
    this.stream.model.changed();
  }

  /** "evaluating file '…'": one row for the whole evaluation, shown until something is built. */
  evaluating(session: SessionRecord, text: string): void {
    let record = this.evaluations.get(session);
    if (record === undefined) {
      if (session.openWorkers > 0) return;
      record = new ActivityRecord(
        `evaluation:${session.id}`,
        "evaluation",
        text,
        session.id,
        this.stream.now,
      );
      this.evaluations.set(session, record);
      this.stream.model.openActivity(record);
    }
    record.text = text;
    this.stream.model.changed();
  }

  evaluated(session: SessionRecord): void {
    const record = this.evaluations.get(session);
    if (record === undefined) return;
    this.evaluations.delete(session);
    this.stream.model.closeActivity(record);
  }

  private show(entry: Entry, kind: ShownActivity["kind"], text: string): void {
    entry.activity = new ActivityRecord(
      this.stream.model.newKey("activity"),
      kind,
      text,
      entry.session.id,
      this.stream.now,
    );
    this.fresh.push(entry);
  }

  private fold(entry: Entry, kind: ShownActivity["kind"], peer: string): void {
    const key = `${kind}:${entry.session.id}:${peer}`;
    let fold = this.folded.get(key);
    if (fold === undefined) {
      fold = { record: new ActivityRecord(key, kind, "", entry.session.id, this.stream.now), open: 0, peer };
      this.folded.set(key, fold);
      this.stream.model.openActivity(fold.record);
    }
    fold.open++;
    title(fold);
    entry.fold = fold;
  }

  private wait(entry: Entry, start: StartRecord, text: string): void {
    const drv = start.field(0) || WAITING_DRV.exec(text)?.[1];
    if (text.startsWith("resolved derivation")) {
      this.stream.model.replaced(start.field(0));
      return;
    }
    if (drv === undefined || !drv.startsWith("/")) {
      this.show(entry, "waiting", text);
      return;
    }
    const derivation = this.stream.model.planned(detached(drv), entry.session);
    derivation.waiting = text.replace(/ (?:to build|for)? ?'[^']+\.drv'$/, "");
    derivation.waits++;
    entry.waiting = derivation;
  }

  private hookStage(entry: Entry, text: string): boolean {
    if (!text.endsWith("'")) return false;
    for (const [words, stage] of HOOK_STAGES) {
      if (!text.startsWith(words)) continue;
      const uri = text.slice(words.length, -1);
      if (stage !== null) this.stream.builds.remotes.reached(uri, stage);
      if (stage === "downloading") entry.returnsFrom = uri;
      return true;
    }
    return false;
  }
}

function title(fold: Fold): void {
  fold.record.text = `asking ${fold.peer || "the cache"} for ${fold.open === 1 ? "1 path" : `${fold.open} paths`}`;
}

function kindOf(text: string): ShownActivity["kind"] {
  if (text.startsWith("evaluating")) return "evaluation";
  if (text.startsWith("querying")) return "query";
  if (text.startsWith("copying") || text.startsWith("hashing")) return "copy";
  if (text.startsWith("fetching") || text.startsWith("downloading")) return "fetch";
  if (text.startsWith("waiting")) return "waiting";
  return "other";
}
