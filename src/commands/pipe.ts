/** `nix build … --log-format internal-json -v |& buildtop` */
import { readPipe } from "../adapters/nix-log/pipe.ts";
import { digest } from "../model/report/digest.ts";
import { line } from "../model/report/line.ts";
import { formatNoun } from "../model/units.ts";
import type { CommandHandle } from "../views/dashboard-options.ts";
import { LiveBuilds } from "./live-builds.ts";
import { lookForCauses } from "./look-for-causes.ts";
import { startNarrator } from "./narrator.ts";
import { type TextOutput, textOutput } from "./output.ts";
import { rememberFailures } from "./remember-failures.ts";
import { findScreen, type Screen } from "./screen.ts";
import type { DisplaySettings } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

/** After Ctrl-C the writer, who got it too, has so long to say its last words. */
const lastWordsMs = 5000;
/** So long nothing may come before we say what we wait for. */
const silenceMs = 2000;

/** A pipe does not tell which command writes to it. */
const pipeLabel = "standard input";

const noLogSoFar =
  "what comes on standard input is no Nix log so far; it needs: --log-format internal-json -v";

/** 0: what came ended well. 1: a build failed or the stream broke off. Throws `UsageError` if it was no Nix log. */
export async function pipe(settings: DisplaySettings): Promise<number> {
  const live = new LiveBuilds();
  const started = performance.now();
  const output = textOutput({ stream: process.stderr, ascii: settings.ascii, color: true });
  const stream = live.open({ label: pipeLabel, kind: "auto" });
  const screen = findScreen();
  const abort = new AbortController();
  let ended = false;
  const reading = readPipe((chunk) => stream.feed(chunk, live.now()), abort.signal).then((end) => {
    ended = true;
    stream.end(live.now());
    return end;
  });
  let interrupted = false;
  const onInterrupt = () => {
    if (interrupted) abort.abort();
    interrupted = true;
    setTimeout(() => abort.abort(), lastWordsMs).unref();
  };
  process.on("SIGINT", onInterrupt);
  // What Ctrl-C is where no screen has taken the keys: a signal to all that runs in this pipeline, us included.
  const interrupt = () => void process.kill(0, "SIGINT");
  if (screen) await showPipe({ screen, live, settings, reading, isOver: () => ended, interrupt, output });
  else await tellPipe(live, reading, output);
  const end = await reading;
  process.off("SIGINT", onInterrupt);
  screen?.release();
  if (end.error !== null) throw new UsageError(`standard input cannot be read: ${end.error}`);
  if (live.builds.records === 0 && !interrupted) throw new UsageError(notALog(live, end.bytes));
  const elapsed = performance.now() - started;
  const causes = await lookForCauses(live.builds, output);
  output.print(
    digest(live.builds, {
      causes,
      elapsed,
      exitCode: null,
      signal: null,
      interrupted,
      seen: screen ? "nothing" : "events",
      unseen: [],
    }),
  );
  output.print(await rememberFailures(live.builds, { title: pipeLabel, interrupted }));
  if (interrupted) return 130;
  return live.builds.outcome === "succeeded" ? 0 : 1;
}

async function tellPipe(live: LiveBuilds, reading: Promise<unknown>, output: TextOutput): Promise<void> {
  const silence = setTimeout(() => {
    if (live.builds.records > 0) return;
    const text = live.builds.otherLines > 0 ? noLogSoFar : "waiting for a Nix log on standard input";
    output.print([line(text, "dim")]);
  }, silenceMs);
  const stop = startNarrator({ live, output, heartbeat: true, onlyLogs: true });
  await reading;
  clearTimeout(silence);
  stop();
}

interface ShownPipe {
  screen: Screen;
  live: LiveBuilds;
  settings: DisplaySettings;
  reading: Promise<unknown>;
  isOver: () => boolean;
  /** Ends the writer. */
  interrupt: () => void;
  output: TextOutput;
}

async function showPipe(options: ShownPipe): Promise<void> {
  const { screen, live, settings, reading, isOver, interrupt, output } = options;
  const command: CommandHandle = {
    get running() {
      return !isOver();
    },
    note: null,
    canContinueInText: true,
    interrupt,
  };
  const { showDashboard, closeReason } = await import("./show-dashboard.ts");
  const dashboard = await showDashboard({
    screen,
    live,
    mode: "pipe",
    title: "standard input",
    settings,
    command,
  });
  const closed = closeReason(dashboard, output);
  await Promise.race([reading, closed]);
  await dashboard.close();
  if ((await closed) === "continue-in-text" && !isOver()) await tellPipe(live, reading, output);
  else if (!isOver()) interrupt();
}

function notALog(live: LiveBuilds, bytes: number): string {
  if (bytes === 0) {
    return "nothing came on standard input; write: nix build … --log-format internal-json -v |& buildtop";
  }
  const lines = formatNoun(live.builds.otherLines, "line");
  return `what came on standard input (${lines}) is no Nix log; add to the command: --log-format internal-json -v`;
}
