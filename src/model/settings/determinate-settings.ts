/**
 * /etc/determinate/config.json, the settings of determinate-nixd (DeterminateSystems/determinate
 * modules/nix-darwin/default.nix). The module writes the same names under `determinateNix.determinateNixd`.
 */
import { determinateConfigFile } from "../machine/facts.ts";
import { mebibyte } from "./parse-size.ts";
import { accepted, noRange, type Place, type Restart, refusedValue, type Setting } from "./setting.ts";
import { judgeMemory, memoryRange, secondBuilder } from "./size-bounds.ts";
import { judgeChoice, judgeCpus, wordsIn } from "./value-kinds.ts";

type Plain = Omit<Setting, "id" | "place" | "restart"> & { readonly path: readonly string[] };

const common = { choices: [], unit: "", hint: null, range: noRange } as const;

const builder: readonly Plain[] = [
  {
    ...common,
    path: ["builder", "memoryBytes"],
    kind: "size",
    unit: "bytes",
    default: "8 GiB",
    effect: "The most memory that a Linux build may use; its disk is a part of it.",
    hint: "where a build says 'No space left on device', this is the setting",
    range: memoryRange,
    judge: (input, host) => judgeMemory(input, host, { unit: "bytes", step: mebibyte }),
  },
  {
    ...common,
    path: ["builder", "cpuCount"],
    kind: "count",
    unit: "cores",
    default: "1",
    effect: "How many cores a Linux build gets.",
    hint: "1 is the vendor's advice",
    range: ({ cores }) => ({ least: 1, most: cores }),
    judge: (input, host) => judgeCpus(input, host, true),
  },
  {
    ...common,
    path: ["builder", "state"],
    kind: "choice",
    choices: ["enabled", "disabled"],
    default: "what Determinate grants to this account",
    effect: "Whether Determinate builds for Linux on this Mac.",
    hint: "this is the wish; the grant comes with the account (determinate-nixd version lists native-linux-builder)",
    judge: (input, host) => {
      const state = judgeChoice(input, ["enabled", "disabled"]);
      if (typeof state !== "string") return state;
      return accepted(state, state, [state === "enabled" ? secondBuilder(host) : null]);
    },
  },
  {
    ...common,
    path: ["garbageCollector", "strategy"],
    kind: "choice",
    choices: ["automatic", "disabled"],
    default: "automatic",
    effect: "Whether Determinate frees disk space by itself, from 30 GB free downwards.",
    judge: (input) => {
      const strategy = judgeChoice(input, ["automatic", "disabled"]);
      if (typeof strategy !== "string") return strategy;
      return accepted(strategy, strategy, [
        strategy === "disabled"
          ? "nothing will free the disk then, unless you have a job of your own for it"
          : null,
      ]);
    },
  },
];

const others: readonly Plain[] = [
  {
    ...common,
    path: ["edgeCacheSubstituters"],
    kind: "words",
    default: "none",
    effect: "Caches near this machine that are asked first.",
    judge: (input) => {
      const { words, wrong } = wordsIn(input, /^https?:\/\/[^\s"\\/@]+(?:\/[^\s"\\]*)?$/);
      if (wrong !== null)
        return refusedValue(`'${wrong}' is no address of a cache; write https://cache.example`);
      return accepted(words, words.join(" ") || "none");
    },
  },
  {
    ...common,
    path: ["authentication", "additionalNetrcSources"],
    kind: "words",
    default: "none",
    effect: "More files with logins for caches, in the form of netrc(5).",
    judge: (input) => {
      const { words, wrong } = wordsIn(input, /^\/(?!nix\/store\/)[^\s"\\]+$/);
      if (wrong !== null)
        return refusedValue(
          `'${wrong}' is no absolute path outside /nix/store; write one such as /etc/nix/netrc.extra`,
        );
      return accepted(words, words.join(" ") || "none", [
        words.length > 0 ? "each of these files must exist, or the daemon refuses to start" : null,
      ]);
    },
  },
  {
    ...common,
    path: ["telemetry", "sentry", "endpoint"],
    kind: "text",
    default: "Determinate's own",
    effect: "Where the daemon reports its crashes; 'off' for nowhere.",
    judge: (input) => {
      const typed = input.trim();
      if (/^(?:off|none|null)$/i.test(typed)) return accepted(null, "off");
      if (!/^https:\/\/[^\s"\\]{3,500}$/.test(typed))
        return refusedValue("that is no address; write off, or one with https://");
      return accepted(typed, typed);
    },
  },
];

function settings(
  plain: readonly Plain[],
  place: (path: readonly string[]) => Place,
  prefix: string,
  restart: Restart,
): Setting[] {
  return plain.map(({ path, ...rest }) => ({
    ...rest,
    id: `${prefix}${path.join(".")}`,
    place: place(path),
    restart,
  }));
}

export const determinateSettings: readonly Setting[] = settings(
  [...builder, ...others],
  (path) => ({ format: "json", file: determinateConfigFile, path }),
  "",
  { what: "daemon" },
);

/** The same where Determinate's module for nix-darwin makes the file: literals only. */
export const determinateOptions: readonly Setting[] = settings(
  builder,
  (path) => ({ format: "nix-code", option: ["determinateNix", "determinateNixd", ...path] }),
  "determinateNix.determinateNixd.",
  { what: "rebuild", builder: null },
);
