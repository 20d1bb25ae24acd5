/** Every setting of a machine as it stands there, with whose file it is in and what was seen that speaks for another value. */
import type { MachineStatus } from "../../model/machine/status.ts";
import {
  boundsText,
  type EditableSetting,
  type FilePlace,
  restartText,
  typedValue,
  writtenValue,
} from "../../model/settings/editable-setting.ts";
import type { PathPart } from "../../model/settings/file-read.ts";
import { decodeFile } from "../../model/settings/file-text.ts";
import { findInNixCode } from "../../model/settings/find-nix-code.ts";
import { machineRows } from "../../model/settings/machine-rows.ts";
import type { NixCode } from "../../model/settings/nix-code.ts";
import { ownershipOf } from "../../model/settings/ownership.ts";
import type { Setting } from "../../model/settings/setting.ts";
import { settings } from "../../model/settings/settings.ts";
import { suggestValue } from "../../model/settings/suggest-value.ts";
import { cleanText } from "../../model/text/clean.ts";
import type { ActionWatch } from "../actions/plan-action.ts";
import { HostError } from "../hosts/host.ts";
import { isEditablePath } from "./editable-paths.ts";
import { readNixCode } from "./nix-code-files.ts";
import { needsSudo, type SaveSettings } from "./plan-save.ts";
import { readForEdit } from "./read-for-edit.ts";
import { type SettingHost, settingHost } from "./setting-host.ts";
import {
  machineRowsNamed,
  nixCodeNow,
  type SettingFiles,
  type SettingNow,
  settingNow,
} from "./setting-request.ts";

/** A setting with what it takes to change it. */
interface ListedSetting {
  readonly editable: EditableSetting;
  readonly setting: Setting;
  readonly now: SettingNow;
  /** Of /etc/nix/machines, from 0. */
  readonly row: number | undefined;
}

export interface SettingList {
  readonly settings: readonly ListedSetting[];
  readonly files: SettingFiles;
  readonly here: SettingHost;
}

const ofFiles = settings.filter(({ place }) => place.format !== "nix-code");

/** Rejects with `HostError`. */
export async function readSettingList(
  watch: ActionWatch,
  { signal, allows = isEditablePath }: Pick<SaveSettings, "signal" | "allows">,
): Promise<SettingList> {
  const paths = settingPaths;
  const sudo = needsSudo(watch);
  const [here, code, ...reads] = await Promise.all([
    settingHost(watch, signal),
    nixCodeOf(watch, signal),
    ...paths.map((path) => readForEdit(watch.host, path, { sudo, signal, allows })),
  ]);
  const files = new Map<string, string | null>();
  const chains = new Map<string, readonly PathPart[]>();
  const closed = new Map<string, readonly string[]>();
  for (const [at, read] of reads.entries()) {
    const path = paths[at] ?? "";
    files.set(path, read.kind === "file" ? decodeFile(read.bytes).text : null);
    chains.set(path, read.chain);
    if (read.kind === "unreadable") closed.set(path, [`${path} cannot be read`, ...read.lines]);
    if (read.kind === "not-regular") closed.set(path, [`${path} is no regular file`]);
    if (read.kind === "too-big") closed.set(path, [`${path} is too long to be a configuration file`]);
  }
  const read: ReadSettings = { files, chains, closed, code, here, status: watch.status() };
  return { settings: listSettings(read), files, here };
}

/** What was read of a machine. */
export interface ReadSettings {
  readonly files: SettingFiles;
  readonly chains: ReadonlyMap<string, readonly PathPart[]>;
  /** Why a file cannot be read, in lines. */
  readonly closed: ReadonlyMap<string, readonly string[]>;
  readonly code: NixCode | null;
  readonly here: SettingHost;
  readonly status: MachineStatus;
}

