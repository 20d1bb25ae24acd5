/** What a setting is: where it stands, what it means, what may be written, and what has to restart for it to hold. */
import type { MachineField } from "./machine-rows.ts";

/** As it stands in the file: bytes or MiB for sizes, `null` for nothing (the default). */
export type SettingValue = number | boolean | string | readonly string[] | null;

export type Place =
  | { readonly format: "json"; readonly file: string; readonly path: readonly string[] }
  /** In the first of these files that is not made by Nix or by Determinate. */
  | { readonly format: "nix-conf"; readonly files: readonly string[]; readonly key: string }
  /** Of one row, which the user chooses. */
  | { readonly format: "machines"; readonly file: string; readonly field: MachineField }
  /** In the user's flake or configuration.nix. */
  | { readonly format: "nix-code"; readonly option: readonly string[] };

/** What has to happen after the file is saved. A rebuild restarts the builder named, and kills its builds. */
export type Restart =
  | { readonly what: "nothing" }
  | { readonly what: "daemon" }
  | { readonly what: "rebuild"; readonly builder: string | null };

/** What values are compared with. `null` where it is not known. */
export interface HostLimits {
  readonly memoryBytes: number | null;
  readonly cores: number | null;
  readonly performanceCores: number | null;
  /** Of the volume that the builder's disk lies on. */
  readonly freeDiskBytes: number | null;
  /** Virtual machines that are configured here besides the one that the setting is of. */
  readonly otherVms: readonly OtherVm[];
  /** Such as `aarch64-darwin`. */
  readonly localSystem: string;
  readonly determinate: boolean;
}

export interface OtherVm {
  readonly name: string;
  readonly memoryBytes: number;
  /** It builds for Linux, too. */
  readonly builder: boolean;
}

export type Verdict =
  | {
      readonly level: "ok" | "warning";
      readonly value: SettingValue;
      /** What is meant and what is written: `16 GiB = 17179869184 bytes`. */
      readonly shown: string;
      /** Why one should think twice; none for `ok`. */
      readonly warnings: readonly string[];
    }
  | { readonly level: "refused" /** Why, with what to write instead. */; readonly reason: string };

/** In bytes or whole numbers; `null` where there is no bound, or what it depends on is not known. */
export interface Range {
  readonly least: number | null;
  readonly most: number | null;
}

export interface Setting {
  /** `builder.memoryBytes`, `max-jobs`, `machines.maxJobs`, `nix.linux-builder.maxJobs`. */
  readonly id: string;
  readonly place: Place;
  readonly kind: "size" | "count" | "choice" | "switch" | "words" | "text";
  /** What can be chosen, where it is a choice or a switch. */
  readonly choices: readonly string[];
  /** `bytes`, `MiB`, `jobs`, `cores`; empty for none. */
  readonly unit: string;
  /** What holds where nothing is set, in words. */
  readonly default: string;
  /** One sentence. */
  readonly effect: string;
  readonly hint: string | null;
  readonly restart: Restart;
  readonly range: (host: HostLimits) => Range;
  /** `current` is what stands in the file now. Never throws. */
  readonly judge: (input: string, host: HostLimits, current: SettingValue) => Verdict;
}

export function accepted(
  value: SettingValue,
  shown: string,
  warnings: readonly (string | null)[] = [],
): Verdict {
  const told = warnings.filter((each) => each !== null);
  return { level: told.length > 0 ? "warning" : "ok", value, shown, warnings: told };
}

export function refusedValue(reason: string): Verdict {
  return { level: "refused", reason };
}

export const noRange = (): Range => ({ least: null, most: null });
