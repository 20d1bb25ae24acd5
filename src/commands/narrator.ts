/** Tells a build in lines while it runs. */
import { EventLines } from "../model/report/event-lines.ts";
import type { LiveBuilds } from "./live-builds.ts";
import type { TextOutput } from "./output.ts";

const heartbeatMs = 30_000;

export interface NarratorOptions {
  live: LiveBuilds;
  output: TextOutput;
  /** `false` for a recording: nobody waits there. */
  heartbeat: boolean;
}

/** Prints each event as it comes, and a heartbeat after 30 s without a line. Returns how to stop. */
export function startNarrator({ live, output, heartbeat }: NarratorOptions): () => void {
  const { builds, now } = live;
  const lines = new EventLines(now());
  let timer: NodeJS.Timeout | null = null;
  const wait = () => {
    if (!heartbeat) return;
    clearTimeout(timer ?? undefined);
    timer = setTimeout(() => {
      output.print(lines.heartbeat(builds, now()));
      wait();
    }, heartbeatMs);
  };
  const unsubscribe = builds.subscribe((event) => {
    const told = lines.event(event, builds);
    if (told.length === 0) return;
    output.print(told);
    wait();
  });
  wait();
  return () => {
    unsubscribe();
    clearTimeout(timer ?? undefined);
    output.print(lines.flush(now()));
  };
}
