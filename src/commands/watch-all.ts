/** The dashboard over machines: their builders, their gauges, and every Nix command that can be seen there. */

import { currentWatchLine, userScope } from "../adapters/config/watch-scope.ts";
import { planWatchOff, planWatchOn } from "../adapters/config/watch-setting.ts";
import type { Host } from "../adapters/hosts/host.ts";
import { nixPrograms } from "../adapters/nix/nix-programs.ts";
import { findNixVersion } from "../adapters/nix/nix-version.ts";
import { machineSummary } from "../adapters/system/machine.ts";
import type { KnownFailure } from "../model/diagnoses/types.ts";
import { line } from "../model/report/line.ts";
import { snapshot } from "../model/report/snapshot.ts";
import { cleanText } from "../model/text/clean.ts";
import type { MachineAction } from "../views/dashboard-options.ts";
import { FollowedLogs } from "./followed-logs.ts";
import { LiveBuilds } from "./live-builds.ts";
import { machineActions } from "./machine-actions.ts";
import { MachineSet } from "./machine-set.ts";
import { textOutput } from "./output.ts";
import { findScreen, type Screen } from "./screen.ts";
import type { DisplaySettings } from "./settings.ts";
import { Sightings } from "./sightings.ts";

const watchIsOff =
  "Watching is off: of builds that were started elsewhere only their log files tell, without phase and end";

/**
 * `names`: machines over ssh; none = this one. Without a terminal prints once what the dashboard would show. Rejects with
 * `HostError` where a name cannot be one.
 */
export async function watchAll(names: readonly string[], settings: DisplaySettings): Promise<number> {
  const screen = findScreen();
  if (!screen && names.length > 0) {
    const { status } = await import("./status.ts");
    return status(names, { json: false, ascii: settings.ascii, recording: null });
  }
  const live = new LiveBuilds();
  const logs = new FollowedLogs(live);
  const sightings = new Sightings(live, () => !logs.any && names.length === 0);
  const kept: Kept = { failures: () => [] };
  const machines = new MachineSet({
    ...{ live, intervalMs: settings.intervalSeconds * 1000 },
    earlier: () => kept.failures(),
  });
  try {
    if (screen) return await show(screen, names, { live, logs, sightings, machines, kept }, settings);
    await logs.sync();
    await logs.caughtUp();
    await sightings.look();
    await print(live, logs, settings);
    return 0;
  } finally {
    sightings.stop();
    await Promise.all([logs.stop(), machines.stop()]);
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
  const { lookHere } = await import("./status.ts");
  const { statusText } = await import("../model/report/status-text.ts");
  output.print(statusText(await lookHere()));
}

/** What failed in the newest command that ran under buildtop; nothing until what reads it is loaded. */
interface Kept {
  failures: () => readonly KnownFailure[];
}

interface Sources {
  readonly kept: Kept;
  readonly live: LiveBuilds;
  readonly logs: FollowedLogs;
  readonly sightings: Sightings;
  readonly machines: MachineSet;
}

async function show(
  screen: Screen,
  names: readonly string[],
  { live, logs, sightings, machines, kept }: Sources,
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
  // Before the first picture: a name that cannot be one is a line on the terminal, not a screen that closes.
  for (const host of await hostsOf(names)) machines.add(host);
  const off = names.length > 0 || logs.any ? undefined : `${watchIsOff}; w switches it on`;
  const greeting = logs.troubles[0] ?? off;
  const refused = whyNotWatched(names);
  const dashboard = await showDashboard({
    ...{ screen, live, settings, machine, machines },
    mode: "watch",
    title: names.length > 0 ? names.map(cleanText).join(", ") : "every Nix command",
    actions: {
      ...(refused === null ? { prepareWatch: () => prepareWatch(logs) } : { watchRefused: refused }),
      fullLogCommand: (drv) => ["nix", "log", drv],
      ...machineActions(machines),
    },
    ...(greeting === undefined ? {} : { greeting }),
  });
  machines.start();
  void import("./builds-once.ts").then(({ failuresHere }) => {
    kept.failures = failuresHere;
  });
  const stop = () => void dashboard.close();
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  const reason = await dashboard.closed;
  return reason === "interrupted" ? 130 : 0;
}

async function hostsOf(names: readonly string[]): Promise<Host[]> {
  if (names.length === 0) {
    const { localHost } = await import("../adapters/hosts/local-host.ts");
    return [localHost()];
  }
  const { hostFor } = await import("../adapters/hosts/choose-host.ts");
  return Promise.all(names.map((name) => hostFor(name)));
}

/** Why watching cannot be switched from this screen, as a sentence; `null` if it can. */
export function whyNotWatched(names: readonly string[]): string | null {
  if (names.length > 0)
    return "It is for this machine, which is not shown. On another one, type there: buildtop watch on";
  if (nixPrograms().length > 0 || currentWatchLine(userScope()) !== null) return null;
  return "There is no Nix on this machine whose commands could be watched.";
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
