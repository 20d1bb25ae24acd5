/** `buildtop replay FILE…` */
import { openRecording, type Replay, startReplay, UnreadableRecording } from "../adapters/nix-log/replay.ts";
import { digest } from "../model/report/digest.ts";
import { cleanText } from "../model/text/clean.ts";
import { LiveBuilds } from "./live-builds.ts";
import { startNarrator } from "./narrator.ts";
import { textOutput } from "./output.ts";
import { findScreen, type Screen } from "./screen.ts";
import type { DisplaySettings } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

export interface ReplaySettings extends DisplaySettings {
  /** Factor on the recorded times; `null`: as fast as it can be read; absent: 1 on a screen, `null` elsewhere. */
  speed?: number | null;
  json: boolean;
}

/** Plays the files and returns 0, 1 if some of them could not be read. Throws `UsageError` if none could. */
export async function replay(paths: readonly string[], settings: ReplaySettings): Promise<number> {
  const recordings = openAll(paths);
  const screen = settings.json ? null : findScreen();
  const speed = settings.speed !== undefined ? settings.speed : screen ? 1 : null;
  const clock = { now: () => 0 };
  const live = new LiveBuilds(() => clock.now());
  const play = () => {
    const files = recordings.map((recording) => ({
      recording,
      stream: live.open({ label: cleanText(recording.path), kind: "auto" }),
    }));
    const replay = startReplay(files, speed);
    clock.now = () => replay.now();
    return replay;
  };
  const timed = recordings.every((recording) => recording.times !== null);
  if (screen) await playOnScreen(screen, live, play, paths, settings);
  else await playAsText(live, play, settings, timed);
  return recordings.length < paths.length ? 1 : 0;
}

async function playAsText(live: LiveBuilds, play: () => Replay, settings: ReplaySettings, timed: boolean) {
  const output = textOutput({ stream: process.stdout, ascii: settings.ascii, color: false });
  const stop = settings.json ? () => {} : startNarrator({ live, output, heartbeat: false });
  const playing = play();
  await playing.ended;
  stop();
  if (live.builds.records === 0) throw new UsageError(notALog(live));
  if (settings.json) {
    const { replayReport } = await import("../model/nix-log/report.ts");
    process.stdout.write(`${JSON.stringify(replayReport(live.model, timed), null, 1)}\n`);
    return;
  }
  const elapsed = timed ? playing.now() : null;
  output.print(
    digest(live.builds, { elapsed, exitCode: null, signal: null, interrupted: false, unseen: [] }),
  );
}

async function playOnScreen(
  screen: Screen,
  live: LiveBuilds,
  play: () => Replay,
  paths: readonly string[],
  settings: ReplaySettings,
): Promise<void> {
  const playing = play();
  const { showDashboard } = await import("./show-dashboard.ts");
  const title = cleanText(paths.join(" "));
  const dashboard = await showDashboard({ screen, live, mode: "replay", title, settings });
  try {
    await dashboard.closed;
  } finally {
    playing.stop();
    await playing.ended;
    screen.release();
  }
  if (live.builds.records === 0) throw new UsageError(notALog(live));
}

function openAll(paths: readonly string[]) {
  const recordings = [];
  const unreadable: string[] = [];
  for (const path of paths) {
    try {
      recordings.push(openRecording(path));
    } catch (error) {
      if (!(error instanceof UnreadableRecording)) throw error;
      unreadable.push(cleanText(error.message));
    }
  }
  if (recordings.length === 0) throw new UsageError(unreadable.join("; "));
  for (const text of unreadable) process.stderr.write(`buildtop: ${text}; left out\n`);
  return recordings;
}

function notALog(live: LiveBuilds): string {
  const lines = live.builds.otherLines;
  const what = lines === 0 ? "it is empty" : `none of its ${lines} lines is a record of Nix`;
  return `no Nix log: ${what}. Record one with: nix build … --log-format internal-json -v 2> FILE`;
}
