/** Opens the dashboard on a terminal and gives the terminal back as it was, whatever happens. */

import { setTimeout as sleep } from "node:timers/promises";
import { type Instance, render } from "ink";
import { terminalCapabilities } from "../adapters/terminal/capabilities.ts";
import { openInEditor } from "../adapters/terminal/editor.ts";
import { listenToReports } from "../adapters/terminal/input-reports.ts";
import { showInPager } from "../adapters/terminal/pager.ts";
import { copyToClipboard } from "../adapters/terminal/sequences.ts";
import { stepAside } from "../adapters/terminal/step-aside.ts";
import { openTerminalSession } from "../adapters/terminal/terminal-session.ts";
import type { CommandContext, Effects } from "../hooks/commands.ts";
import { mouse } from "../hooks/mouse.ts";
import { createDashboardStore, type DashboardStore } from "../store/dashboard-store.ts";
import { createLogSearcher } from "../store/log-search.ts";
import { type LogSource, lostLines, lostLinesText } from "../store/log-source.ts";
import { selectedMachineRow } from "../store/machine-rows.ts";
import { App } from "./app.tsx";
import type { CloseReason, Dashboard, DashboardOptions } from "./dashboard-options.ts";
import { reportToTerminal } from "./terminal-reporter.ts";
import { TerminalSwitch, type TerminalSwitchRef } from "./terminal-switch.tsx";
import { makeTheme, ThemeContext } from "./theme.ts";

/**
 * Frames a second that Ink may draw. The store takes in the world at most ten times a second; the rest is for keys,
 * whose answer must not wait for the next tenth.
 */
const mostFrames = 60;

/** Both streams must be terminals: the caller has made sure. */
export function openDashboard(options: DashboardOptions): Dashboard {
  const { terminal, settings, builds, command, machines } = options;
  const { stdin, stdout, env } = terminal;
  let instance: Instance | undefined;
  let failure: Error | null = null;
  let reason: CloseReason = "closed";
  const close = (why: CloseReason) => {
    reason = why;
    instance?.unmount();
  };
  const fail = (error: unknown) => {
    failure ??= error instanceof Error ? error : new Error(String(error));
    instance?.unmount();
  };
  const capabilities = terminalCapabilities(env);
  const session = openTerminalSession({
    stdout,
    capabilities,
    mouse: settings.mouse,
    leave: () => instance?.unmount(),
  });
  const store = createDashboardStore({
    builds,
    ...(machines ? { machines } : {}),
    now: options.now,
    wallClock: options.wallClock ?? (() => new Date()),
    subscribe: (changed) => {
      const stops = [options.subscribe(changed), machines?.subscribe(changed)];
      return () => {
        for (const stop of stops) stop?.();
      };
    },
    size: sizeOf(stdout),
    ticking: () => command?.running ?? false,
    onError: (error) => fail(error),
  });
  const switchRef: TerminalSwitchRef = { suspend: null };
  const searcher = createLogSearcher();
  const closing = new AbortController();

  const aside = stepAside({
    // Ink, mouse and title out of the way.
    without: async (run) => {
      if (!switchRef.suspend) return;
      stopReports();
      session.release();
      try {
        await switchRef.suspend(async () => run());
      } finally {
        session.take();
        stopReports = listen();
      }
    },
    onError: (error) => fail(error),
  });
  const { withTerminal } = aside;
  const effects: Effects = {
    copy: (text, what) => {
      const sequence = copyToClipboard(text, capabilities);
      if (sequence === null) return "Too long for the clipboard: o opens the log in the pager.";
      session.send(sequence);
      return `Copied ${what}.`;
    },
    page: async () => {
      let problem: string | null = null;
      await withTerminal(() => {
        problem = pageLog(store, options);
      });
      return problem;
    },
    pageBuilder: async () => {
      let problem: string | null = null;
      await withTerminal(() => {
        problem = pageBuilderLog(store, options);
      });
      return problem;
    },
    edit: async (path, line) => {
      let problem: string | null = null;
      await withTerminal(() =>
        withoutInterrupts(() => {
          problem = openInEditor({ env, ...descriptors(options), path, line });
        }),
      );
      return problem;
    },
    withTerminal: (run) => withTerminal(() => withoutInterrupts(run)),
    closing: closing.signal,
    suspend: () => void withTerminal(stopLikeAnyJob),
    redraw: () => void withTerminal(() => {}),
    close,
  };
  const context: CommandContext = { store, options, effects, searcher };
  /** What a person does must not end in a stack trace over the screen. */
  const guarded = (act: () => void) => {
    try {
      store.touched();
      act();
    } catch (error) {
      fail(error);
    }
  };
  const listen = () =>
    listenToReports(stdin, (report) => {
      if (report.kind === "focus") store.focusChanged(report.focused);
      else guarded(() => mouse(context, report));
    });
  let stopReports = listen();
  const onResize = () => store.resize(...sizePair(stdout));
  stdout.on("resize", onResize);
  const stopReporting = reportToTerminal({ store, options, session, capabilities });
  if (options.greeting !== undefined) store.flash(options.greeting);

  const finish = () => {
    closing.abort();
    searcher.cancel();
    store.stop();
    aside.end();
    stopReporting();
    stopReports();
    stdout.off("resize", onResize);
    session.end();
  };

  const run = async (): Promise<CloseReason> => {
    try {
      instance = render(
        <ThemeContext value={makeTheme(settings)}>
          <TerminalSwitch target={switchRef} />
          <App context={context} guarded={guarded} />
        </ThemeContext>,
        {
          stdin,
          stdout,
          alternateScreen: true,
          incrementalRendering: true,
          exitOnCtrlC: false,
          patchConsole: false,
          interactive: true,
          maxFps: mostFrames,
        },
      );
      if (failure) instance.unmount();
      await instance.waitUntilExit();
      if (failure) throw failure;
      return reason;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new Error(`The screen could not be drawn: ${text.split("\n")[0]}`, { cause: error });
    } finally {
      finish();
    }
  };
  const closed = run();
  return {
    closed,
    close: async () => {
      close("closed");
      await closed.catch(() => {});
    },
  };
}

