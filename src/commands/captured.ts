/** A Nix command whose log comes to us: shown on the dashboard or told in lines, until it ends. */
import { isatty } from "node:tty";
import { type ChildOptions, type CommandEnd, startChild } from "../adapters/nix-log/child-process.ts";
import { openUnnamedFile } from "../adapters/system/temporary-file.ts";
import type { Invocation } from "../model/command-line/plan-command.ts";
import type { Builds } from "../model/nix-log/types.ts";
import { line } from "../model/report/line.ts";
import type { Dashboard } from "../views/dashboard-options.ts";
import { copyToStdout } from "./copy-to-stdout.ts";
import { Interrupter } from "./interrupter.ts";
import type { LiveBuilds } from "./live-builds.ts";
import { heldOutput, type TextOutput } from "./output.ts";
import { findScreen, type Screen } from "./screen.ts";
import type { DisplaySettings } from "./settings.ts";

export interface CapturedOptions {
  /** How the person knows the command; cleaned. */
  title: string;
  settings: DisplaySettings;
  output: TextOutput;
  /** `false`: its standard output is thrown away. */
  keepStdout: boolean;
  /** Whether the dashboard stays after the command's end, until the person quits. */
  stay: boolean;
  /** A preparation that builds and fetches nothing is not worth a word. */
  purpose: "command" | "preparation";
}

export interface CapturedRun extends CommandEnd {
  builds: Builds;
  /** In ms. */
  elapsed: number;
  /** The person stopped it. */
  interrupted: boolean;
  /** The dashboard had the terminal for a while. */
  tookScreen: boolean;
  /** What was told in lines; see `DigestContext.seen`. */
  seen: "nothing" | "events";
}

/** A command that is over so soon, with nothing to build, needs no screen that comes and goes. */
const quickMs = 300;
/** Preparations mostly have nothing to do but evaluate. */
const preparationMs = 1500;

/** Runs it to its end. Throws `CannotStart`. */
export async function runCaptured(invocation: Invocation, options: CapturedOptions): Promise<CapturedRun> {
  const screen = findScreen();
  const spool = screen && options.keepStdout ? openUnnamedFile() : null;
  const started = performance.now();
  const childOptions: ChildOptions = {
    stdin: isatty(0) && screen ? "ignore" : "inherit",
    stdout: spool?.descriptor ?? (options.keepStdout ? "inherit" : "ignore"),
    captureStderr: true,
    env: process.env,
  };
  const child = screen
    ? await (await import("../adapters/nix-log/child-thread.ts")).startChildOnThread(invocation, childOptions)
    : await startChild(invocation, childOptions);
  // Only now: the command is on its way, and what follows costs it nothing.
  const [{ LiveBuilds }, { startNarrator }] = await Promise.all([
    import("./live-builds.ts"),
    import("./narrator.ts"),
  ]);
  const live = new LiveBuilds();
  const stream = live.open({ label: options.title, kind: "command" });
  child.onStderr((chunk) => stream.feed(chunk, live.now()));

  let dashboard: Dashboard | null = null;
  let stopNarrator: (() => void) | null = null;
  const held = heldOutput(options.output);
  const interrupter = new Interrupter(child, options.title, () => {
    if (stopNarrator && interrupter.note) held.print([line(interrupter.note, "attention")]);
  });
  const narrate = () => {
    stopNarrator ??= startNarrator({ live, output: held, heartbeat: true, onlyLogs: false });
  };
  const release = onSignals({
    SIGINT: () => interrupter.interrupt(),
    SIGTERM: () => child.kill("SIGTERM"),
    SIGHUP: () => {
      child.kill("SIGHUP");
      void dashboard?.close();
    },
  });
  let ended = false;
  const end = child.ended.then((end) => {
    ended = true;
    stream.end(live.now(), { ...end, interrupted: interrupter.interrupted });
    return end;
  });
  if (!screen) narrate();
  const busy = (await busyOrEnded(live, end, patience(options, screen))) === "busy";
  if (busy) held.release();
  if (screen && busy) dashboard = await openScreen(screen, { live, interrupter, options });
  if (dashboard) {
    const { closeReason } = await import("./show-dashboard.ts");
    const closed = closeReason(dashboard, options.output);
    void closed.then(() => {
      if (!ended) narrate();
    });
    await Promise.race([end, closed]);
    if (options.stay) await closed;
    else if (ended) await dashboard.close();
    await closed;
  }
  const result = await end;
  (stopNarrator as (() => void) | null)?.();
  release();
  screen?.release();
  if (spool) await copyToStdout(spool.descriptor).finally(spool.close);
  return {
    ...result,
    builds: live.builds,
    elapsed: performance.now() - started,
    interrupted: interrupter.interrupted,
    tookScreen: dashboard !== null,
    seen: screen ? "nothing" : "events",
  };
}

/** How long something that builds nothing may go on before it is shown, in ms. */
function patience({ purpose, stay }: CapturedOptions, screen: Screen | null): number {
  if (purpose === "preparation") return preparationMs;
  return screen && !stay ? quickMs : 0;
}

async function openScreen(
  screen: Screen,
  { live, interrupter, options }: { live: LiveBuilds; interrupter: Interrupter; options: CapturedOptions },
): Promise<Dashboard> {
  const { showDashboard } = await import("./show-dashboard.ts");
  return showDashboard({
    screen,
    live,
    mode: "run",
    title: options.title,
    settings: options.settings,
    command: interrupter,
    actions: { fullLogCommand: (drv) => ["nix", "log", drv] },
  });
}

/** Waits until something is built or fetched, the command takes its time, or it is over. */
async function busyOrEnded(
  live: LiveBuilds,
  end: Promise<unknown>,
  afterMs: number,
): Promise<"busy" | "ended"> {
  if (afterMs === 0) return "busy";
  let unsubscribe = () => {};
  let timer: NodeJS.Timeout | undefined;
  const busy = new Promise<"busy">((resolve) => {
    timer = setTimeout(() => resolve("busy"), afterMs);
    unsubscribe = live.subscribe(() => {
      const { counts, transfers } = live.builds;
      if (counts.running > 0 || transfers.open + transfers.paths > 0) resolve("busy");
    });
  });
  const first = await Promise.race([busy, end.then(() => "ended" as const)]);
  clearTimeout(timer);
  unsubscribe();
  return first;
}

/** Listens to signals; returns how to stop. */
function onSignals(handlers: Partial<Record<NodeJS.Signals, () => void>>): () => void {
  const entries = Object.entries(handlers) as [NodeJS.Signals, () => void][];
  for (const [signal, handler] of entries) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of entries) process.off(signal, handler);
  };
}
