/** Every setting that can be edited, by its name. */
import { nearestWord } from "../command-line/nearest-word.ts";
import { determinateSettings } from "./determinate-settings.ts";
import { machineSettings } from "./machine-settings.ts";
import { nixConfSettings } from "./nix-conf-settings.ts";
import { nixOptions } from "./nix-options.ts";
import type { Setting } from "./setting.ts";

export const settings: readonly Setting[] = [
  ...determinateSettings,
  ...nixConfSettings,
  ...machineSettings,
  ...nixOptions,
];

/** The setting of that name; otherwise the name that comes nearest, `null` if none does. */
export function findSetting(id: string): { readonly setting: Setting } | { readonly meant: string | null } {
  const setting = settings.find((each) => each.id === id);
  if (setting) return { setting };
  const lower = id.toLowerCase();
  const same = settings.find(
    (each) => each.id.toLowerCase() === lower || each.id.toLowerCase().endsWith(`.${lower}`),
  );
  return {
    meant:
      same?.id ??
      nearestWord(
        id,
        settings.map((each) => each.id),
      ),
  };
}
