/** `buildtop replay FILE…` */
import {
  openRecording,
  type Recording,
  type Replay,
  startReplay,
  UnreadableRecording,
} from "../adapters/nix-log/replay.ts";
import { digest } from "../model/report/digest.ts";
import { cleanText } from "../model/text/clean.ts";
import { formatCount } from "../model/units.ts";
import { LiveBuilds, type LiveStream } from "./live-builds.ts";
import { startNarrator } from "./narrator.ts";
import { textOutput, writePieces } from "./output.ts";
import { findScreen, type Screen } from "./screen.ts";
import type { DisplaySettings } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

export interface ReplaySettings extends DisplaySettings {
  /** Factor on the recorded times; `null`: as fast as it can be read; absent: 1 on a screen, `null` elsewhere. */
  speed?: number | null;
  json: boolean;
}

/** What is played, and where to. */
interface Played {
  recording: Recording;
  stream: LiveStream;
}

/**
 * Plays the files and returns 0, or 1 if some of them are no Nix log. Throws `UsageError` if none is one: nothing in it is
 * a record, or nothing is one that we know.
 */
export async function replay(paths: readonly string[], settings: ReplaySettings): Promise<number> {
  const { recordings, unreadable } = openAll(paths);
  const screen = settings.json ? null : findScreen();
  const speed = settings.speed !== undefined ? settings.speed : screen ? 1 : null;
  const clock = { now: () => 0 };
  const live = new LiveBuilds(() => clock.now());
  const files = recordings.map((recording) => ({
    recording,
    stream: live.open({ label: cleanText(recording.path), kind: "auto" }),
  }));
  const start = () => {
    const replay = startReplay(files, speed);
    clock.now = () => replay.now();
    return replay;
  };
  const broken = screen
    ? await playOnScreen(screen, live, start, paths, settings)
    : await playAsText(live, start, files, settings);
  const notLogs = files.filter(({ stream }) => !isLog(stream)).map(notALog);
  const troubles = [...unreadable, ...broken, ...notLogs].map(cleanText);
  if (notLogs.length === files.length) throw new UsageError(troubles.join("; "));
  for (const text of troubles) process.stderr.write(`buildtop: ${text}; the others were read\n`);
  return troubles.length > 0 ? 1 : 0;
}

async function playAsText(
  live: LiveBuilds,
  start: () => Replay,
  files: readonly Played[],
  settings: ReplaySettings,
): Promise<string[]> {
  const output = textOutput({ stream: process.stdout, ascii: settings.ascii, color: false });
  const stop = settings.json ? () => {} : startNarrator({ live, output, heartbeat: false, onlyLogs: true });
  const playing = start();
  const broken = await playing.ended;
  stop();
  if (!files.some(({ stream }) => isLog(stream))) return broken;
  const timed = files.every(({ recording }) => recording.times !== null);
  if (settings.json) {
    const { replayReport, reportText } = await import("../model/nix-log/report.ts");
    await writePieces(reportText(replayReport(live.model, timed)));
    return broken;
  }
  const end = { exitCode: null, signal: null, interrupted: false, seen: "events" as const };
  output.print(digest(live.builds, { ...end, elapsed: timed ? playing.now() : null, unseen: [] }));
  return broken;
}

async function playOnScreen(
  screen: Screen,
  live: LiveBuilds,
  start: () => Replay,
  paths: readonly string[],
  settings: ReplaySettings,
): Promise<string[]> {
  const playing = start();
  const { showDashboard } = await import("./show-dashboard.ts");
  const title = cleanText(paths.join(" "));
  const dashboard = await showDashboard({ screen, live, mode: "replay", title, settings });
  try {
    await dashboard.closed;
  } finally {
    playing.stop();
    screen.release();
  }
  return playing.ended;
}

function openAll(paths: readonly string[]): { recordings: Recording[]; unreadable: string[] } {
  const recordings: Recording[] = [];
  const unreadable: string[] = [];
  for (const path of paths) {
    try {
      recordings.push(openRecording(path));
    } catch (error) {
      if (!(error instanceof UnreadableRecording)) throw error;
      unreadable.push(error.message);
    }
  }
  if (recordings.length === 0) throw new UsageError(cleanText(unreadable.join("; ")));
  return { recordings, unreadable };
}

function isLog({ records, unknownRecords }: LiveStream): boolean {
  return records > unknownRecords;
}

function notALog({ recording: { path }, stream: { records } }: Played): string {
  if (records > 0)
    return `${path}: not one of its ${formatCount(records)} records is understood: not as Nix writes them, or of a newer Nix`;
  return `${path}: holds no record of Nix; record one with: nix build … --log-format internal-json -v 2> FILE`;
}
