/** The person's own settings, in `$XDG_CONFIG_HOME/buildtop/config.json` (`~/.config`, also on macOS). */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { cleanText } from "../../model/text/clean.ts";
import type { DashboardSettings } from "../../views/dashboard-options.ts";
import { type Environment, terminalCapabilities } from "../terminal/capabilities.ts";

/** What may stand in the file; `auto` lets the terminal decide. Unknown names are kept and left alone. */
const fields = {
  theme: v.picklist(["auto", "mono"]),
  ascii: v.union([v.literal("auto"), v.boolean()]),
  mouse: v.boolean(),
  notify: v.picklist(["off", "bell", "osc9", "osc777"]),
  notifyAfterSeconds: v.pipe(v.number(), v.minValue(0), v.maxValue(86_400)),
};

export type Settings = { [Name in keyof typeof fields]: v.InferOutput<(typeof fields)[Name]> };

export const defaultSettings: Settings = {
  theme: "auto",
  ascii: "auto",
  mouse: true,
  notify: "off",
  notifyAfterSeconds: 60,
};

export interface LoadedSettings {
  settings: Settings;
  /** The file, whether it is there or not. */
  path: string;
  /** One line each: what is wrong, where, and what holds instead. The file itself is never touched. */
  problems: string[];
}

/** Reads the settings; whatever is wrong with the file, the program starts with the defaults for that part. Never rejects. */
export async function loadSettings(env: Environment): Promise<LoadedSettings> {
  const cwd = join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config"), "buildtop");
  const path = join(cwd, "config.json");
  const settings = { ...defaultSettings };
  const problems: string[] = [];
  // Most people have no such file, and need not wait for the library to load.
  if (!existsSync(path)) return { settings, path, problems };
  let stored: Record<string, unknown>;
  try {
    const { default: Conf } = await import("conf");
    stored = new Conf({
      cwd,
      configName: "config",
      clearInvalidConfig: false,
      accessPropertiesByDotNotation: false,
    }).store;
  } catch (error) {
    const reason = cleanText((error as Error).message);
    return { settings, path, problems: [`${path} cannot be read (${reason}): the defaults hold.`] };
  }
  for (const name of Object.keys(fields) as (keyof typeof fields)[]) {
    if (!(name in stored)) continue;
    const result = v.safeParse(fields[name], stored[name]);
    if (result.success) Object.assign(settings, { [name]: result.output });
    else
      problems.push(
        `${path}: "${name}" ${cleanText(result.issues[0].message)}: ${JSON.stringify(settings[name])} holds.`,
      );
  }
  return { settings, path, problems };
}

/** What was said on the command line; it goes before the file. */
export interface SettingFlags {
  theme?: "auto" | "mono";
  ascii?: boolean;
  mouse?: boolean;
}

/** Command line before file before what the terminal tells. */
export function dashboardSettings(
  settings: Settings,
  flags: SettingFlags,
  env: Environment,
): DashboardSettings {
  const terminal = terminalCapabilities(env);
  const ascii = flags.ascii ?? (settings.ascii === "auto" ? terminal.ascii : settings.ascii);
  return {
    theme: flags.theme ?? (terminal.noColor ? "mono" : settings.theme),
    ascii,
    mouse: flags.mouse ?? settings.mouse,
    notify: settings.notify,
    notifyAfterSeconds: settings.notifyAfterSeconds,
  };
}
