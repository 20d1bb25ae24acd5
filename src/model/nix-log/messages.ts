import { diagnosisOfError } from "../diagnoses/failure-texts.ts";
import { cleanText } from "../text/clean.ts";
import { isError, withoutColours } from "./failure-text.ts";
import { readPlanLine } from "./plan-text.ts";
import type { SessionRecord } from "./records.ts";
import type { StreamState } from "./stream-state.ts";

/** Lines kept of an error that is no failed build. */
const ERROR_LINES = 40;

/**
 * What is said when Nix itself crashes: by its own handler (NixOS/nix `src/libmain` and `src/nix/crash-handler.cc`), by the C
 * libraries of Linux and macOS, and by those of C++.
 */
const CRASH =
  /terminating due to unexpected unrecoverable internal error|^nix[\w-]*: \S*:\d+: .*: Assertion `.*' failed\.$|^Assertion failed: \(.*\), function .*, file .*, line \d+\.$|^terminate called after throwing an instance of|^libc\+\+abi: terminating /;

/** Characters of such a line; in a longer one nobody looks, as that may take very long. */
const LONGEST_CRASH = 2000;

/** Said at the end of all builds that failed, each of which was told of before. */
const ALL_THAT_FAILED = /^error:\s*build of '[^'\n]+'(?:, '[^'\n]+')* failed\s*$/;

/** Reads what Nix says in words: the plan, failures, warnings, errors. The level says little, the words say all. */
export class MessageReader {
  private readonly stream: StreamState;
  /** What the lines of the plan that now come are: derivations, paths, or nothing. */
  private plan: "derivations" | "paths" | null = null;
  private readonly planned = { derivations: 0, paths: 0 };

  constructor(stream: StreamState) {
    this.stream = stream;
  }

  /** `raw`: see `RecordSink.message`. */
  read(message: string, level: number, raw: string | null): void {
    const session = this.stream.currentSession();
    const plain = withoutColours(message);
    if (this.readPlan(plain, level, session)) return;
    if (plain.startsWith("evaluating ")) {
      this.stream.activities.evaluating(session, cleanText(plain));
      return;
    }
    // Advice on how to call it right: the error before it is what it ended with.
    if (session.lastWasError && plain.startsWith("Try '")) return;
    session.lastWasError = isError(plain);
    session.lastErrorOwn = raw !== null;
    if (session.lastWasError) this.readError(plain, session, raw);
    else if (plain.startsWith("warning:")) this.notice("warning", plain.slice("warning:".length).trim());
    else if (plain.startsWith("Failed to find a machine")) this.stream.model.untaken.noMachine(plain);
    else if (plain.startsWith("cannot build on ")) {
      this.stream.model.untaken.cannotBuildOn(plain);
      this.notice(
        "warning",
        `${plain.split("\n", 1)[0]!.replace(": error:", ":")}; it is built elsewhere, perhaps here`,
      );
    } else if (plain.startsWith("disabling binary cache")) this.notice("warning", plain);
    else if (plain.startsWith("error (ignored)")) this.notice("warning", plain);
  }

  /** A line that is no record, as those are that tell of a crash. */
  readOther(line: string): void {
    if (line.length > LONGEST_CRASH || !CRASH.test(line)) return;
    const session = this.stream.currentSession();
    session.lastWasError = true;
    session.lastErrorOwn = true;
    session.error = [cleanText(withoutColours(line))];
  }

  get isInPlan(): boolean {
    return this.plan !== null;
  }

  /** A line of the plan: a path that stands in a block, in ASCII. Nine of ten plans are read this way. */
  readPath(block: Buffer, start: number, end: number): void {
    const session = this.stream.currentSession();
    if (this.plan === null) return;
    this.planned[this.plan]++;
    if (this.plan === "derivations") this.stream.model.plannedIn(block, start, end, session);
  }

  private readPlan(plain: string, level: number, session: SessionRecord): boolean {
    if (this.plan === null && !plain.startsWith("the")) {
      if (!plain.startsWith("this ")) return false;
    }
    const line = readPlanLine(plain);
    if (line === null) {
      this.endPlan();
      return false;
    }
    if (line.kind === "item") {
      if (this.plan === null) return false;
      this.planned[this.plan]++;
      if (this.plan === "derivations") this.stream.model.planned(line.path, session);
      return true;
    }
    this.plan = line.kind;
    // A dry run says its plan to the person (level 0), a build only in passing (`printMissing` in NixOS/nix).
    if (line.kind === "derivations" && level > 0) session.intendsToBuild = true;
    this.stream.activities.evaluated(session);
    if (line.kind === "paths") this.stream.model.planBytes(line.downloadBytes);
    return true;
  }

  /** Nix goes on to something else: the plan is told. */
  endPlan(): void {
    this.plan = null;
    const { derivations, paths } = this.planned;
    if (derivations + paths === 0) return;
    this.planned.derivations = 0;
    this.planned.paths = 0;
    this.stream.model.emit({ kind: "planned", at: this.stream.now, derivations, paths });
  }

  private readError(plain: string, session: SessionRecord, raw: string | null): void {
    session.lastError = null;
    if (/^error:\s*interrupted by the user/.test(plain)) {
      session.interrupted = true;
      return;
    }
    if (this.stream.builds.told.failure(plain)) return;
    if (session.lastFailed !== null && ALL_THAT_FAILED.test(plain)) return;
    const lines = errorLines(plain, raw);
    session.lastError = lines;
    // Only an error of the command's own can be the one it ends with, where it has one.
    if (raw !== null) {
      session.error = lines;
      const named = diagnosisOfError(session.error);
      session.diagnosis = named === "no-usable-builder" ? (this.stream.model.untaken.newest ?? named) : named;
    }
    this.notice("error", lines[0] ?? "error");
  }

  private notice(severity: "error" | "warning", text: string): void {
    this.stream.model.addNotice({ at: this.stream.now, severity, text: cleanText(text.split("\n", 1)[0]!) });
  }
}

/** What it says comes first, the way through the evaluation that led to it behind that; at most 40 lines. */
function errorLines(plain: string, raw: string | null): string[] {
  const lines = plain.slice("error:".length).trim().split("\n").map(cleanText);
  const said = cleanText(
    withoutColours(raw ?? "")
      .trim()
      .split("\n", 1)[0]!,
  );
  const at = said === "" ? -1 : lines.findLastIndex((line) => line.trim() === `error: ${said}`);
  const ordered = at < 0 ? lines : [said, ...lines.slice(at + 1), ...lines.slice(0, at)];
  return ordered.filter((line, n) => line !== "" || (ordered[n + 1] ?? "") !== "").slice(0, ERROR_LINES);
}