/** The settings of files; those of Nix code after them. */
export function listSettings(read: ReadSettings): ListedSetting[] {
  const { files, chains, closed, code, here, status } = read;
  const listed = ofFiles.flatMap((setting): ListedSetting[] =>
    rowsOf(setting, files, here).flatMap(({ row, of }) => {
      const now = settingNow(setting, files, here, row);
      if (now === null) return [];
      const owner = ownershipOf(
        chains.get(now.path) ?? [],
        files.get(now.path) ?? null,
        setting.place,
        here.owner,
      );
      const locked = closed.get(now.path) ?? (owner.managed ? owner.lines : null);
      const place = owner.managed && owner.option !== null ? placeIn(code, owner.option.split(".")) : null;
      const context = { row, of, locked, place, here, status };
      return [{ editable: editable(setting, now, context), setting, now, row }];
    }),
  );
  const inCode = settings.flatMap((setting) => ofCode(setting, code, here, status));
  return [...listed, ...inCode];
}

/** Of all files that settings stand in. */
export const settingPaths: readonly string[] = [...new Set(ofFiles.flatMap(filesOf))];

function filesOf({ place }: Setting): readonly string[] {
  if (place.format === "nix-code") return [];
  return place.format === "nix-conf" ? place.files : [place.file];
}

interface RowOf {
  readonly row: number | undefined;
  readonly of: string | null;
}

/** One row for a setting that there is once; for each machine one; none where this machine has no such file. */
function rowsOf({ place }: Setting, files: SettingFiles, { owner }: SettingHost): RowOf[] {
  if (place.format === "json") return owner.determinate ? [{ row: undefined, of: null }] : [];
  if (place.format !== "machines") return [{ row: undefined, of: null }];
  const text = files.get(place.file) ?? "";
  const rows = machineRows(text);
  return machineRowsNamed(text, null).map((row) => ({
    row,
    of: cleanText(rows[row]?.columns[0]?.text ?? "")
      .replace(/^[a-z-]+:\/\//, "")
      .slice(0, 80),
  }));
}

function editable(
  setting: Setting,
  now: SettingNow,
  context: RowOf & {
    readonly locked: readonly string[] | null;
    readonly place: FilePlace | null;
    readonly here: SettingHost;
    readonly status: MachineStatus;
  },
): EditableSetting {
  const { row, of, locked, place, here, status } = context;
  const limits = here.limits(setting);
  const judge = (text: string) => setting.judge(text, limits, now.value);
  const typed = typedValue(now.value, setting);
  return {
    key: row === undefined ? setting.id : `${setting.id} ${row}`,
    id: setting.id,
    of,
    path: now.path,
    shown: now.shown,
    written: writtenValue(now.value, now.shown, setting),
    typed,
    default: setting.default,
    effect: setting.effect,
    hint: setting.hint,
    choices: setting.choices,
    bounds: boundsText(setting.range(limits), setting),
    restart: restartText(setting),
    suggestion: suggestValue(setting, typed, status, judge),
    locked,
    place,
    judge,
  };
}

/** The person's own code; where it cannot be read, the files are shown without it. */
async function nixCodeOf({ host }: ActionWatch, signal: AbortSignal): Promise<NixCode | null> {
  try {
    return await readNixCode(host, { named: null, signal });
  } catch (error) {
    if (error instanceof HostError && !signal.aborted) return null;
    throw error;
  }
}

/** Where to look for it in an editor. */
function placeIn(code: NixCode | null, option: readonly string[]): FilePlace | null {
  const found = code && findInNixCode(code, option);
  if (found === null || found.kind === "none") return null;
  return found.kind === "set" ? found.place : (found.places[0] ?? null);
}

/** An option that the person's code sets: changed there where it is a plain value, otherwise in an editor. */
function ofCode(
  setting: Setting,
  code: NixCode | null,
  here: SettingHost,
  status: MachineStatus,
): ListedSetting[] {
  if (setting.place.format !== "nix-code" || code === null) return [];
  const found = findInNixCode(code, setting.place.option);
  if (found.kind === "none") return [];
  const place = found.kind === "set" ? found.place : (found.places[0] ?? null);
  if (place === null) return [];
  const asCode = { path: place.path, value: null, shown: "code, not a plain value" };
  const now: SettingNow = found.kind === "set" ? nixCodeNow(setting, found) : asCode;
  const locked = found.kind === "set" ? null : found.lines;
  const context = { row: undefined, of: null, locked, place, here, status };
  return [{ editable: editable(setting, now, context), setting, now, row: undefined }];
}
