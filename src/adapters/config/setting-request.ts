/** A setting on a machine: what it is now, in which file, and the request that gives it another value. */

import { nixConfFiles } from "../../model/nix-conf/parse.ts";
import { editSetting } from "../../model/settings/edit-setting.ts";
import { decodeFile } from "../../model/settings/file-text.ts";
import type { NixCodeFound } from "../../model/settings/find-nix-code.ts";
import { machineRows } from "../../model/settings/machine-rows.ts";
import { rebuildCommand } from "../../model/settings/nix-code-places.ts";
import { nixConfPlace, ownershipOf } from "../../model/settings/ownership.ts";
import type { SaveRequest } from "../../model/settings/save-types.ts";
import type { Setting, SettingValue } from "../../model/settings/setting.ts";
import { nixReads, shownValue, valueIn } from "../../model/settings/setting-value.ts";
import type { ActionWatch } from "../actions/plan-action.ts";
import { needsSudo, type SaveSettings } from "./plan-save.ts";
import { readForEdit } from "./read-for-edit.ts";
import type { SettingHost } from "./setting-host.ts";

/** The texts of the files that settings stand in; `null` where there is none, or it cannot be read. */
export type SettingFiles = ReadonlyMap<string, string | null>;

export interface SettingNow {
  readonly path: string;
  readonly value: SettingValue;
  /** Clean, without secrets; `null`: not set. */
  readonly shown: string | null;
  /** For Nix code: what the person has to run for a change to hold. */
  readonly rebuild?: string;
}

const [customConf, nixConf] = nixConfFiles;

/** The files of these settings, each once. Rejects with `HostError`. */
export async function readSettingFiles(
  watch: ActionWatch,
  settings: readonly Setting[],
  { signal, allows }: Pick<SaveSettings, "signal" | "allows">,
): Promise<SettingFiles> {
  const paths = new Set(settings.flatMap(({ place }) => filesOf(place)));
  const files = new Map<string, string | null>();
  for (const path of paths) {
    const options = { sudo: needsSudo(watch), signal, ...(allows ? { allows } : {}) };
    const read = await readForEdit(watch.host, path, options);
    files.set(path, read.kind === "file" ? decodeFile(read.bytes).text : null);
  }
  return files;
}

function filesOf(place: Setting["place"]): readonly string[] {
  if (place.format === "nix-code") return [];
  return place.format === "nix-conf" ? place.files : [place.file];
}

/** What it is in the file where it would be changed. `row`: of /etc/nix/machines, from 0. */
export function settingNow(
  setting: Setting,
  files: SettingFiles,
  { owner }: SettingHost,
  row?: number,
): SettingNow | null {
  const { place } = setting;
  if (place.format === "nix-code") return null;
  const path = place.format === "nix-conf" ? nixConfPlace(files.get(nixConf) ?? null, owner) : place.file;
  const value = valueIn(files.get(path) ?? null, place, row);
  // What the installer or Determinate wrote holds as well, as long as ours says nothing.
  if (value === null && place.format === "nix-conf" && path === customConf) {
    const written = valueIn(files.get(nixConf) ?? null, place);
    return { path, value: written, shown: shownValue(written, setting) };
  }
  return { path, value, shown: shownValue(value, setting) };
}

/** The same for an option that a person's Nix code sets. */
export function nixCodeNow(
  setting: Pick<Setting, "kind" | "unit">,
  { value, place, flake }: Extract<NixCodeFound, { kind: "set" }>,
): SettingNow {
  return { path: place.path, value, shown: shownValue(value, setting), rebuild: rebuildCommand(flake) };
}

/** Gives it `value`, which was judged. */
export function settingRequest(
  setting: Setting,
  now: SettingNow,
  value: SettingValue,
  files: SettingFiles,
  { owner }: SettingHost,
  row?: number,
): SaveRequest {
  const { place } = setting;
  const written = value === null ? "" : Array.isArray(value) ? value.join(" ") : String(value);
  return {
    path: now.path,
    setting: setting.id,
    from: now.shown,
    to: shownValue(value, setting),
    edit: (text) =>
      editSetting(place, value, {
        path: now.path,
        text,
        ...(row === undefined ? {} : { row }),
        root: nixConf,
        readFile: (path) => files.get(path) ?? null,
      }),
    owner: (chain, text) => ownershipOf(chain, text, place, owner),
    restart: setting.restart.what === "daemon" ? { kind: "daemon" } : null,
    ...(now.rebuild === undefined ? {} : { holdsAfter: now.rebuild }),
    inForce: place.format === "nix-conf" ? nixReads(place.key, written, setting.kind) : null,
  };
}

/** The rows of /etc/nix/machines whose address is or holds `name`; all of them without one. From 0. */
export function machineRowsNamed(text: string | null, name: string | null): number[] {
  const rows = machineRows(text ?? "");
  const uris = rows.map(({ columns, includes }) => (includes === null ? (columns[0]?.text ?? "") : ""));
  return uris.flatMap((uri, at) => {
    if (uri === "") return [];
    const host = uri
      .replace(/^[a-z-]+:\/\//, "")
      .replace(/^[^@]*@/, "")
      .replace(/[:/?].*$/, "");
    return name === null || uri === name || host === name ? [at] : [];
  });
}
