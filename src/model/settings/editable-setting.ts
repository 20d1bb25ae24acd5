/** A setting as it stands on one machine, with all that a person needs to see before it is changed. Pure data. */
import { hideSecrets } from "../recording/secrets.ts";
import { cleanText } from "../text/clean.ts";
import { longestLine } from "../text/line-editor.ts";
import { graphemes } from "../text/width.ts";
import { formatBothWays, formatSize, typedSize } from "./format-size.ts";
import type { Range, Setting, SettingValue, Verdict } from "./setting.ts";

/** All text clean and without secrets. */
export interface EditableSetting {
  /** Tells it from every other of the machine: its name, and of a row of /etc/nix/machines the row. */
  readonly key: string;
  /** `builder.memoryBytes`. */
  readonly id: string;
  /** What it is of, where there are several: the machine that a row names. */
  readonly of: string | null;
  /** Where it would be written. */
  readonly path: string;
  /** As a person reads it; `null`: not set. */
  readonly shown: string | null;
  /** The same with what stands in the file: `8 GiB = 8589934592 bytes`; `null`: not set. */
  readonly written: string | null;
  /** What one begins to change; `null`: it cannot be shown whole, so it is not changed on a line. */
  readonly typed: string | null;
  readonly default: string;
  readonly effect: string;
  readonly hint: string | null;
  readonly choices: readonly string[];
  /** `512 MiB to 32 GiB`; `null`: no bound. */
  readonly bounds: string | null;
  /** What must happen for a change to hold: one sentence. */
  readonly restart: string;
  /** From what was seen of the machine: `peak 7.9 of 8 GiB: 16 GiB?`. */
  readonly suggestion: string | null;
  /** Why the file is not changed by hand, and what to do instead, a sentence each; `null`: it can be changed. */
  readonly locked: readonly string[] | null;
  /** Where it can be changed in an editor. */
  readonly place: FilePlace | null;
  /** Never throws. */
  readonly judge: (typed: string) => Verdict;
}

export interface FilePlace {
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

/** What one would type to get this value; `null` where it does not fit a line, or holds what is not shown. */
export function typedValue(
  value: SettingValue,
  { kind, unit }: Pick<Setting, "kind" | "unit">,
): string | null {
  if (value === null) return "";
  if (kind === "size" && typeof value === "number")
    return typedSize(unit === "MiB" ? value * 1024 ** 2 : value);
  const text = Array.isArray(value) ? value.join(" ") : String(value);
  const whole = cleanText(text) === text && hideSecrets(text, () => "…") === text;
  return whole && graphemes(text).length <= longestLine ? text : null;
}

/** As a person reads it, and in the file's own unit where that is another one. `shown`: see `shownValue`. */
export function writtenValue(
  value: SettingValue,
  shown: string | null,
  { kind, unit }: Pick<Setting, "kind" | "unit">,
): string | null {
  if (kind !== "size" || typeof value !== "number" || value <= 0) return shown;
  return unit === "MiB" ? formatBothWays(value * 1024 ** 2, "MiB") : formatBothWays(value, "bytes");
}

/** `512 MiB to 32 GiB`, `1 to 10 cores`, `1 or more`; `null` where there is no bound. */
export function boundsText(
  { least, most }: Range,
  { kind, unit }: Pick<Setting, "kind" | "unit">,
): string | null {
  const text = (amount: number) => (kind === "size" ? formatSize(round(amount)) : String(amount));
  const noun = kind === "size" || unit === "" ? "" : ` ${unit}`;
  if (least !== null && most !== null && most >= least) return `${text(least)} to ${text(most)}${noun}`;
  if (most !== null) return `up to ${text(most)}${noun}`;
  return least === null ? null : `${text(least)} or more${noun}`;
}

/** A bound that is no round number, such as what is free on a disk, needs no bytes. */
function round(bytes: number): number {
  const step = bytes >= 1024 ** 3 ? 1024 ** 3 / 4 : 1024 ** 2;
  return bytes % 1024 ** 2 === 0 ? bytes : Math.max(Math.floor(bytes / step) * step, 1);
}

/** What must be restarted, and what comes of it. */
export function restartText({ restart, place }: Pick<Setting, "restart" | "place">): string {
  if (restart.what === "daemon")
    return "holds after a restart of the Nix daemon, which ends the builds that run";
  if (restart.what === "nothing") return "holds from the next build on; nothing is restarted";
  const rebuilt = place.format === "nix-code" ? "holds after darwin-rebuild switch" : "holds after a rebuild";
  return restart.builder === null
    ? rebuilt
    : `${rebuilt}, which restarts ${restart.builder} and ends its builds`;
}
