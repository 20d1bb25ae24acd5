/** Tells the terminal itself how things stand: window title, progress in its tab, a sign at the end of a long run. */
import type { TerminalCapabilities } from "../adapters/terminal/capabilities.ts";
import { notify, type TerminalProgress } from "../adapters/terminal/sequences.ts";
import type { TerminalSession } from "../adapters/terminal/terminal-session.ts";
import type { DashboardStore } from "../store/dashboard-store.ts";
import { finishedShare, titleText } from "../store/summary.ts";
import type { DashboardOptions } from "./dashboard-options.ts";

export interface ReporterOptions {
  store: DashboardStore;
  options: DashboardOptions;
  session: TerminalSession;
  capabilities: TerminalCapabilities;
}

/** Returns how to stop. */
export function reportToTerminal({ store, options, session, capabilities }: ReporterOptions): () => void {
  const { builds, settings, command } = options;
  let ran = command?.running ?? false;
  const report = () => {
    const figures = titleText(builds);
    session.setTitle(figures === "" ? `buildtop · ${options.title}` : `${figures} · ${options.title}`);
    session.setProgress(progress(store, options));
    const runs = command?.running ?? false;
    if (
      ran &&
      !runs &&
      settings.notify !== "off" &&
      isLong(options) &&
      store.state.get().terminalFocused !== true
    )
      session.send(notify(settings.notify, `${options.title}: ${builds.outcome}`, capabilities));
    ran = runs;
  };
  report();
  return store.state.subscribe(report);
}

function progress({ builds }: DashboardStore, { command, mode }: DashboardOptions): TerminalProgress {
  const runs = command?.running ?? (mode === "watch" && builds.counts.running > 0);
  if (!runs) return { state: "none" };
  const share = finishedShare(builds);
  if (share === null) return { state: "busy" };
  return { state: builds.counts.failed > 0 ? "failed" : "share", share };
}

function isLong({ builds, settings, now }: DashboardOptions): boolean {
  const begun = builds.sessions[0]?.startedAt;
  return begun !== undefined && now() - begun >= settings.notifyAfterSeconds * 1_000;
}
