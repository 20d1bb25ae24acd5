/** The dashboard over every Nix command that `buildtop watch` made visible. */
import { currentWatchLine, userScope } from "../adapters/config/watch-scope.ts";
import { planWatchOff, planWatchOn } from "../adapters/config/watch-setting.ts";
import { findNixVersion } from "../adapters/nix/nix-version.ts";
import { machineSummary } from "../adapters/system/machine.ts";
import { line } from "../model/report/line.ts";
import { snapshot } from "../model/report/snapshot.ts";
import type { MachineAction } from "../views/dashboard-options.ts";
import { FollowedLogs } from "./followed-logs.ts";
import { LiveBuilds } from "./live-builds.ts";
import { textOutput } from "./output.ts";
import { findScreen, type Screen } from "./screen.ts";
import type { DisplaySettings } from "./settings.ts";
import { Sightings } from "./sightings.ts";

const watchIsOff =
  "Watching is off: of builds that were started elsewhere only their log files tell, without phase and end";

/** Without a terminal: prints once what the dashboard would show. */
export async function watchAll(settings: DisplaySettings): Promise<number> {
  const live = new LiveBuilds();
  const logs = new FollowedLogs(live);
  const sightings = new Sightings(live, () => !logs.any);
  const screen = findScreen();
  try {
    if (screen) return await show(screen, live, logs, sightings, settings);
    await logs.sync();
    await logs.caughtUp();
    await sightings.look();
    await print(live, logs, settings);
    return 0;
  } finally {
    sightings.stop();
    await logs.stop();
    screen?.release();
  }
}

async function print(live: LiveBuilds, logs: FollowedLogs, settings: DisplaySettings): Promise<void> {
  const output = textOutput({ stream: process.stdout, ascii: settings.ascii, color: true });
  const { host, os } = machineSummary();
  const nix = await findNixVersion();
  const title = ["buildtop", host, os, nix?.name].filter((part) => part).join(" · ");
  output.print(snapshot(live.builds, title, live.now()));
  if (!logs.any) output.print([line(`${watchIsOff}; switch it on with: buildtop watch on`, "attention")]);
  output.print(logs.troubles.map((text) => line(text, "attention")));
}

async function show(
  screen: Screen,
  live: LiveBuilds,
  logs: FollowedLogs,
  sightings: Sightings,
  settings: DisplaySettings,
): Promise<number> {
  const { showDashboard } = await import("./show-dashboard.ts");
  await logs.sync();
  logs.syncEvery(settings.intervalSeconds * 1000);
  void sightings.look();
  sightings.lookEvery(settings.intervalSeconds * 1000);
  const machine = machineSummary();
  void findNixVersion().then((nix) => {
    machine.nix = nix?.name ?? null;
  });
  const greeting = logs.troubles[0] ?? (logs.any ? undefined : `${watchIsOff}; w switches it on`);
  const dashboard = await showDashboard({
    ...{ screen, live, settings, machine },
    mode: "watch",
    title: "every Nix command",
    actions: { prepareWatch: () => prepareWatch(logs), fullLogCommand: (drv) => ["nix", "log", drv] },
    ...(greeting === undefined ? {} : { greeting }),
  });
  const stop = () => void dashboard.close();
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  const reason = await dashboard.closed;
  return reason === "interrupted" ? 130 : 0;
}

/** Switches the user's watching over. */
async function prepareWatch(logs: FollowedLogs): Promise<MachineAction> {
  const scope = userScope();
  const on = currentWatchLine(scope) !== null;
  const change = on ? planWatchOff(scope) : await planWatchOn(scope);
  return {
    title: on ? "watch off" : "watch on",
    change: change.steps,
    run: async () => {
      const left = await change.apply();
      await logs.sync();
      return (
        left ??
        (on ? "Watching is off; nothing is left behind" : "Watching is on: each nix command from now on")
      );
    },
  };
}