/** The whole process group stops, as with any other program: Nix with us, so that no full pipe blocks it. */
async function stopLikeAnyJob(): Promise<void> {
  process.kill(0, "SIGTSTP");
  // The signal arrives a moment later; going on before would draw over the shell.
  await sleep(50);
}

function pageLog(store: DashboardStore, options: DashboardOptions): string | null {
  const source = store.log();
  const { derivation } = source;
  const lost = lostLines(source);
  const ended = derivation !== null && derivation.state !== "running" && derivation.state !== "planned";
  const command =
    derivation && lost > 0 && ended ? (options.actions.fullLogCommand?.(derivation.drv) ?? null) : null;
  return page(
    options,
    command,
    linesOf(source, options.settings.theme === "auto"),
    lost > 0 ? `(${lostLinesText(lost)})` : null,
  );
}

/** Ctrl-C is meant for the program that has the terminal. */
function withoutInterrupts(run: () => void): void {
  const ignore = () => {};
  for (const signal of ["SIGINT", "SIGQUIT"] as const) process.on(signal, ignore);
  try {
    run();
  } finally {
    for (const signal of ["SIGINT", "SIGQUIT"] as const) process.off(signal, ignore);
  }
}

function pageBuilderLog(store: DashboardStore, options: DashboardOptions): string | null {
  const row = selectedMachineRow(store.state.get(), store);
  if (!row?.builder) return "Select a builder first.";
  const command = options.actions.builderLogCommand?.(row.machineIndex, row.builder.key) ?? null;
  if (command === null) return `The log of ${row.builder.name} is not to be had here.`;
  return page(options, command, [], null);
}

function page(
  options: DashboardOptions,
  command: readonly string[] | null,
  lines: Iterable<string>,
  incomplete: string | null,
): string | null {
  return showInPager({
    env: options.terminal.env,
    ...descriptors(options),
    command,
    lines,
    incomplete,
  });
}

function descriptors({ terminal: { stdin, stdout } }: DashboardOptions) {
  return { stdin: (stdin as { fd?: number }).fd ?? 0, stdout: (stdout as { fd?: number }).fd ?? 1 };
}

function* linesOf(source: LogSource, colored: boolean): Generator<string> {
  for (let n = source.firstLine; n < source.endLine; n++)
    yield colored ? source.line(n) : source.plainLine(n);
}

function sizePair(stdout: NodeJS.WriteStream): [columns: number, rows: number] {
  return [stdout.columns || 80, stdout.rows || 24];
}

function sizeOf(stdout: NodeJS.WriteStream): { columns: number; rows: number } {
  const [columns, rows] = sizePair(stdout);
  return { columns, rows };
}
