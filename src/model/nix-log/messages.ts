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

/** Reads what Nix says in words: the plan, failures, warnings, errors. The level says little, the words say all. */
export class MessageReader {
  private readonly stream: StreamState;
  /** What the lines of the plan that now come are: derivations, paths, or nothing. */
  private plan: "derivations" | "paths" | null = null;
  private readonly planned = { derivations: 0, paths: 0 };

  constructor(stream: StreamState) {
    this.stream = stream;
  }

  /** `own`: it has the longer form that an error of the printing process itself has. */
  read(message: string, level: number, own: boolean): void {
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
    session.lastErrorOwn = own;
    if (session.lastWasError) this.readError(plain, session, own);
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
    if (!CRASH.test(line)) return;
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

  private readError(plain: string, session: SessionRecord, own: boolean): void {
    if (/^error:\s*interrupted by the user/.test(plain)) {
      session.interrupted = true;
      return;
    }
    if (this.stream.builds.told.failure(plain)) return;
    const lines = plain.slice("error:".length).trim().split("\n").map(cleanText);
    // Only an error of the command's own can be the one it ends with.
    if (own) {
      session.error = lines.slice(0, ERROR_LINES);
      const named = diagnosisOfError(session.error);
      session.diagnosis = named === "no-usable-builder" ? (this.stream.model.untaken.newest ?? named) : named;
    }
    this.notice("error", lines[0] ?? "error");
  }

  private notice(severity: "error" | "warning", text: string): void {
    this.stream.model.addNotice({ at: this.stream.now, severity, text: cleanText(text.split("\n", 1)[0]!) });
  }
}
