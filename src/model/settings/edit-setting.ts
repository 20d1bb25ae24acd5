/** One door to the editors of all formats. */
import { type Edit, refused } from "./change.ts";
import { editJson } from "./edit-json.ts";
import { editMachine } from "./edit-machines.ts";
import { editNixCode } from "./edit-nix-code.ts";
import { editNixConf } from "./edit-nix-conf.ts";
import type { ReadFile } from "./nix-conf-origin.ts";
import type { Place, SettingValue } from "./setting.ts";

export interface EditTarget {
  /** Of the file that is edited; for nix.conf notes name it. */
  readonly path: string;
  /** `null` where there is no file yet. */
  readonly text: string | null;
  /** For /etc/nix/machines: which row, from 0. */
  readonly row?: number;
  /** For nix.conf: the file that Nix begins with, and the text of others. */
  readonly root?: string;
  readonly readFile?: ReadFile;
}

/** Writes a value that was judged into the text of its file. Never throws. */
export function editSetting(place: Place, value: SettingValue, { text, row, ...target }: EditTarget): Edit {
  switch (place.format) {
    case "json":
      return editJson(text, place.path, value);
    case "nix-conf":
      return editNixConf({ ...target, text, key: place.key, value: lineOf(value) });
    case "machines":
      return row === undefined
        ? refused("no row was chosen")
        : editMachine(text ?? "", row, place.field, value === null ? null : lineOf(value));
    case "nix-code":
      return typeof value === "object"
        ? refused(`${place.option.join(".")} is no plain value; change it in your editor`)
        : editNixCode(text ?? "", place.option, value);
  }
}

function lineOf(value: SettingValue): string {
  return value === null ? "" : Array.isArray(value) ? value.join(" ") : String(value);
}
