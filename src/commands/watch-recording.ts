/** `buildtop --recording DIR`: the dashboard over a recorded machine, with the builds that were recorded beside it. */
import { openRecording, type Recording } from "../adapters/hosts/recording-host.ts";
import { openRecording as openStream, type Replay, startReplay } from "../adapters/nix-log/replay.ts";
import { cleanText } from "../model/text/clean.ts";
import { LiveBuilds } from "./live-builds.ts";
import { MachineSet } from "./machine-set.ts";
import { recordedSettings } from "./recorded-settings.ts";
import { findScreen, type Screen } from "./screen.ts";
import type { DisplaySettings } from "./settings.ts";

/** Without a terminal it is printed once. Rejects with `HostError` where it is no recording. */
export async function watchRecording(directory: string, settings: DisplaySettings): Promise<number> {
  const screen = findScreen();
  if (!screen) {
    const { status } = await import("./status.ts");
    return status([], { json: false, ascii: settings.ascii, recording: directory });
  }
  try {
    return await show(screen, await openRecording(directory), settings);
  } finally {
    screen.release();
  }
}

async function show(screen: Screen, recording: Recording, settings: DisplaySettings): Promise<number> {
  const { host, collector, guest, header, buildsLog } = recording;
  const clock = { now: () => performance.now() };
  const live = new LiveBuilds(() => clock.now());
  const machines = new MachineSet({ live, intervalMs: settings.intervalSeconds * 1000 });
  const replay = buildsLog === null ? null : playBuilds(buildsLog, live, clock);
  try {
    machines.add(host, { collector, guests: guest });
    const { showDashboard } = await import("./show-dashboard.ts");
    const length = header.seconds > 0 ? `, ${header.seconds} s long` : "";
    const dashboard = await showDashboard({
      ...{ screen, live, settings, machines },
      mode: "replay",
      actions: recordedSettings(machines),
      title: `recording of ${header.name}`,
      greeting: cleanText(
        `A recording of ${header.recordedAt || "another time"}${length}: nothing can be done to it`,
      ),
    });
    machines.start();
    return (await dashboard.closed) === "interrupted" ? 130 : 0;
  } finally {
    replay?.stop();
    await machines.stop();
  }
}

/** From now on, at the pace of then. */
function playBuilds(path: string, live: LiveBuilds, clock: { now: () => number }): Replay {
  const recording = openStream(path);
  const replay = startReplay([{ recording, stream: live.open({ label: cleanText(path), kind: "auto" }) }], 1);
  clock.now = () => replay.now();
  return replay;
}
