/** The dashboard over every Nix command that `buildtop watch` made visible. */
import { userScope, watchedLogs } from "../adapters/config/watch-scope.ts";
import { planWatchOff, planWatchOn } from "../adapters/config/watch-setting.ts";
import { findNixVersion } from "../adapters/nix/nix-version.ts";
import { followLog } from "../adapters/nix-log/follow-log.ts";
import { machineSummary } from "../adapters/system/machine.ts";
import { line } from "../model/report/line.ts";
import { snapshot } from "../model/report/snapshot.ts";
import type { MachineAction } from "../views/dashboard-options.ts";
import { LiveBuilds } from "./live-builds.ts";
import { textOutput } from "./output.ts";
import { findScreen, type Screen } from "./screen.ts";
import type { DisplaySettings } from "./settings.ts";

const watchIsOff = "Watching is off, so builds that were started elsewhere cannot be seen";

export async function watchAll(settings: DisplaySettings): Promise<number> {
  const live = new LiveBuilds();
  const screen = findScreen();
  const logs = watchedLogs();
  const troubles: string[] = [];
  const followed = logs.map(({ path }) =>
    followLog({
      ...{ path, now: live.now, stream: live.open({ label: path, kind: "json-log" }) },
      onTrouble: (text) => text !== null && troubles.push(text),
    }),
  );
  try {
    if (screen) return await show(screen, live, logs.length > 0, settings);
    await Promise.all(followed.map((log) => log.caughtUp));
    const output = textOutput({ stream: process.stdout, ascii: settings.ascii, color: true });
    const { host, os } = machineSummary();
    const nix = await findNixVersion();
    const title = ["buildtop", host, os, nix?.name].filter((part) => part).join(" · ");
    output.print(snapshot(live.builds, title, live.now()));
    if (logs.length === 0) output.print([line(`${watchIsOff}: buildtop watch on`, "attention")]);
    output.print(troubles.map((text) => line(text, "attention")));
    return 0;
  } finally {
    await Promise.all(followed.map((log) => log.stop()));
    screen?.release();
  }
}

async function show(
  screen: Screen,
  live: LiveBuilds,
  on: boolean,
  settings: DisplaySettings,
): Promise<number> {
  const { showDashboard } = await import("./show-dashboard.ts");
  const machine = machineSummary();
  void findNixVersion().then((nix) => {
    machine.nix = nix?.name ?? null;
  });
  const dashboard = await showDashboard({
    ...{ screen, live, settings, machine },
    mode: "watch",
    title: "every Nix command",
    actions: { prepareWatch, fullLogCommand: (drv) => ["nix", "log", drv] },
    ...(on ? {} : { greeting: `${watchIsOff}; w switches it on` }),
  });
  const stop = () => void dashboard.close();
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  const reason = await dashboard.closed;
  return reason === "interrupted" ? 130 : 0;
}

/** Switches the user's watching over; what is followed then is taken up at the next start. */
async function prepareWatch(): Promise<MachineAction> {
  const on = watchedLogs().some(({ scope }) => scope === "user");
  const change = on ? planWatchOff(userScope()) : await planWatchOn(userScope());
  return {
    title: on ? "watch off" : "watch on",
    change: change.steps,
    run: async () => {
      await change.apply();
      return on ? "Watching is off; nothing is left behind" : "Watching is on: each nix command from now on";
    },
  };
}
