/** `buildtop config list|get [HOST]`: what the settings of a machine are, and in which files. */

import { tellInterrupted } from "../adapters/config/save-record.ts";
import { type SettingHost, settingHost } from "../adapters/config/setting-host.ts";
import {
  machineRowsNamed,
  readSettingFiles,
  type SettingFiles,
  settingNow,
} from "../adapters/config/setting-request.ts";
import { HostError } from "../adapters/hosts/host.ts";
import type { MachineWatch } from "../adapters/machine/machine-watch.ts";
import { machinesFile } from "../model/machine/facts.ts";
import { line } from "../model/report/line.ts";
import type { Setting } from "../model/settings/setting.ts";
import { findSetting, settings } from "../model/settings/settings.ts";
import { cleanText } from "../model/text/clean.ts";
import { getCode, isOfCode, listCode } from "./config-code.ts";
import { withMachine } from "./named-machine.ts";
import { type TextOutput, textOutput } from "./output.ts";
import { UsageError } from "./usage-error.ts";

export interface ConfigOptions {
  readonly ascii: boolean;
  /** Of the rows of /etc/nix/machines: by its host or address. */
  readonly machine: string | null;
  /** Of Nix code: the file or the directory where it stands, on the machine that is asked. */
  readonly file: string | null;
}

/** What `config` works with on one machine. */
export interface ConfigScene {
  readonly watch: MachineWatch;
  readonly here: SettingHost;
  readonly output: TextOutput;
  readonly complaints: TextOutput;
}

/** Looks at the machine, tells of a save there that was interrupted, and hands over. 2 where it cannot be reached. */
export async function withConfig(
  host: string | undefined,
  { ascii }: Pick<ConfigOptions, "ascii">,
  signal: AbortSignal,
  use: (scene: ConfigScene) => Promise<number>,
): Promise<number> {
  const output = textOutput({ stream: process.stdout, ascii, color: true });
  const complaints = textOutput({ stream: process.stderr, ascii, color: true });
  try {
    return await withMachine(host, async (watch, { connection }) => {
      if (connection.state === "lost") throw new UsageError(connection.trouble.message);
      const sudo = watch.facts?.isRoot !== true;
      const told = await tellInterrupted(watch.host, { sudo, signal });
      complaints.print(told.map((text) => line(`buildtop: ${text}`, "attention")));
      return await use({ watch, here: await settingHost(watch, signal), output, complaints });
    });
  } catch (error) {
    if (error instanceof HostError) throw new UsageError(error.trouble.message);
    throw error;
  }
}

/** 0: printed. */
export async function configList(host: string | undefined, options: ConfigOptions): Promise<number> {
  const { signal } = new AbortController();
  return withConfig(host, options, signal, async (scene) => {
    const { watch, here, output } = scene;
    const files = await readSettingFiles(watch, settings, { signal });
    const rows = settings.flatMap((setting) => listed(setting, files, here));
    const width = Math.max(...rows.map(({ name }) => name.length));
    let path = "";
    for (const row of rows) {
      const heading = row.path === path ? [] : [line(row.path, "running")];
      path = row.path;
      const text = `  ${row.name.padEnd(width)}  ${row.value}`;
      output.print([...heading, line(text, row.isSet ? "plain" : "dim")]);
    }
    await listCode(scene, signal);
    return 0;
  });
}

interface ListedRow {
  readonly path: string;
  readonly name: string;
  readonly value: string;
  readonly isSet: boolean;
}

/** Nothing of what this machine does not have. */
function listed(setting: Setting, files: SettingFiles, here: SettingHost): ListedRow[] {
  const { place, id } = setting;
  if (place.format === "nix-code" || (place.format === "json" && !here.owner.determinate)) return [];
  const machines = place.format === "machines" ? machineRowsNamed(files.get(machinesFile) ?? null, null) : [];
  if (place.format === "machines" && machines.length === 0) return [];
  const rows = place.format === "machines" ? machines : [undefined];
  return rows.flatMap((row) => {
    const now = settingNow(setting, files, here, row);
    if (now === null) return [];
    const name = machines.length > 1 ? `${id} (row ${(row ?? 0) + 1})` : id;
    const value = now.shown ?? `not set: ${setting.default}`;
    return [{ path: now.path, name, value, isSet: now.shown !== null }];
  });
}

/** 0: printed. 1: it is not set; stderr says what holds then. */
export async function configGet(
  name: string,
  host: string | undefined,
  options: ConfigOptions,
): Promise<number> {
  const setting = namedSetting(name, options);
  const { signal } = new AbortController();
  return withConfig(host, options, signal, async (scene) => {
    if (isOfCode(setting)) return getCode(scene, setting, options, signal);
    const { watch, here, complaints } = scene;
    const files = await readSettingFiles(watch, [setting], { signal });
    const row = rowOf(setting, files, options.machine);
    const now = settingNow(setting, files, here, row);
    if (now?.value == null) {
      complaints.print([
        line(`buildtop: ${setting.id} is not set; what holds then: ${setting.default}`, "dim"),
      ]);
      return 1;
    }
    const plain = Array.isArray(now.value) ? now.value.join(" ") : String(now.value);
    process.stdout.write(`${cleanText(setting.kind === "size" ? plain : (now.shown ?? plain))}\n`);
    return 0;
  });
}

/** Throws a `UsageError` with the nearest name, or where a file is named for a setting that has its own. */
export function namedSetting(name: string, { file }: Pick<ConfigOptions, "file">): Setting {
  const found = findSetting(name);
  if (!("setting" in found))
    throw new UsageError(
      `there is no setting "${cleanText(name)}"; ${found.meant === null ? "see them with: buildtop config list" : `did you mean "${found.meant}"?`}`,
    );
  const { setting } = found;
  if (file !== null && !isOfCode(setting))
    throw new UsageError(`--file is for settings in Nix code; ${setting.id} has its file`);
  return setting;
}

/** Which row of /etc/nix/machines is meant; `undefined` for settings of other files. Throws a `UsageError`. */
export function rowOf(setting: Setting, files: SettingFiles, machine: string | null): number | undefined {
  if (setting.place.format !== "machines") return undefined;
  const text = files.get(machinesFile) ?? null;
  const rows = machineRowsNamed(text, machine);
  if (rows.length === 1) return rows[0];
  if (rows.length > 1)
    throw new UsageError(`${machinesFile} has ${rows.length} machines; name one with --machine HOST`);
  throw new UsageError(
    machine === null
      ? `${machinesFile} names no machine`
      : `${machinesFile} names no "${cleanText(machine)}"`,
  );
}
