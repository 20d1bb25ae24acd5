/** What a file says of a setting now, and whether Nix reads it as it was meant. */
import { jsonOf, wordsOf } from "../machine/lines.ts";
import { cleanText } from "../text/clean.ts";
import { readJsonValue } from "./edit-json.ts";
import { formatSize } from "./format-size.ts";
import { fieldOf, machineRows } from "./machine-rows.ts";
import { addsTo, namesOf, nixConfLines, settingValue } from "./nix-conf-lines.ts";
import { shownText } from "./preview.ts";
import type { HostLimits, Place, Setting, SettingValue } from "./setting.ts";

/** A machine of which nothing is known. */
export const unknownLimits: HostLimits = {
  memoryBytes: null,
  cores: null,
  performanceCores: null,
  freeDiskBytes: null,
  otherVms: [],
  localSystem: "unknown",
  determinate: false,
};

/** As it stands in this text; `null` where it is not set, or the file is broken. `row`: from 0, of machines. */
export function valueIn(text: string | null, place: Place, row?: number): SettingValue {
  if (text === null) return null;
  switch (place.format) {
    case "json":
      return jsonValue(readJsonValue(text, place.path));
    case "nix-conf": {
      const names = namesOf(place.key);
      const line = nixConfLines(text).findLast(
        (each) => each.kind === "setting" && names.includes(each.words[0]?.text ?? ""),
      );
      return line ? settingValue(line) : null;
    }
    case "machines": {
      const found = row === undefined ? undefined : machineRows(text)[row];
      return found ? fieldOf(found, place.field) : null;
    }
    case "nix-code":
      return null;
  }
}

function jsonValue(value: unknown): SettingValue {
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string") return value;
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : null;
}

/** As a person reads it; `null` where it is not set. Clean, without secrets. */
export function shownValue(
  value: SettingValue,
  { kind, unit }: Pick<Setting, "kind" | "unit">,
): string | null {
  if (value === null) return null;
  if (kind === "size" && typeof value === "number" && value > 0)
    return formatSize(unit === "MiB" ? value * 1024 ** 2 : value);
  return shownText(Array.isArray(value) ? value.join(" ") : cleanText(String(value)));
}

/** The setting that Nix is asked for, and whether what it prints is what was written. */
export function nixReads(
  key: string,
  value: string,
  kind: Setting["kind"],
): { readonly key: string; readonly accepts: (printed: string) => boolean } {
  const asked = addsTo(key) ?? key;
  return {
    key: asked,
    accepts: (printed) => {
      if (value === "auto") return /^\d+$/.test(printed) || printed === "auto";
      if (kind === "words") {
        const words = new Set(wordsOf(printed));
        return wordsOf(value).every((word) => words.has(word));
      }
      const [wanted, read] = [jsonOf(value), jsonOf(printed)];
      if (typeof wanted === "object" && wanted !== null)
        return JSON.stringify(wanted) === JSON.stringify(read);
      return wordsOf(value).join(" ") === wordsOf(printed).join(" ");
    },
  };
}
