/** `buildtop [HOST…]`: what standard input brings, or the machines that were named, or this one, or the demonstration. */
import { watchedLogs } from "../adapters/config/watch-scope.ts";
import { nixPrograms } from "../adapters/nix/nix-programs.ts";
import { stdinIsStream } from "../adapters/nix-log/pipe.ts";
import { parseSshName } from "../model/hosts/ssh-name.ts";
import type { DisplaySettings } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

export interface OpenSettings extends DisplaySettings {
  demo: boolean;
  /** Machines over ssh, as the person wrote them; none = this one. */
  hosts: readonly string[];
  /** A recording to look at in place of a machine. */
  recording: string | null;
}

export async function open(settings: OpenSettings): Promise<number> {
  if (settings.demo) {
    if (settings.hosts.length > 0 || settings.recording !== null)
      throw new UsageError(
        "--demo shows made-up machines; write either --demo or what else to show, not both",
      );
    const { demo } = await import("./demo.ts");
    return demo(settings);
  }
  if (settings.recording !== null) {
    if (settings.hosts.length > 0) throw new UsageError("write either machines or --recording DIR, not both");
    const { watchRecording } = await import("./watch-recording.ts");
    return watchRecording(settings.recording, settings);
  }
  for (const name of settings.hosts) {
    const parsed = parseSshName(name);
    if ("refused" in parsed)
      throw new UsageError(
        `"${name}" is no machine: ${parsed.refused}; to run a program: buildtop run -- COMMAND`,
      );
  }
  if (settings.hosts.length === 0) {
    if (stdinIsStream()) {
      const { pipe } = await import("./pipe.ts");
      return pipe(settings);
    }
    if (nixPrograms().length === 0 && watchedLogs().length === 0) {
      const { demo } = await import("./demo.ts");
      return demo(settings, "There is no Nix here: this is the built-in demonstration.");
    }
  }
  const { watchAll } = await import("./watch-all.ts");
  return watchAll(settings.hosts, settings);
}
