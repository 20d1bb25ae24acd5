/** `buildtop --demo`: the dashboard on a made-up session. */
import { feedUntil, playDemo } from "../adapters/nix-log/demo.ts";
import { demoStream } from "../model/demo/demo-stream.ts";
import type { MachineStatus } from "../model/machine/status.ts";
import { line } from "../model/report/line.ts";
import { snapshot } from "../model/report/snapshot.ts";
import { LiveBuilds } from "./live-builds.ts";
import { MachineSet } from "./machine-set.ts";
import { textOutput } from "./output.ts";
import { recordedSettings } from "./recorded-settings.ts";
import { findScreen } from "./screen.ts";
import type { DisplaySettings } from "./settings.ts";

/** The demonstration begins here, in the middle of things. */
const startMs = 14_000;
/** As text it is one moment: a download, builds here and there, one that failed. */
const snapshotMs = 48_000;

const about = "The built-in demonstration: no Nix is asked.";

/** Its machines at that moment, each looked at twice: the processor's share is measured between two looks. */
async function lookAtDemo(seconds: number): Promise<MachineStatus[]> {
  const began = performance.now();
  const [{ lookAt }, { openDemo }] = await Promise.all([
    import("./status.ts"),
    import("../adapters/hosts/demo-host.ts"),
  ]);
  const machines = openDemo(() => seconds + (performance.now() - began) / 1000);
  return Promise.all(
    machines.map(({ host, collector, guest }) => lookAt(host, { collector, guests: guest })),
  );
}

export async function demo(settings: DisplaySettings, greeting = about): Promise<number> {
  const screen = findScreen();
  const opened = performance.now();
  const now = screen ? () => startMs + performance.now() - opened : () => snapshotMs;
  // The recording begins at 0; we come to it later, when there is something to see.
  let clock = () => 0;
  const live = new LiveBuilds(() => clock());
  const stream = live.open({ label: "nixos-rebuild build", kind: "command" });
  clock = now;
  if (!screen) {
    feedUntil(demoStream(), stream, snapshotMs);
    const output = textOutput({ stream: process.stdout, ascii: settings.ascii, color: true });
    output.print(snapshot(live.builds, "buildtop · demonstration", now()));
    const { statusText } = await import("../model/report/status-text.ts");
    for (const each of await lookAtDemo(now() / 1000)) output.print([line(""), ...statusText(each)]);
    output.print([line(greeting, "dim")]);
    return 0;
  }
  const stop = playDemo(stream, now);
  const machines = new MachineSet({ live, intervalMs: settings.intervalSeconds * 1000 });
  try {
    const { showDashboard } = await import("./show-dashboard.ts");
    const title = "demonstration: nixos-rebuild build";
    const dashboard = await showDashboard({
      screen,
      live,
      mode: "demo",
      title,
      settings,
      greeting,
      machines,
      actions: recordedSettings(machines),
    });
    const { openDemo } = await import("../adapters/hosts/demo-host.ts");
    for (const { host, collector, guest } of openDemo(() => now() / 1000))
      machines.add(host, { collector, guests: guest });
    machines.start();
    return (await dashboard.closed) === "interrupted" ? 130 : 0;
  } finally {
    stop();
    await machines.stop();
    screen.release();
  }
}
