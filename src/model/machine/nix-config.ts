/** Nix's settings as they hold, from `nix config show --json` (older: `nix show-config --json`). */
import { cleanText } from "../text/clean.ts";
import { jsonOf, member, wordsOf } from "./lines.ts";

/** A program that runs builds for other systems (Nix since 2.32, Determinate Nix since 3.8.3). */
export interface ExternalBuilder {
  readonly systems: readonly string[];
  readonly program: string;
  readonly args: readonly string[];
}

/** Each `null` where this Nix has no such setting, or does not tell it. */
export interface NixConfig {
  /** Machines as text, rows parted by line ends or `;`, or `@` and a file. Empty: none. */
  readonly builders: string | null;
  readonly externalBuilders: readonly ExternalBuilder[] | null;
  readonly buildersUseSubstitutes: boolean | null;
  readonly extraPlatforms: readonly string[] | null;
  readonly maxJobs: number | null;
  readonly system: string | null;
  readonly systemFeatures: readonly string[] | null;
  readonly trustedUsers: readonly string[] | null;
  readonly experimentalFeatures: readonly string[] | null;
  readonly sandbox: boolean | "relaxed" | null;
  /** Where every command writes its log; empty: nowhere. */
  readonly jsonLogPath: string | null;
}

const mostEntries = 200;

/** Every setting is `{"value": …}` with more about it, or its value alone. `null`: not an object of JSON. */
export function parseNixConfig(text: string): NixConfig | null {
  // Warnings of Nix may stand before it.
  const start = text.startsWith("{") ? 0 : text.indexOf("\n{") + 1;
  const config = jsonOf(text.slice(start));
  if (typeof config !== "object" || config === null || Array.isArray(config)) return null;
  const value = (name: string) => {
    const setting = member(config, name);
    return typeof setting === "object" && setting !== null && Object.hasOwn(setting, "value")
      ? member(setting, "value")
      : setting;
  };
  return {
    builders: rowsOf(value("builders")),
    externalBuilders: externalBuildersOf(value("external-builders")),
    buildersUseSubstitutes: flagOf(value("builders-use-substitutes")),
    extraPlatforms: listOf(value("extra-platforms")),
    maxJobs: numberOf(value("max-jobs")),
    system: wordOf(value("system")),
    systemFeatures: listOf(value("system-features")),
    trustedUsers: listOf(value("trusted-users")),
    experimentalFeatures: listOf(value("experimental-features")),
    sandbox: value("sandbox") === "relaxed" ? "relaxed" : flagOf(value("sandbox")),
    jsonLogPath: wordOf(value("json-log-path")),
  };
}

/** Line by line, as line ends part its rows. */
function rowsOf(value: unknown): string | null {
  return typeof value === "string" ? value.split("\n", 1000).map(cleanText).join("\n") : null;
}

function wordOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? cleanText(value) : null;
}

function flagOf(value: unknown): boolean | null {
  if (typeof value === "boolean") return value;
  return value === "true" ? true : value === "false" ? false : null;
}

function numberOf(value: unknown): number | null {
  const number = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** A list, or words with blanks between. */
function listOf(value: unknown): string[] | null {
  const entries = typeof value === "string" ? wordsOf(value) : value;
  if (!Array.isArray(entries)) return null;
  return entries
    .filter((entry) => typeof entry === "string")
    .slice(0, mostEntries)
    .map(cleanText);
}

/** The setting `external-builders`, as JSON or as its text. */
export function externalBuildersOf(value: unknown): ExternalBuilder[] | null {
  const entries = typeof value === "string" ? jsonOf(value) : value;
  if (!Array.isArray(entries)) return null;
  return entries.slice(0, mostEntries).flatMap((entry) => {
    const program = wordOf(member(entry, "program"));
    if (program === null) return [];
    return [
      { systems: listOf(member(entry, "systems")) ?? [], program, args: listOf(member(entry, "args")) ?? [] },
    ];
  });
}
