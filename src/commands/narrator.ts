/** Tells a build in lines while it runs. */
import type { BuildEvent } from "../model/nix-log/types.ts";
import { EventLines } from "../model/report/event-lines.ts";
import { line } from "../model/report/line.ts";
import type { LiveBuilds } from "./live-builds.ts";
import { heldOutput, type TextOutput } from "./output.ts";

const heartbeatMs = 30_000;
/** Nix tells why a build failed only after it has told that it failed. */
const reasonMs = 200;

export interface NarratorOptions {
  live: LiveBuilds;
  output: TextOutput;
  /** `false` for a recording: nobody waits there. */
  heartbeat: boolean;
  /** Say nothing before the first record of Nix: what comes may be no log at all. */
  onlyLogs: boolean;
}

/** Prints each event as it comes, and a heartbeat after 30 s without a line. Returns how to stop. */
export function startNarrator(options: NarratorOptions): () => void {
  const { live, heartbeat } = options;
  const { builds, now } = live;
  const output = heldOutput(options.output);
  const lines = new EventLines(live.startedAt);
  let timer: NodeJS.Timeout | null = null;
  const wait = () => {
    if (!heartbeat) return;
    clearTimeout(timer ?? undefined);
    timer = setTimeout(() => {
      output.print(lines.heartbeat(builds, now()));
      wait();
    }, heartbeatMs);
  };
  const releaseIfLog = () => {
    if (!options.onlyLogs || builds.records > 0) output.release();
  };
  releaseIfLog();
  const tell = (event: BuildEvent) => {
    const told = lines.event(event, builds);
    if (told.length === 0) return;
    releaseIfLog();
    output.print(told);
    wait();
  };
  const failed: BuildEvent[] = [];
  const tellFailed = () => {
    for (const event of failed.splice(0)) tell(event);
  };
  const unsubscribe = builds.subscribe((event) => {
    if (event.kind !== "ended" || event.derivation.state !== "failed") return tell(event);
    failed.push(event);
    setTimeout(tellFailed, reasonMs).unref();
  });
  let other = builds.otherLines;
  const unsubscribeOther = live.subscribe(() => {
    releaseIfLog();
    other = printOther(live, other, output);
  });
  wait();
  return () => {
    unsubscribe();
    unsubscribeOther();
    releaseIfLog();
    tellFailed();
    printOther(live, other, output);
    clearTimeout(timer ?? undefined);
    output.print(lines.flush(now()));
  };
}

/** Lines that are no records (ssh's words, warnings of a wrapper) are passed on as they are; returns how many there were. */
function printOther({ builds }: LiveBuilds, printed: number, output: TextOutput): number {
  const news = Math.min(builds.otherLines - printed, builds.otherOutput.length);
  if (news > 0) output.print(builds.otherOutput.slice(-news).map((text) => line(text)));
  return builds.otherLines;
}
