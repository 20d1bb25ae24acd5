/** Opens the dashboard over a live model. Ink and React are loaded here and nowhere else. */
import { machineSummary } from "../adapters/system/machine.ts";
import type {
  CommandHandle,
  Dashboard,
  DashboardActions,
  DashboardMode,
  MachineSummary,
} from "../views/dashboard-options.ts";
import type { LiveBuilds } from "./live-builds.ts";
import type { Screen } from "./screen.ts";
import type { DisplaySettings } from "./settings.ts";

export interface ShowOptions {
  screen: Screen;
  live: LiveBuilds;
  mode: DashboardMode;
  title: string;
  settings: DisplaySettings;
  command?: CommandHandle;
  actions?: DashboardActions;
  greeting?: string;
  machine?: MachineSummary;
}

export async function showDashboard(options: ShowOptions): Promise<Dashboard> {
  const { screen, live, mode, title, settings } = options;
  const { openDashboard } = await import("../views/dashboard.tsx");
  return openDashboard({
    mode,
    title,
    builds: live.builds,
    now: live.now,
    subscribe: (changed) => live.subscribe(changed),
    machine: options.machine ?? machineSummary(),
    command: options.command ?? null,
    actions: options.actions ?? {},
    settings: {
      theme: process.env.NO_COLOR ? "mono" : settings.theme,
      ascii: settings.ascii,
      mouse: settings.mouse,
      notify: "off",
      notifyAfterSeconds: 60,
    },
    terminal: { stdin: screen.stdin, stdout: screen.stdout, env: process.env },
    ...(options.greeting === undefined ? {} : { greeting: options.greeting }),
  });
}
