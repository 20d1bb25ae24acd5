/** Opens the dashboard over a live model. Ink and React are loaded here and nowhere else. */
import { dashboardSettings, loadSettings } from "../adapters/settings/settings.ts";
import { machineSummary } from "../adapters/system/machine.ts";
import { line } from "../model/report/line.ts";
import type {
  CloseReason,
  CommandHandle,
  Dashboard,
  DashboardActions,
  DashboardMode,
  MachineSummary,
  WatchedMachines,
} from "../views/dashboard-options.ts";
import type { LiveBuilds } from "./live-builds.ts";
import type { TextOutput } from "./output.ts";
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
  machines?: WatchedMachines;
}

/** Throws what drawing throws; see `openDashboard`. */
export async function showDashboard(options: ShowOptions): Promise<Dashboard> {
  const { screen, live, mode, title, settings } = options;
  const [{ openDashboard }, stored] = await Promise.all([
    import("../views/dashboard.tsx"),
    loadSettings(process.env),
  ]);
  const greeting = stored.problems[0] ?? options.greeting;
  return openDashboard({
    mode,
    title,
    builds: live.builds,
    now: live.now,
    subscribe: (changed) => live.subscribe(changed),
    machine: options.machine ?? machineSummary(),
    ...(options.machines ? { machines: options.machines } : {}),
    command: options.command ?? null,
    actions: options.actions ?? {},
    settings: dashboardSettings(stored.settings, settings.flags, process.env),
    terminal: { stdin: screen.stdin, stdout: screen.stdout, env: process.env },
    ...(greeting === undefined ? {} : { greeting }),
  });
}

/** How it was closed. A dashboard that could not be drawn is told in one line, and what it showed goes on as text. */
export async function closeReason(dashboard: Dashboard, output: TextOutput): Promise<CloseReason> {
  try {
    return await dashboard.closed;
  } catch (error) {
    output.print([line((error as Error).message, "failed")]);
    return "continue-in-text";
  }
}
