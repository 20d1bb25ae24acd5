/** What the Settings show, line by line: the list with a heading for each file, and what is said of the selected one. */
import type { EditableSetting } from "../model/settings/editable-setting.ts";
import type { Verdict } from "../model/settings/setting.ts";
import { cleanText } from "../model/text/clean.ts";
import { padEnd, textWidth } from "../model/text/width.ts";
import type { TextField, Tone } from "./dashboard-state.ts";
import { type GaugeLine, type GaugePart, textLine } from "./gauge-figures.ts";
import { groupOf, type SettingsView, shownSettings } from "./settings-state.ts";
import { wrapWords } from "./wrap-words.ts";

export type SettingsLine =
  | { readonly kind: "blank" }
  | { readonly kind: "heading"; readonly path: string; readonly of: string | null; readonly locked: boolean }
  | { readonly kind: "setting"; readonly setting: EditableSetting; readonly index: number }
  /** Below the one that is being typed: what is meant, or why it cannot be. */
  | { readonly kind: "said"; readonly text: string; readonly tone: Tone; readonly at: number };

/** Cells of a name before it is cut. */
const widestName = 34;
const indent = 2;
const nameGap = 2;

/** `field`: the value that is being typed, or `null`. */
export function settingsLines(view: SettingsView, field: TextField | null, width: number): SettingsLine[] {
  const settings = shownSettings(view);
  const valueAt = valueColumn(settings, width);
  const lines: SettingsLine[] = [];
  let group: string | null = null;
  for (const [index, setting] of settings.entries()) {
    if (groupOf(setting) !== group) {
      group = groupOf(setting);
      if (lines.length > 0) lines.push({ kind: "blank" });
      const { path, of, locked } = setting;
      lines.push({ kind: "heading", path, of, locked: locked !== null });
    }
    lines.push({ kind: "setting", setting, index });
    if (setting.key !== view.editing || field?.purpose !== "setting") continue;
    lines.push(
      ...verdictLines(setting, field.text).flatMap(({ text, tone }) => {
        // Below the value where it fits there; a sentence needs more room.
        const at = textWidth(text) <= width - valueAt ? valueAt : 2 * indent;
        return wrapWords(text, width - at).map(
          (row): SettingsLine => ({ kind: "said", text: row, tone, at }),
        );
      }),
    );
  }
  return lines;
}

/** Where values begin: after the longest name, but not further than they need room themselves. */
export function valueColumn(settings: readonly EditableSetting[], width: number): number {
  const longest = Math.max(...settings.map(({ id }) => textWidth(id)), 0);
  return Math.min(indent + Math.min(longest, widestName) + nameGap, Math.floor(width * 0.6));
}

/** What the typed text means: both ways for a size, then each warning; or why it is refused, with what to write. */
export function verdictLines(setting: EditableSetting, typed: string): { text: string; tone: Tone }[] {
  const { choices, shown: present } = setting;
  const nothing = typed.trim() === "";
  const verdict: Verdict = setting.judge(typed);
  if (nothing && (present === null || verdict.level === "refused"))
    return [
      {
        text:
          choices.length > 0
            ? `one of: ${choices.join(", ")}`
            : `${present === null ? "not set" : "nothing is typed yet"}; the default is: ${setting.default}`,
        tone: "idle",
      },
    ];
  if (verdict.level === "refused") return [{ text: cleanText(verdict.reason), tone: "failed" }];
  const same = typed.trim() === setting.typed;
  const shown = cleanText(verdict.shown);
  return [
    same
      ? { text: `${shown}, as it is now`, tone: "idle" }
      : shown === typed.trim()
        ? { text: "Enter shows what it would change", tone: "idle" }
        : { text: shown, tone: "well" },
    ...verdict.warnings.map((text) => ({ text: cleanText(text), tone: "attention" as const })),
  ];
}

const labelWidth = 9;
const blank: GaugeLine = textLine("");

/** The effect, the value, its bounds, and what a change takes: the most important first. */
export function settingDetail(setting: EditableSetting, width: number): GaugeLine[] {
  const { effect, suggestion, written, choices, bounds, restart, hint, locked, path, place } = setting;
  const lines: GaugeLine[] = [
    ...wrapWords(effect, width).map((row) => textLine(row)),
    ...(suggestion === null ? [] : wrapWords(suggestion, width).map((row) => textLine(row, "attention"))),
    blank,
  ];
  if (locked !== null)
    for (const [at, text] of locked.entries())
      lines.push(...labelled(at === 0 ? "locked" : "", text, width, "attention"));
  lines.push(...labelled("now", written ?? "not set", width, written === null ? "idle" : "plain"));
  lines.push(...labelled("default", setting.default, width));
  if (choices.length > 0) lines.push(...labelled("one of", choices.join(", "), width));
  if (bounds !== null) lines.push(...labelled("bounds", bounds, width));
  if (locked === null) lines.push(...labelled("then", restart, width));
  if (hint !== null) lines.push(...labelled("hint", hint, width));
  const line = place && place.path === path ? `, line ${place.line}` : "";
  if (place && place.path !== path)
    lines.push(...labelled("code", `${place.path}, line ${place.line}`, width, "idle"));
  lines.push(...labelled("file", path + line, width, "idle"));
  return lines;
}

function labelled(label: string, text: string, width: number, tone: Tone = "plain"): GaugeLine[] {
  return wrapWords(text, Math.max(width - labelWidth, 10)).map((row, at) => {
    const parts: GaugePart[] = [
      { kind: "text", text: padEnd(at === 0 ? label : "", labelWidth), tone: "idle" },
      { kind: "text", text: row, tone },
    ];
    return parts;
  });
}
