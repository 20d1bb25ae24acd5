// Settings of a machine made by hand, with the real names, bounds and words, and a Mac that is not there.
import {
  boundsText,
  type EditableSetting,
  restartText,
  typedValue,
  writtenValue,
} from "../../src/model/settings/editable-setting.ts";
import type { HostLimits, SettingValue } from "../../src/model/settings/setting.ts";
import { shownValue } from "../../src/model/settings/setting-value.ts";
import { findSetting } from "../../src/model/settings/settings.ts";
import type {
  SaveHow,
  SettingActions,
  SettingChange,
  SettingOutcome,
} from "../../src/views/setting-options.ts";

const gib = 1024 ** 3;

export const limitsOfMac: HostLimits = {
  memoryBytes: 32 * gib,
  cores: 10,
  performanceCores: 8,
  freeDiskBytes: 200 * gib,
  otherVms: [],
  localSystem: "aarch64-darwin",
  determinate: true,
};

export function fakeSetting(
  id: string,
  value: SettingValue,
  change: Partial<EditableSetting> = {},
): EditableSetting {
  const found = findSetting(id);
  if (!("setting" in found)) throw new Error(`There is no setting ${id}.`);
  const { setting } = found;
  const { place } = setting;
  const path =
    place.format === "nix-conf" ? "/etc/nix/nix.custom.conf" : "file" in place ? place.file : "flake.nix";
  const shown = shownValue(value, setting);
  return {
    key: id,
    id,
    of: null,
    path,
    shown,
    written: writtenValue(value, shown, setting),
    typed: typedValue(value, setting),
    default: setting.default,
    effect: setting.effect,
    hint: setting.hint,
    choices: setting.choices,
    bounds: boundsText(setting.range(limitsOfMac), setting),
    restart: restartText(setting),
    suggestion: null,
    locked: null,
    place: null,
    judge: (typed) => setting.judge(typed, limitsOfMac, value),
    ...change,
  };
}

/** What the keys ask of the world, and what they were told. */
export class FakeSettings implements SettingActions {
  values = new Map<string, SettingValue>([
    ["builder.memoryBytes", 8 * gib],
    ["builder.cpuCount", null],
    ["builder.state", "enabled"],
    ["max-jobs", "auto"],
    ["trusted-users", "root @admin"],
  ]);
  more: EditableSetting[] = [];
  change = new Map<string, Partial<EditableSetting>>();
  notes: string[] = [];
  /** How a save ends. */
  outcome: SettingOutcome | ((how: SaveHow) => Promise<SettingOutcome>) = {
    good: true,
    lines: ["builder.memoryBytes is saved and in force"],
  };
  refuses: string | null = null;
  readonly happened: string[] = [];

  listSettings: SettingActions["listSettings"] = async () => {
    if (this.refuses !== null) throw new Error(this.refuses);
    const settings = [...this.values].map(([id, value]) => fakeSetting(id, value, this.change.get(id)));
    return { settings: [...settings, ...this.more], notes: this.notes };
  };
  prepareSetting: SettingActions["prepareSetting"] = async (_, key, typed) => {
    this.happened.push(`prepare ${key} ${typed}`);
    return this.#changeOf(`set ${key} on mini`, () => this.values.set(key, 16 * gib));
  };
  prepareUndo: SettingActions["prepareUndo"] = async () => {
    this.happened.push("prepare undo");
    return this.#changeOf("take back builder.memoryBytes on mini", () =>
      this.values.set("builder.memoryBytes", 8 * gib),
    );
  };

  #changeOf(title: string, done: () => void): SettingChange {
    return {
      title,
      lines: [
        { text: "8 GiB → 16 GiB = 17179869184 bytes", tone: "plain" },
        { text: '  -     "memoryBytes": 8589934592,', tone: "failed" },
        { text: '  +     "memoryBytes": 17179869184,', tone: "well" },
        { text: "2 builds run on this machine or for it and would die", tone: "attention", grave: true },
      ],
      restart: "the Nix daemon on mini",
      save: async (how) => {
        this.happened.push(`save ${how.restart ? "and restart" : "only"}`);
        how.progress("writing /etc/determinate/config.json…");
        const outcome = typeof this.outcome === "function" ? await this.outcome(how) : this.outcome;
        if (outcome.good) done();
        return outcome;
      },
    };
  }
}
